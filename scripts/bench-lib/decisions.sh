# shellcheck shell=bash
# Decisions: through HTTP on each store, the rule alone, and with very many users.

BATCHES=(evaluation 1 100 1000)

measure_decisions() {
    local round store batch
    make_service_token
    filled_sqlite memory
    filled_postgres postgres
    start_privet sqlite "$(sqlite_url memory)"
    start_privet postgres "$(postgres_url postgres)"
    for ((round = 0; round < rounds; round++)); do
        for batch in "${BATCHES[@]}"; do
            for store in sqlite postgres; do measure_decision "$store" "$batch"; done
        done
    done
    stop_servers
    for batch in "${BATCHES[@]}"; do decisions_row sqlite "$batch" SQLite; done
    for batch in "${BATCHES[@]}"; do decisions_row postgres "$batch" PostgreSQL; done
}

# measure_decision SERVER BATCH [USERS [CATALOGUE]]
measure_decision() {
    measure "decisions_$1_$2" "$1" decisions users="${3:-$users}" token="$scratch/service" checks="$2" \
        ${4+"catalogue=$4"}
}

# By the catalogue `messenger`, with four reciprocal actions, and exceptions of every tenth of 10,000 users.
measure_messenger() {
    local round
    make_service_token
    new_postgres messenger
    scripts/load-users "$(postgres_url messenger)" 10000 exceptions >&2
    start_privet messenger "$(postgres_url messenger)" PRIVET_CATALOGUE=messenger
    load messenger decisions users=10000 token="$scratch/service" checks=1000 catalogue=messenger >/dev/null
    for ((round = 0; round < rounds; round++)); do
        measure_decision messenger 1000 10000 messenger
        # How long one filter takes that nothing else delays.
        threads=1 connections=1 measure_decision messenger filter 10000 messenger
    done
    stop_servers
    decisions_row messenger 1000 "messenger, exceptions and reciprocity, PostgreSQL"
    row decisions_messenger_filter "filter of 10,000 viewers, one at a time, PostgreSQL" "" "p50 ≤ 100 ms"
}

decisions_row() {
    local row=decisions_$1_$2 decisions
    if [[ $2 == evaluation ]]; then
        row "$row" "AuthZEN evaluation, $3"
    else
        decisions=$(grouped "$(calculate "$(median_of "$row" 2) * $2")")
        print_row "$row" "decisions, batches of $(grouped "$2"), $3" \
            "$decisions decisions/s$(if [[ $1 != sqlite && $2 == 1000 ]]; then printf ' (aim: 100,000)'; fi)"
    fi
}

# A package of its own, since Cedar is much to build.
measure_rule() {
    close_table
    CARGO_TARGET_DIR=$target/benches cargo run --quiet --release --manifest-path benches/decisions/Cargo.toml
}

measure_scale() {
    local many=${BENCH_MANY_USERS:-2000000} round batch
    make_service_token
    new_postgres few
    scripts/load-users "$(postgres_url few)" 10000 >&2
    start_privet few "$(postgres_url few)"
    new_postgres many
    say "filling PostgreSQL with $many users"
    scripts/load-users "$(postgres_url many)" "$many" >&2
    start_privet many "$(postgres_url many)"

    # What is asked about often is in the server's memory, as it is wherever a service runs for an hour.
    for ((round = 0; round < rounds; round++)); do
        load few decisions users=10000 token="$scratch/service" checks=1000 >/dev/null
        load many decisions users="$many" token="$scratch/service" checks=1000 >/dev/null
    done
    for ((round = 0; round < rounds; round++)); do
        for batch in "${BATCHES[@]}"; do
            measure_decision few "$batch" 10000
            measure_decision many "$batch" "$many"
        done
    done
    stop_servers
    for batch in "${BATCHES[@]}"; do scale_rows "$batch" "$many"; done
}

scale_rows() {
    local name="AuthZEN evaluation"
    if [[ $1 != evaluation ]]; then name="batches of $(grouped "$1")"; fi
    row "decisions_few_$1" "$name, 10,000 users"
    row "decisions_many_$1" "$name, $(grouped "$2") users" "decisions_few_$1" 0.77
}
