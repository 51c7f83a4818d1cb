# shellcheck shell=bash
# Another checkout beside this one: the same load, in turn, in one run. What is compared is `before`, the checkout in
# BENCH_BEFORE, and `after`, this one.

declare -A releases=()
VERSIONS=(before after)
# Rows are named KIND_SERVER_VERSION, servers SERVER_VERSION.
COMPARED_READS=(memory redis postgres sqlite)
COMPARED_UPDATES=(memory redis postgres)
COMPARED_DECISIONS=(memory postgres)

measure_compare() {
    local checkout version round
    checkout=$(cd "${BENCH_BEFORE:?is not set: the folder of the other checkout}" && pwd)
    build_before "$checkout"
    make_tokens "$users"
    make_service_token
    for version in "${VERSIONS[@]}"; do fill_version "$version"; done

    compare_starts
    compare_memory
    for version in "${VERSIONS[@]}"; do start_version "$version"; done
    for ((round = 0; round < rounds; round++)); do
        compare_reads
        compare_updates
        compare_decisions
    done
    stop_servers
    print_comparison
}

build_before() {
    (
        unset CARGO_TARGET_DIR
        cd "$1"
        cargo build --profile dist --package privet --bins --examples
    )
    before_checkout=$1
    releases[before]=$(unset CARGO_TARGET_DIR && cd "$1" && scripts/target-directory)/dist
    releases[after]=$release
}

# Each in turn is the first of a round.
in_turn() {
    if ((round % 2 == 0)); then printf '%s\n' before after; else printf '%s\n' after before; fi
}

# ---- databases and servers ---------------------------------------------------------------------------------------

fill_version() {
    say "filling databases with $users users by the program of $1"
    new_postgres "postgres_$1"
    load_users_of "$1" "$(postgres_url "postgres_$1")"
    new_postgres "redis_$1" "postgres_$1"
    load_users_of "$1" "sqlite://$scratch/memory_$1.db"
    cp "$scratch/memory_$1.db" "$scratch/sqlite_$1.db"
    sync "$scratch"/*.db
}

load_users_of() {
    if [[ $1 == before ]]; then
        (unset CARGO_TARGET_DIR && "$before_checkout/scripts/load-users" "$2" "$users") >&2
    else
        scripts/load-users "$2" "$users" >&2
    fi
}

start_version() {
    local release=${releases[$1]} server
    start_privet "memory_$1" "$(sqlite_url "memory_$1")"
    start_privet "sqlite_$1" "$(sqlite_url "sqlite_$1")" PRIVET_CACHE_TTL=0
    start_privet "postgres_$1" "$(postgres_url "postgres_$1")"
    start_with_redis "redis_$1" "$(postgres_url "redis_$1")"
    # What is read often is in the caches and in the databases' memory before the clock runs.
    for server in memory redis; do see_every_user "${server}_$1" hs256; done
    for server in postgres sqlite; do
        load "${server}_$1" settings tokens="$scratch/$users.hs256" mode=read >/dev/null
    done
}

# ---- measurements ------------------------------------------------------------------------------------------------

compare_reads() {
    local server version
    for server in "${COMPARED_READS[@]}"; do
        for version in $(in_turn); do
            measure "read_${server}_$version" "${server}_$version" settings tokens="$scratch/$users.hs256" mode=read
        done
    done
}

compare_updates() {
    local server version
    for server in "${COMPARED_UPDATES[@]}"; do
        for version in $(in_turn); do
            measure "update_${server}_$version" "${server}_$version" settings tokens="$scratch/$users.hs256" \
                mode=update resume="$scratch/${server}_$version.sent"
        done
    done
}

compare_decisions() {
    local server version batch
    for batch in "${BATCHES[@]}"; do
        for server in "${COMPARED_DECISIONS[@]}"; do
            for version in $(in_turn); do
                measure "$batch-${server}_$version" "${server}_$version" decisions users="$users" \
                    token="$scratch/service" checks="$batch"
            done
        done
    done
}

# Resident memory after every user was read ten times, with rate limits, as in measure_memory.
compare_memory() {
    local PRIVET_RATE_LIMITS=on version server release=$release
    for version in "${VERSIONS[@]}"; do
        release=${releases[$version]}
        start_privet "seen_memory_$version" "$(sqlite_url "memory_$version")"
        start_privet "seen_postgres_$version" "$(postgres_url "postgres_$version")"
        start_with_redis "seen_redis_$version" "$(postgres_url "redis_$version")"
        for server in seen_memory seen_redis seen_postgres; do
            measure "${server}_$version" "${server}_$version" settings tokens="$scratch/$users.hs256" mode=each \
                count=$((10 * users))
        done
    done
    stop_servers
}

# Milliseconds from the start of the program to its first answer that it is ready.
compare_starts() {
    local round server version
    for ((round = 0; round < 3 * rounds; round++)); do
        for version in $(in_turn); do
            time_start "start_memory_$version" "$version" "$(sqlite_url "memory_$version")"
            time_start "start_postgres_$version" "$version" "$(postgres_url "postgres_$version")"
        done
    done
}

# time_start ROW VERSION DATABASE_URL
time_start() {
    local port=$((RANDOM % 12000 + 20000)) begun=${EPOCHREALTIME/./} attempt
    DATABASE_URL=$3 PRIVET_LISTEN=127.0.0.1:$port "${releases[$2]}/privet" serve </dev/null >"$scratch/start.log" 2>&1 &
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

# ---- what is printed ---------------------------------------------------------------------------------------------

print_comparison() {
    local batch
    printf '\n| | before | after | after / before | CPU before (µs) | CPU after (µs) | after / before |\n'
    printf '|---|--:|--:|--:|--:|--:|--:|\n'
    comparison_row read_memory "cached read, memory (SQLite)"
    comparison_row read_redis "cached read, Redis (PostgreSQL)"
    comparison_row read_postgres "uncached read, PostgreSQL"
    comparison_row read_sqlite "uncached read, SQLite"
    comparison_row update_postgres "update, PostgreSQL"
    comparison_row update_redis "update, PostgreSQL with Redis"
    comparison_row update_memory "update, SQLite"
    for batch in "${BATCHES[@]}"; do
        comparison_row "$batch-postgres" "$(name_of "$batch"), PostgreSQL"
        comparison_row "$batch-memory" "$(name_of "$batch"), SQLite"
    done
    printf '\n| | before | after | after / before |\n|---|--:|--:|--:|\n'
    single_row seen_memory 8 "memory with $(grouped "$users") users cached, SQLite (MiB)"
    single_row seen_redis 8 "the same, Redis and PostgreSQL (MiB)"
    single_row seen_postgres 8 "the same, PostgreSQL (MiB)"
    single_row start_memory 2 "start, SQLite (ms)"
    single_row start_postgres 2 "start, PostgreSQL (ms)"
    print_disk
}

name_of() {
    if [[ $1 == evaluation ]]; then printf 'AuthZEN evaluation'; else printf 'decisions, batches of %s' "$(grouped "$1")"; fi
}

# comparison_row ROW LABEL: requests a second, and CPU time a request.
comparison_row() {
    printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$2" \
        "$(grouped "$(median_of "$1_before" 2)")" "$(grouped "$(median_of "$1_after" 2)")" "$(ratio_of "$1" 2)" \
        "$(rounded 1 "$(median_of "$1_before" 7)")" "$(rounded 1 "$(median_of "$1_after" 7)")" "$(ratio_of "$1" 7)"
}

# single_row ROW FIELD LABEL
single_row() {
    printf '| %s | %s | %s | %s |\n' "$3" "$(rounded 1 "$(median_of "$1_before" "$2")")" \
        "$(rounded 1 "$(median_of "$1_after" "$2")")" "$(ratio_of "$1" "$2")"
}

# ratio_of ROW FIELD: the median of the rounds' ratios, each of two measurements that followed each other.
ratio_of() {
    paste -d ' ' <(cut -d ' ' -f "$2" <<<"${results[$1_before]}") <(cut -d ' ' -f "$2" <<<"${results[$1_after]}") |
        awk 'NF == 2 && $1 > 0 { print $2 / $1 }' | sort --numeric-sort |
        awk '{ all[NR] = $1 } END { printf "%.2f", (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2 }'
}

print_disk() {
    local before after
    before=$(psql_admin "SELECT pg_database_size('${database}_postgres_before')")
    after=$(psql_admin "SELECT pg_database_size('${database}_postgres_after')")
    printf '| disk, PostgreSQL, after the updates (MiB) | %s | %s | %s |\n' "$(rounded 0 "$(calculate "$before / 1048576")")" \
        "$(rounded 0 "$(calculate "$after / 1048576")")" "$(rounded 2 "$(calculate "$after / $before")")"
}
