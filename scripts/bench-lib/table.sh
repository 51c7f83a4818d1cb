# shellcheck shell=bash
# What scripts/bench prints.

is_table_open=no
declare -A labels=()

describe_machine() {
    local model system memory
    model=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
    system=$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)
    memory=$(awk '/^MemTotal:/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)
    printf '%s, commit %s. ' "$(date --utc +%F)" "$(git describe --always --dirty 2>/dev/null || echo unknown)"
    printf '%s cores (%s) and %s GiB for servers, load generator and databases together; %s, Linux %s. ' \
        "$(nproc)" "${model:-unknown}" "$memory" "${system:-unknown}" "$(uname -r)"
    printf 'PostgreSQL %s, fsync %s, shared buffers %s; Redis %s; %s. ' "$(psql_admin 'SHOW server_version')" \
        "$(psql_admin 'SHOW fsync')" "$(psql_admin 'SHOW shared_buffers')" "$(redis_version)" \
        "$(wrk --version 2>&1 | sed -n 's|^wrk \(debian/\)\?\([^ ]*\).*|wrk \2|p')"
    printf '%s connections, %s users by Zipf'\''s law, medians of %s rounds of %s s, rate limits %s, log level %s.\n' \
        "$connections" "$(grouped "$users")" "$rounds" "$seconds" "${PRIVET_RATE_LIMITS:-off}" "${PRIVET_LOG:-info}"
}

redis_version() {
    redis-cli -u "$TEST_REDIS_URL" INFO server 2>/dev/null | sed -n 's/^redis_version:\([^\r]*\).*/\1/p'
}

# row ROW LABEL [LIMIT] [AIM] prints the medians of a row, and what part of its limit's requests/s it has. LIMIT may be
# empty.
row() {
    local row=$1 label=$2 limit=${3-} aim=${4+aim: $4} ratio
    labels[$row]=$label
    if [[ -n $limit ]]; then
        ratio=$(calculate "$(median_of "$row" 2) / $(median_of "$limit" 2)")
        aim="$(rounded 2 "$ratio") of ${labels[$limit]}${4+ ($aim)}"
    fi
    print_row "$row" "$label" "$aim"
}

print_row() {
    local row=$1 late
    if [[ $is_table_open == no ]]; then open_table; fi
    printf '| %s | %s | %s | %s | %s | %s | %s | %s |\n' "$2" "$(grouped "$(median_of "$row" 2)")" \
        "$(rounded 2 "$(median_of "$row" 3)")" "$(rounded 2 "$(median_of "$row" 4)")" \
        "$(rounded 2 "$(median_of "$row" 5)")" "$(rounded 1 "$(median_of "$row" 7)")" \
        "$(rounded 0 "$(median_of "$row" 8)")" "$3"
    late=$(median_of "$row" 6)
    if awk -v late="$late" 'BEGIN { exit !(late > 1) }'; then say "bench: $row: $late % of the requests were late"; fi
}

open_table() {
    is_table_open=yes
    printf '\n| %s | requests/s | p50 (ms) | p99 (ms) | p99.9 (ms) | CPU (µs) | MiB | beside its limit |\n' ""
    printf '|---|--:|--:|--:|--:|--:|--:|---|\n'
}

# Something other than rows comes.
close_table() { is_table_open=no; }

rounded() { if [[ $2 == - ]]; then printf '–'; else printf "%.$1f" "$2"; fi; }

# A number with its thousands apart.
grouped() { printf '%.0f\n' "$1" | sed -e ':again' -e 's/^\([0-9]\{1,\}\)\([0-9]\{3\}\)/\1,\2/' -e 't again'; }
