# shellcheck shell=bash
# The output of scripts/bench.

is_table_open=no

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

# print_row ROW: prints the medians of a row, and its requests/s in relation to the rows that it is compared with.
print_row() {
    local row=$1 late
    if [[ $is_table_open == no ]]; then open_table; fi
    printf '| %s | %s | %s | %s | %s | %s | %s | %s |\n' "${labels[$row]}" "$(grouped "$(median_of "$row" 2)")" \
        "$(rounded 2 "$(median_of "$row" 3)")" "$(rounded 2 "$(median_of "$row" 4)")" \
        "$(rounded 2 "$(median_of "$row" 5)")" "$(rounded 1 "$(median_of "$row" 7)")" \
        "$(rounded 0 "$(median_of "$row" 8)")" "$(beside_limits "$row")"
    late=$(median_of "$row" 6)
    if awk -v late="$late" 'BEGIN { exit !(late > 1) }'; then say "bench: $row: $late % of the requests were late"; fi
}

beside_limits() {
    local text= limit aim ratio
    if [[ $1 == batch* ]]; then text="$(decisions_a_second "$1") decisions/s; "; fi
    while read -r -d , limit aim; do
        if [[ -z $limit || -z ${results[$limit]-} ]]; then continue; fi
        ratio=$(calculate "$(median_of "$1" 2) / $(median_of "$limit" 2)")
        text+="$(rounded 2 "$ratio") of ${labels[$limit]}${aim:+ (aim: $aim)}; "
    done <<<"${limits[$1]},"
    text+=${aims[$1]:+aim: ${aims[$1]}}
    printf '%s' "${text%; }"
}

decisions_a_second() {
    local checks=${1#batch}
    grouped "$(calculate "$(median_of "$1" 2) * ${checks%%-*}")"
}

open_table() {
    is_table_open=yes
    printf '\n| %s | requests/s | p50 (ms) | p99 (ms) | p99.9 (ms) | CPU (µs) | MiB | beside its limit |\n' ""
    printf '|---|--:|--:|--:|--:|--:|--:|---|\n'
}

# Ends the table before other output.
close_table() { is_table_open=no; }

rounded() { if [[ $2 == - ]]; then printf '–'; else printf "%.$1f" "$2"; fi; }

# Formats a number with thousands separators.
grouped() { printf '%.0f\n' "$1" | sed -e ':again' -e 's/^\([0-9]\{1,\}\)\([0-9]\{3\}\)/\1,\2/' -e 't again'; }
