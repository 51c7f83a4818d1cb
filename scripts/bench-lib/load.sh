# shellcheck shell=bash
# The load of scripts/bench, and its measurements.
#
# wrk also generates the load at a given rate. Of the generators that send at a rate, those in Debian and on crates.io
# (oha, h2load, hey) send one Authorization for all requests. vegeta is not in Debian, and takes a large part of the two
# cores. With the delay of scripts/bench-lua/sending.lua no other program has to be installed, and the rows differ in
# nothing else. wrk cannot send while all connections wait. It compensates for that: for a response that took longer
# than the time between two requests of its connection, it also counts the requests that would have waited (at full
# load, too). The share of late requests is measured, and printed if it is more than 1 %.

# The result of a row has one line for each round: requests, requests/s, p50, p99, p99.9 in ms, late requests in
# percent, CPU time in µs for each request, resident memory in MiB.
declare -A results=()

# measure ROW SERVER SCRIPT NAME=VALUE…
measure() {
    local row=$1 server=$2 before result
    before=$(ticks "$server")
    result=$(load "${@:2}")
    results[$row]+="$result $(calculate "($(ticks "$server") - $before) * 1e6 / $(getconf CLK_TCK) / ${result%% *}")"
    results[$row]+=" $(calculate "$(resident "$server") / 1024")"$'\n'
    if [[ -z ${quiet-} ]]; then say "$row: $result"; fi
}

# load SERVER SCRIPT NAME=VALUE…: prints the first six of these values. Failed requests are shown. If more than one in
# ten thousand fails, the benchmark ends, because its results would be meaningless.
load() {
    local server=$1 script=$2 wrk_threads=$threads duration=${seconds}s line errors
    if [[ " $* " == *" count="* ]]; then wrk_threads=1 duration=1h; fi
    line=$(wrk --threads "$wrk_threads" --connections "$connections" --duration "$duration" --timeout 10s \
        --script "scripts/bench-lua/$script.lua" "${urls[$server]}" -- threads="$wrk_threads" users="$users" "${@:3}" |
        grep '^RESULT ')
    errors=$(cut -d ' ' -f 7 <<<"$line")
    if ((errors > 0)); then
        say "bench: $errors requests to $server failed:"
        grep -h -v -e 'status=2' "$scratch/$server.log" | tail -n 5 >&2 || true
        awk -v errors="$errors" '{ exit errors * 10000 > $2 }' <<<"$line" || die "too many failed requests"
    fi
    awk '{ printf "%d %.1f %.3f %.3f %.3f %.2f\n", $2, $2 * 1e6 / $3, $4 / 1e3, $5 / 1e3, $6 / 1e3, $8 * 100 / $2 }' \
        <<<"$line"
    # The log of a minute under load would fill the disk.
    truncate --size 0 "$scratch"/*.log
}

# measure_pgbench ROW SCRIPT DATABASE_URL
measure_pgbench() {
    local row=$1 output requests rate expected
    output=$(PGOPTIONS='-c plan_cache_mode=force_generic_plan' pgbench --no-vacuum --protocol=prepared \
        --client="$connections" --jobs="$threads" --time="$seconds" --random-seed=1 --define=users="$users" \
        --file="scripts/bench-sql/$2.sql" --log --log-prefix="$scratch/pgbench" --sampling-rate=0.1 "$3")
    read -r requests rate < <(awk '/actually processed:/ { requests = $NF } /^tps = / { rate = $3 }
        END { print int(requests), rate }' <<<"$output")
    expected=$(calculate "$connections * 1e6 / $rate")
    results[$row]+="$requests $rate $(cat "$scratch"/pgbench.* | corrected "$expected" | percentiles) 0 - -"$'\n'
    rm "$scratch"/pgbench.*
    say "$row: $rate"
}

# Corrects the latencies of pgbench in the same way as wrk does.
corrected() {
    awk -v expected="$1" '{ print $3 }
        $3 > 2 * expected { for (more = $3 - expected; more > expected; more -= expected) print int(more) }'
}

percentiles() {
    sort --numeric-sort | awk '{ all[NR] = $1 }
        function at(share) { return all[int(NR * share + 0.999999)] / 1000 }
        END { printf "%.3f %.3f %.3f", at(0.5), at(0.99), at(0.999) }'
}

# median_of ROW FIELD: prints - if there is no value.
median_of() {
    awk -v field="$2" 'NF { print $field }' <<<"${results[$1]}" | sort --numeric-sort |
        awk '{ all[NR] = $1 }
            END { print all[1] == "-" ? "-" : (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2 }'
}
