# shellcheck shell=bash
# Rows of scripts/bench: the name of a row has the request, the server and the load, for example
#
#     read-memory     evaluation-postgres-c256     update-redis-half     batch100-sqlite
#
# The suffix after the last hyphen: c256 uses 256 connections instead of $connections, half sends at half of the rate
# that the row without the suffix reached.

# The planned rows: their names in order, and their columns in parts.sh. Chosen rows have the value yes.
rows=()
declare -A labels=() limits=() aims=() chosen=()

# plan LIST: a list of parts.sh.
plan() {
    local row label limit aim
    rows=() labels=() limits=() aims=()
    while IFS='|' read -r row label limit aim; do
        row=${row// /}
        if [[ -z $row ]]; then continue; fi
        rows+=("$row")
        labels[$row]=$(trimmed "$label")
        limits[$row]=$(trimmed "$limit")
        aims[$row]=$(trimmed "$aim")
    done <<<"$1"
}

trimmed() { sed 's/^ *//; s/ *$//' <<<"$1"; }

# Chooses the rows that --only matches, and the rows that they are compared with.
choose() {
    local row limit
    chosen=()
    for row in "${rows[@]}"; do
        if ! [[ $row =~ $only ]]; then continue; fi
        chosen[$row]=yes
        if [[ $row == *-half ]]; then chosen[${row%-half}]=yes; fi
        while read -r -d , limit _; do
            if [[ -n $limit ]]; then chosen[$limit]=yes; fi
        done <<<"${limits[$row]},"
    done
    if [[ ${chosen[update-fastify]-} == yes ]] && ! has_fastify; then
        say "bench: Node.js or the packages of benches/fastify cannot be installed: the row of Fastify is left out"
        unset 'chosen[update-fastify]'
    fi
    ((${#chosen[@]} > 0))
}

# The names of the chosen rows, in order.
chosen_rows() {
    local row
    for row in "${rows[@]}"; do
        if [[ ${chosen[$row]-} == yes ]]; then printf '%s\n' "$row"; fi
    done
}

# measure_rows LIST: measures the chosen rows of a part, and prints them.
measure_rows() {
    local round row
    plan "$1"
    if ! choose; then return; fi
    results=()
    for row in $(chosen_rows); do start_server_of "$row" after; done
    for ((round = 0; round < rounds; round++)); do
        for row in $(chosen_rows); do
            if [[ $row != *-half ]]; then measure_row "$row" after; fi
        done
    done
    for ((round = 0; round < rounds; round++)); do
        for row in $(chosen_rows); do
            if [[ $row == *-half ]]; then measure_row "$row" after; fi
        done
    done
    stop_servers
    for row in $(chosen_rows); do print_row "$row"; done
}

# Parses the name of a row: sets the caller's kind, name, suffix, and server.
read_name() {
    IFS=- read -r kind name suffix <<<"$1"
    case $kind-$name in
        *-handler) server=${kind}_handler ;;
        # Only the rows of reads are measured without the cache.
        *-sqlite) if [[ $kind == read ]]; then server=sqlite; else server=memory; fi ;;
        resident-*) server=limited_$name ;;
        *) server=$name ;;
    esac
}

# start_server_of ROW VERSION: starts the server of a row and warms it up, if it is not running. The caches are filled,
# and often used pages are in the databases' memory, before the measurement begins.
start_server_of() {
    local kind name suffix server
    read_name "$1"
    if [[ $name == pgbench ]]; then
        filled_postgres limit after
        return
    fi
    if in_comparison; then server+=_$2; fi
    if [[ $server == *es256 ]]; then tokens es256 >/dev/null; fi
    if [[ -n ${pids[$server]-} ]]; then return; fi
    start_server "$server"
    case $kind-$name in
        read-endpoint | resident-* | start-*) ;;
        read-es256) see_every_user "$server" es256 ;;
        *-few | *-many) for _ in $(seq "$rounds"); do warm_up "batch1000-$name" "$2"; done ;;
        *-memory | *-redis | update-sqlite) see_every_user "$server" hs256 ;;
        *) warm_up "$kind-$name" "$2" ;;
    esac
}

see_every_user() {
    load "$1" settings tokens="$(tokens "$2")" mode=each count="$users" >/dev/null
}

# Measures a row without keeping the result.
warm_up() {
    local -A results=()
    local quiet=yes
    measure_row "$1" "$2"
}

# measure_row ROW VERSION
measure_row() {
    local kind name suffix server key=$1 rate=
    read_name "$1"
    if in_comparison; then server+=_$2 key+=@$2; fi
    local connections=$connections threads=$threads users=$users
    case $suffix in
        c*) connections=${suffix#c} ;;
        half) rate=rate=$(calculate "int($(median_of "${1%-half}" 2) / 2)") ;;
    esac
    if ((threads > connections)); then threads=$connections; fi
    case $name in
        few | messenger) users=$FEW_USERS ;;
        many) users=$MANY_USERS ;;
    esac
    case $kind-$name in
        *-pgbench) measure_pgbench "$key" "$kind" "$(postgres_url limit)" ;;
        read-handler) measure_settings row ;;
        update-handler) measure_settings row_update ;;
        read-*) measure_settings read ;;
        update-*) measure_settings update resume="$scratch/$server.sent" ;;
        resident-*) measure_settings each count=$((reads_of_each * users)) ;;
        evaluation-*) measure_decisions_of evaluation ;;
        filter-messenger) measure_decisions_of filter catalogue=messenger ;;
        batch*-messenger) measure_decisions_of "${kind#batch}" catalogue=messenger ;;
        batch*) measure_decisions_of "${kind#batch}" ;;
        *) die "there is no row called $1" ;;
    esac
}

# measure_settings MODE [NAME=VALUE]
measure_settings() {
    local algorithm=hs256
    if [[ $name == es256 ]]; then algorithm=es256; fi
    measure "$key" "$server" settings tokens="$(tokens "$algorithm")" mode="$1" "${@:2}" ${rate:+"$rate"}
}

# measure_decisions_of CHECKS [NAME=VALUE]
measure_decisions_of() {
    measure "$key" "$server" decisions users="$users" token="$(service_token)" checks="$1" "${@:2}"
}
