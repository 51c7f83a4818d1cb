# shellcheck shell=bash
# The parts of scripts/bench and their rows.

FEW_USERS=10000
MANY_USERS=${BENCH_MANY_USERS:-2000000}

# ROW | label | the rows that it is compared with, each with its aim | another aim
READS='
read-endpoint       | bare endpoint, HS256                  |                    |
read-memory         | read, cached in memory, HS256         | read-endpoint 0.85 |
read-es256          | read, cached in memory, ES256         | read-memory 0.90   |
read-redis          | read, cached in Redis                 | read-endpoint 0.60 |
read-pgbench        | pgbench, a read'\''s statement        |                    |
read-handler        | bare handler, a read'\''s statement   | read-pgbench       |
read-postgres       | read, PostgreSQL                      | read-handler 1.80  |
read-sqlite         | read, SQLite                          |                    |
read-memory-half    | half load: read, cached in memory     |                    | p99 ≤ 5 ms
read-redis-half     | half load: read, cached in Redis      |                    | p99 ≤ 5 ms
read-postgres-half  | half load: read, PostgreSQL           |                    | p99 ≤ 5 ms
read-sqlite-half    | half load: read, SQLite               |                    | p99 ≤ 5 ms
'

UPDATES='
update-pgbench       | pgbench, an update'\''s statement       |                                           |
update-handler       | bare handler, an update'\''s statement  | update-pgbench                            |
update-fastify       | Fastify, a statement for each update     | update-handler                            |
update-postgres      | update, PostgreSQL                      | update-handler 2.00, update-fastify 2.50  |
update-redis         | update, PostgreSQL with Redis           | update-handler 1.50                       |
update-sqlite        | update, SQLite                          |                                           |
update-postgres-half | half load: update, PostgreSQL           |                                           | p99 ≤ 20 ms
update-redis-half    | half load: update, PostgreSQL with Redis |                                          | p99 ≤ 20 ms
update-sqlite-half   | half load: update, SQLite               |                                           | p99 ≤ 20 ms
'

DECISIONS='
read-endpoint            | bare endpoint, HS256                        |                    |
read-endpoint-c256       | bare endpoint, 256 connections              |                    |
evaluation-postgres      | AuthZEN evaluation, PostgreSQL              | read-endpoint 0.35 | p99 ≤ 10 ms
evaluation-postgres-c256 | AuthZEN evaluation, PostgreSQL, 256 connections | read-endpoint-c256 | p99 ≤ 40 ms
evaluation-sqlite        | AuthZEN evaluation, SQLite                  | read-endpoint 0.35 |
evaluation-sqlite-c256   | AuthZEN evaluation, SQLite, 256 connections | read-endpoint-c256 |
batch1-postgres          | decisions, batches of 1, PostgreSQL         |                    |
batch100-postgres        | decisions, batches of 100, PostgreSQL       |                    |
batch1000-postgres       | decisions, batches of 1,000, PostgreSQL     |                    | 100,000 decisions/s
batch1-sqlite            | decisions, batches of 1, SQLite             |                    |
batch100-sqlite          | decisions, batches of 100, SQLite           |                    |
batch1000-sqlite         | decisions, batches of 1,000, SQLite         |                    |
'

MESSENGER='
batch1000-messenger | messenger, exceptions and reciprocity: batches of 1,000 | | 100,000 decisions/s
filter-messenger-c1 | filter of 10,000 viewers, one connection                | | p50 ≤ 100 ms
'

READ_BY="$(grouped $((10 * users))) reads by $(grouped "$users") users, rate limits on"
MEMORY="
resident-memory   | $READ_BY, cached in memory | | ≤ 96 MiB
resident-redis    | $READ_BY, cached in Redis  | | ≤ 96 MiB
resident-postgres | $READ_BY, PostgreSQL       | | ≤ 96 MiB
"

MANY="$(grouped "$MANY_USERS") users"
SCALE="
evaluation-few  | AuthZEN evaluation, 10,000 users |                     |
evaluation-many | AuthZEN evaluation, $MANY        | evaluation-few 0.77 |
batch1-few      | batches of 1, 10,000 users       |                     |
batch1-many     | batches of 1, $MANY              | batch1-few 0.77     |
batch100-few    | batches of 100, 10,000 users     |                     |
batch100-many   | batches of 100, $MANY            | batch100-few 0.77   |
batch1000-few   | batches of 1,000, 10,000 users   |                     |
batch1000-many  | batches of 1,000, $MANY          | batch1000-few 0.77  |
"

measure_reads() { measure_rows "$READS"; }
measure_updates() { measure_rows "$UPDATES"; }
measure_decisions() { measure_rows "$DECISIONS"; }
measure_messenger() { measure_rows "$MESSENGER"; }
measure_scale() { measure_rows "$SCALE"; }

measure_memory() {
    local rounds=1 reads_of_each=10
    measure_rows "$MEMORY"
}

# A separate package, because Cedar takes long to build.
measure_rule() {
    if ! [[ rule =~ $only ]]; then return; fi
    close_table
    CARGO_TARGET_DIR=$target/benches cargo run --quiet --release --manifest-path benches/decisions/Cargo.toml
}

# check_rows PART…: fails and prints all rows if no row is chosen.
check_rows() {
    local part all=
    for part in "$@"; do
        case $part in
            rule) all+=" rule" ;;
            compare) plan_comparison && all+=" ${rows[*]}" ;;
            *) part=${part^^} && plan "${!part}" && all+=" ${rows[*]}" ;;
        esac
    done
    local row
    for row in $all; do
        if [[ $row =~ $only ]]; then return; fi
    done
    die "no row matches $only; the rows are:$all"
}
