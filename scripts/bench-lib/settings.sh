# shellcheck shell=bash
# Reads and updates of settings, at full load and at half of it.

# What the bare handler is given, since it shall be as fast as it can be made: more connections make its reads slower,
# fewer its updates.
READ_CONNECTIONS=4
UPDATE_CONNECTIONS=16

measure_reads() {
    make_tokens "$users"
    filled_sqlite memory es256 sqlite
    filled_postgres limit postgres redis
    start_bare endpoint bare_endpoint
    start_privet memory "$(sqlite_url memory)"
    start_privet es256 "$(sqlite_url es256)" -u PRIVET_JWT_SECRET PRIVET_JWT_PUBLIC_KEY_FILE="$scratch/$users.pem"
    start_with_redis redis "$(postgres_url redis)"
    start_bare handler bare_statements "$(postgres_url limit)" "$READ_CONNECTIONS"
    start_privet postgres "$(postgres_url postgres)"
    start_privet sqlite "$(sqlite_url sqlite)" PRIVET_CACHE_TTL=0

    # Every user is in the caches before the clock runs, and what is asked for often in the databases' memory.
    local server round
    for server in memory redis; do see_every_user "$server" hs256; done
    see_every_user es256 es256
    load handler settings tokens="$scratch/$users.hs256" mode=row >/dev/null
    for server in postgres sqlite; do load "$server" settings tokens="$scratch/$users.hs256" mode=read >/dev/null; done

    for ((round = 0; round < rounds; round++)); do
        measure_read endpoint
        measure_read memory
        measure_read es256
        measure_read redis
        measure_pgbench read_pgbench read "$(postgres_url limit)"
        measure read_handler handler settings tokens="$scratch/$users.hs256" mode=row
        measure_read postgres
        measure_read sqlite
    done
    for ((round = 0; round < rounds; round++)); do
        for server in memory redis postgres sqlite; do measure_read "$server" half; done
    done
    stop_servers
    print_reads
}

see_every_user() {
    load "$1" settings tokens="$scratch/$users.$2" mode=each count="$users" >/dev/null
}

# measure_read SERVER [half]
measure_read() {
    local tokens=hs256
    if [[ $1 == es256 ]]; then tokens=es256; fi
    measure "read_$1${2+_half}" "$1" settings tokens="$scratch/$users.$tokens" mode=read ${2+"rate=$(half_of "read_$1")"}
}

half_of() { calculate "int($(median_of "$1" 2) / 2)"; }

print_reads() {
    row read_endpoint "bare endpoint, HS256"
    row read_memory "read, cached in memory, HS256" read_endpoint 0.80
    row read_es256 "read, cached in memory, ES256" read_memory 0.90
    row read_redis "read, cached in Redis" read_endpoint 0.55
    row read_pgbench "pgbench, a read's statement"
    row read_handler "bare handler, a read's statement" read_pgbench
    row read_postgres "read, PostgreSQL" read_handler 0.75
    row read_sqlite "read, SQLite"
    row read_memory_half "half load: read, cached in memory" "" "p99 ≤ 5 ms"
    row read_redis_half "half load: read, cached in Redis" "" "p99 ≤ 5 ms"
    row read_postgres_half "half load: read, PostgreSQL" "" "p99 ≤ 5 ms"
    row read_sqlite_half "half load: read, SQLite" "" "p99 ≤ 5 ms"
}

measure_updates() {
    make_tokens "$users"
    filled_sqlite memory
    filled_postgres limit postgres redis
    start_bare handler bare_statements "$(postgres_url limit)" "$UPDATE_CONNECTIONS"
    start_privet postgres "$(postgres_url postgres)"
    start_with_redis redis "$(postgres_url redis)"
    start_privet sqlite "$(sqlite_url memory)"

    local server round
    for ((round = 0; round < rounds; round++)); do
        measure_pgbench update_pgbench update "$(postgres_url limit)"
        measure update_handler handler settings tokens="$scratch/$users.hs256" mode=row_update
        for server in postgres redis sqlite; do measure_update "$server"; done
    done
    for ((round = 0; round < rounds; round++)); do
        for server in postgres redis sqlite; do measure_update "$server" half; done
    done
    stop_servers
    print_updates
}

# measure_update SERVER [half]
measure_update() {
    measure "update_$1${2+_half}" "$1" settings tokens="$scratch/$users.hs256" mode=update resume="$scratch/$1.sent" \
        ${2+"rate=$(half_of "update_$1")"}
}

print_updates() {
    row update_pgbench "pgbench, an update's statement"
    row update_handler "bare handler, an update's statement" update_pgbench
    row update_postgres "update, PostgreSQL" update_handler 0.75
    row update_redis "update, PostgreSQL with Redis" update_handler
    row update_sqlite "update, SQLite"
    row update_postgres_half "half load: update, PostgreSQL" "" "p99 ≤ 20 ms"
    row update_redis_half "half load: update, PostgreSQL with Redis" "" "p99 ≤ 20 ms"
    row update_sqlite_half "half load: update, SQLite" "" "p99 ≤ 20 ms"
}
