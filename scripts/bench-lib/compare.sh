# shellcheck shell=bash
# Compares two versions with the same load, alternately, in one run: `before` is the one in BENCH_BEFORE, and `after` is
# this one.

VERSIONS=(before after)

COMPARED='
read-memory         | cached read, memory (SQLite)            | |
read-redis          | cached read, Redis (PostgreSQL)         | |
read-postgres       | uncached read, PostgreSQL               | |
read-sqlite         | uncached read, SQLite                   | |
update-postgres     | update, PostgreSQL                      | |
update-redis        | update, PostgreSQL with Redis           | |
update-sqlite       | update, SQLite                          | |
evaluation-postgres | AuthZEN evaluation, PostgreSQL          | |
evaluation-sqlite   | AuthZEN evaluation, SQLite              | |
batch1-postgres     | decisions, batches of 1, PostgreSQL     | |
batch1-sqlite       | decisions, batches of 1, SQLite         | |
batch100-postgres   | decisions, batches of 100, PostgreSQL   | |
batch100-sqlite     | decisions, batches of 100, SQLite       | |
batch1000-postgres  | decisions, batches of 1,000, PostgreSQL | |
batch1000-sqlite    | decisions, batches of 1,000, SQLite     | |
'
COMPARED_ONCE='
resident-memory   | memory with all users cached, SQLite (MiB)        | |
resident-redis    | the same, Redis and PostgreSQL (MiB)              | |
resident-postgres | the same, PostgreSQL (MiB)                        | |
start-memory      | start, SQLite (ms)                                | |
start-postgres    | start, PostgreSQL (ms)                            | |
disk-postgres     | disk, PostgreSQL, at the end (MiB)                | |
'

in_comparison() { [[ ${comparing-} == yes ]]; }

# The rows of the first list are measured again with one connection.
plan_comparison() { plan "$COMPARED$(sed -n 's/^\([a-z][a-z0-9-]*\)/\1-c1/p' <<<"$COMPARED")"$'\n'"$COMPARED_ONCE"; }

measure_compare() {
    local comparing=yes row
    plan_comparison
    if ! choose; then return; fi
    use_programs before "${BENCH_BEFORE:?is not set: a checkout or the folder of a built privet}"
    results=()
    for row in $(chosen_rows); do
        case $row in
            start-*) compare_starts "$row" ;;
            resident-*) compare_memory "$row" ;;
        esac
    done
    compare_loads
    print_comparison
}

# The versions alternate in being first.
in_turn() {
    if ((round % 2 == 0)); then printf '%s\n' before after; else printf '%s\n' after before; fi
}

# ---- measurements ------------------------------------------------------------------------------------------------

compare_loads() {
    local row version round
    for row in $(chosen_rows); do
        if [[ $row == @(resident|start|disk)-* ]]; then continue; fi
        for version in "${VERSIONS[@]}"; do start_server_of "$row" "$version"; done
    done
    for ((round = 0; round < rounds; round++)); do
        for row in $(chosen_rows); do
            if [[ $row == @(resident|start|disk)-* ]]; then continue; fi
            for version in $(in_turn); do measure_row "$row" "$version"; done
        done
    done
    stop_servers
    if [[ ${chosen[disk-postgres]-} == yes ]]; then compare_disk; fi
}

# Resident memory after every user was read twice, with rate limits, so that all caches are filled.
compare_memory() {
    local version reads_of_each=2
    for version in "${VERSIONS[@]}"; do
        start_server_of "$1" "$version"
        measure_row "$1" "$version"
        stop_servers
    done
}

# Milliseconds from the start of the program to the first response that it is ready.
compare_starts() {
    local round version url
    for ((round = 0; round < 3 * rounds; round++)); do
        for version in $(in_turn); do
            if [[ $1 == *-postgres ]]; then
                filled_postgres "postgres_$version" "$version"
                url=$(postgres_url "postgres_$version")
            else
                filled_sqlite "memory_$version" "$version"
                url=$(sqlite_url "memory_$version")
            fi
            time_start "$1@$version" "$version" "$url"
        done
    done
}

# time_start KEY VERSION DATABASE_URL
time_start() {
    local port=$((RANDOM % 12000 + 20000)) begun=${EPOCHREALTIME/./} attempt
    DATABASE_URL=$3 PRIVET_LISTEN=127.0.0.1:$port "${programs[$2]}/privet" serve </dev/null >"$scratch/start.log" 2>&1 &
    for ((attempt = 0; attempt < 5000; attempt++)); do
        if is_ready "$port" 2>/dev/null; then break; fi
        sleep 0.002
    done
    results[$1]+="1 $(calculate "(${EPOCHREALTIME/./} - $begun) / 1e3")"$'\n'
    kill -TERM "$!"
    wait "$!" || die "did not start: $(tail -n 1 "$scratch/start.log")"
}

is_ready() {
    local status
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET /health/ready HTTP/1.1\r\nHost: privet\r\nConnection: close\r\n\r\n' >&3
    read -r status <&3 || true
    exec 3>&-
    [[ $status == *' 200 '* ]]
}

compare_disk() {
    local version
    for version in "${VERSIONS[@]}"; do
        filled_postgres "postgres_$version" "$version"
        results[disk-postgres@$version]="1 $(psql_admin "SELECT pg_database_size('${database}_postgres_$version') / 1048576.0")"
    done
}

# ---- output ---------------------------------------------------------------------------------------------

print_comparison() {
    print_versions '!(*-c1|resident-*|start-*|disk-*)' 'requests/s:2:0' 'CPU (µs):7:1' 'p99 (ms):4:2'
    print_versions '*-c1' 'p50 (ms):3:3' 'p99 (ms):4:3' 'CPU (µs):7:1'
    print_versions 'resident-*' 'MiB:8:1'
    print_versions '@(start|disk)-*' 'ms or MiB:2:1'
}

# print_versions PATTERN NAME:FIELD:DECIMALS… prints a table of the chosen rows whose names match.
print_versions() {
    local pattern=$1 row column name field decimals line is_open=no
    shift
    for row in $(chosen_rows); do
        # shellcheck disable=SC2053 # a pattern
        if [[ $row != $pattern ]]; then continue; fi
        line="| ${labels[$row]} |"
        if [[ $row == *-c1 ]]; then line="| ${labels[$row]}, one connection |"; fi
        for column in "$@"; do
            IFS=: read -r name field decimals <<<"$column"
            line+=" $(number "$decimals" "$(median_of "$row@before" "$field")") |"
            line+=" $(number "$decimals" "$(median_of "$row@after" "$field")") | $(ratio_of "$row" "$field") |"
        done
        if [[ $is_open == no ]]; then
            is_open=yes
            print_heading "$@"
        fi
        printf '%s\n' "$line"
    done
}

number() { if [[ $1 == 0 ]]; then grouped "$2"; else rounded "$@"; fi; }

print_heading() {
    local column heading='| |' rule='|---|'
    for column in "$@"; do
        heading+=" ${column%%:*}, before | after | after / before |"
        rule+='--:|--:|--:|'
    done
    printf '\n%s\n%s\n' "$heading" "$rule"
}

# ratio_of ROW FIELD: the median of the ratios of the rounds. Each ratio is of two consecutive measurements.
ratio_of() {
    paste -d ' ' <(cut -d ' ' -f "$2" <<<"${results[$1@before]}") <(cut -d ' ' -f "$2" <<<"${results[$1@after]}") |
        awk 'NF == 2 && $1 > 0 { print $2 / $1 }' | sort --numeric-sort |
        awk '{ all[NR] = $1 } END { printf "%.2f", (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2 }'
}
