# shellcheck shell=bash
# Resident memory after very many users were seen.

# As Privet is by default, with rate limits: they take memory too.
measure_memory() {
    local PRIVET_RATE_LIMITS=on store
    make_tokens "$users"
    filled_sqlite sqlite
    filled_postgres postgres redis
    start_privet memory_sqlite "$(sqlite_url sqlite)"
    start_with_redis memory_redis "$(postgres_url redis)"
    start_privet memory_postgres "$(postgres_url postgres)"
    for store in sqlite redis postgres; do
        measure "memory_$store" "memory_$store" settings tokens="$scratch/$users.hs256" mode=each count=1000000
    done
    stop_servers
    local label
    label="a million reads by $(grouped "$users") users, rate limits on"
    row memory_sqlite "$label, cached in memory" "" "≤ 96 MiB"
    row memory_redis "$label, cached in Redis" "" "≤ 96 MiB"
    row memory_postgres "$label, PostgreSQL" "" "≤ 96 MiB"
}
