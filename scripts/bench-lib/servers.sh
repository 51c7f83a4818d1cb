# shellcheck shell=bash
# Servers of scripts/bench. The URL and the process of a server are found by its name.

declare -A urls=() pids=()

# The number of connections with which the bare handler is fastest: with more its reads get slower, with fewer its
# updates.
READ_CONNECTIONS=4
UPDATE_CONNECTIONS=16
# The number of connections of all processes of the Fastify service together.
FASTIFY_CONNECTIONS=16

# start_server NAME: starts one of the servers below with its own database. In a comparison the name ends with the
# version, as in memory_before. It begins with limited_ if rate limits are on, as they are by default.
start_server() {
    local kind=${1#limited_} version=after PRIVET_RATE_LIMITS=${PRIVET_RATE_LIMITS:-off}
    if [[ $1 == limited_* ]]; then PRIVET_RATE_LIMITS=on; fi
    if [[ $kind == *_before ]]; then version=before; fi
    local database_name=$kind
    kind=${kind%_"$version"}
    case $kind in
        endpoint) start_bare "$1" bare_endpoint ;;
        # The bare handler executes the same statements as pgbench.
        read_handler) start_handler "$1" "$READ_CONNECTIONS" ;;
        update_handler) start_handler "$1" "$UPDATE_CONNECTIONS" ;;
        fastify) start_fastify "$1" ;;
        memory) start_on_sqlite "$1" ;;
        sqlite) start_on_sqlite "$1" PRIVET_CACHE_TTL=0 ;;
        es256) start_on_sqlite "$1" -u PRIVET_JWT_SECRET PRIVET_JWT_PUBLIC_KEY_FILE="$scratch/users.pem" ;;
        postgres) start_on_postgres "$1" "$users" ;;
        redis)
            start_on_postgres "$1" "$users" REDIS_URL="$(redis_url "$version")"
            await_redis "$1"
            ;;
        few) start_on_postgres "$1" "$FEW_USERS" ;;
        messenger) start_on_postgres "$1" "$FEW_USERS" PRIVET_CATALOGUE=messenger ;;
        many) start_on_postgres "$1" "$MANY_USERS" ;;
        *) die "there is no server called $kind" ;;
    esac
}

# start_on_sqlite NAME [OPTION… of env]
start_on_sqlite() {
    filled_sqlite "$database_name" "$version"
    start_privet "$1" "$(sqlite_url "$database_name")" "${@:2}"
}

# start_on_postgres NAME USERS [OPTION… of env]
start_on_postgres() {
    filled_postgres "$database_name" "$version" "$2"
    start_privet "$1" "$(postgres_url "$database_name")" "${@:3}"
}

# start_privet NAME DATABASE_URL [OPTION… of env]. Cached rows have a long lifetime, so that none expires during a measurement.
start_privet() {
    : >"$scratch/$1.log"
    PRIVET_CACHE_TTL=36000 env "${@:3}" DATABASE_URL="$2" PRIVET_LISTEN=127.0.0.1:0 NO_COLOR=1 PRIVET_RATE_LIMITS="$PRIVET_RATE_LIMITS" \
        "${programs[$version]}/privet" serve </dev/null 2>>"$scratch/$1.log" &
    await_server "$1" "$!" 's|.*Swagger UI: \(http://[^/]*\)/.*|\1|p'
}

# redis_url VERSION: each version has its own database, because one version must not read the other's rows.
redis_url() {
    if [[ $1 == after ]]; then
        printf '%s\n' "$TEST_REDIS_URL"
    else
        sed -E 's|(://[^/]+).*|\1/1|' <<<"$TEST_REDIS_URL"
    fi
}

# A replica begins to use the cache after the time in which others may use an older one.
await_redis() {
    local tenth
    for ((tenth = 0; tenth < 100; tenth++)); do
        if is_redis_up "${urls[$1]}"; then return; fi
        sleep 0.1
    done
    die "$1 does not reach Redis"
}

is_redis_up() {
    local authority=${1#http://} answer
    exec 3<>"/dev/tcp/${authority%:*}/${authority##*:}"
    printf 'GET /health/ready HTTP/1.1\r\nHost: privet\r\nConnection: close\r\n\r\n' >&3
    answer=$(cat <&3)
    exec 3>&-
    [[ $answer == *'"redis":"up"'* ]]
}

# start_handler NAME CONNECTIONS
start_handler() {
    filled_postgres limit after
    start_bare "$1" bare_statements "$(postgres_url limit)" "$2"
}

# start_bare NAME EXAMPLE [DATABASE_URL CONNECTIONS]
start_bare() {
    : >"$scratch/$1.log"
    DATABASE_URL=${3-} "$examples/$2" 127.0.0.1:0 ${4+"$4"} </dev/null >>"$scratch/$1.log" 2>&1 &
    await_server "$1" "$!" 's|^listening on \(http://.*\)|\1|p'
}

# One process for each core, as is usual, with equal shares of the connections.
start_fastify() {
    local processes
    processes=$(nproc)
    filled_postgres fastify after
    : >"$scratch/$1.log"
    DATABASE_URL=$(postgres_url fastify) NODE_ENV=production scripts/with-node benches/fastify \
        node server.js "$processes" "$(((FASTIFY_CONNECTIONS + processes - 1) / processes))" </dev/null >>"$scratch/$1.log" 2>&1 &
    await_server "$1" "$!" 's|^listening on \(http://.*\)|\1|p'
}

# Whether the packages can be installed. Installs Node.js, too, if it is missing.
has_fastify() { scripts/with-node benches/fastify true >&2; }

await_server() {
    local name=$1 pid=$2 pattern=$3 tenth
    pids[$name]=$pid
    for ((tenth = 0; tenth < 300; tenth++)); do
        urls[$name]=$(sed -n "$pattern" "$scratch/$name.log")
        if [[ -n ${urls[$name]} ]]; then return; fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 5 "$scratch/$name.log" >&2
    die "$name does not start"
}

stop_servers() {
    if ((${#pids[@]} == 0)); then return; fi
    kill -TERM "${pids[@]}"
    wait "${pids[@]}"
    pids=()
}

kill_servers() {
    if ((${#pids[@]} > 0)); then kill -KILL "${pids[@]}" 2>/dev/null || true; fi
    wait 2>/dev/null || true
}

# The CPU time of a server so far, in user and kernel mode, in ticks.
ticks() { sum_of "$1" stat '{ sum += $14 + $15 }'; }

# The resident memory of a server, in KiB.
resident() { sum_of "$1" status '/^VmRSS:/ { sum += $2 }'; }

# sum_of SERVER FILE PROGRAM: the sum over all processes of the server.
sum_of() {
    local pid=${pids[$1]} files=()
    for pid in "$pid" $(<"/proc/$pid/task/$pid/children"); do files+=("/proc/$pid/$2"); done
    awk "$3"' END { print sum }' "${files[@]}"
}
