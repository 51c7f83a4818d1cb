# shellcheck shell=bash
# Servers of scripts/bench: each has a name, by which its URL and its process are found.

declare -A urls=() pids=()

# start_privet NAME DATABASE_URL [OPTION… of env]
start_privet() {
    : >"$scratch/$1.log"
    env "${@:3}" DATABASE_URL="$2" PRIVET_LISTEN=127.0.0.1:0 NO_COLOR=1 \
        PRIVET_RATE_LIMITS="${PRIVET_RATE_LIMITS:-off}" "$release/privet" serve </dev/null 2>>"$scratch/$1.log" &
    await_server "$1" "$!" 's|.*Swagger UI: \(http://[^/]*\)/.*|\1|p'
}

# start_with_redis NAME DATABASE_URL [OPTION… of env]
start_with_redis() {
    local tenth
    start_privet "$1" "$2" REDIS_URL="$TEST_REDIS_URL" "${@:3}"
    # It begins to use the cache when nobody can be using an older one any more.
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

# start_bare NAME EXAMPLE [DATABASE_URL CONNECTIONS]
start_bare() {
    : >"$scratch/$1.log"
    DATABASE_URL=${3-} "$release/examples/$2" 127.0.0.1:0 ${4+"$4"} </dev/null >>"$scratch/$1.log" 2>&1 &
    await_server "$1" "$!" 's|^listening on \(http://.*\)|\1|p'
}

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
    kill -TERM "${pids[@]}"
    wait "${pids[@]}"
    pids=()
}

kill_servers() {
    if ((${#pids[@]} > 0)); then kill -KILL "${pids[@]}" 2>/dev/null || true; fi
    wait 2>/dev/null || true
}

# CPU time of a server so far, in user and in kernel mode, in ticks.
ticks() { awk '{ print $14 + $15 }' "/proc/${pids[$1]}/stat"; }

# Its resident memory, in KiB.
resident() { awk '/^VmRSS:/ { print $2 }' "/proc/${pids[$1]}/status"; }
