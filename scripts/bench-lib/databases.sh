# shellcheck shell=bash
# Databases of scripts/bench, filled by scripts/load-users, and their users' tokens.

created_databases=()

# new_postgres NAME [TEMPLATE] creates a database.
new_postgres() {
    psql_admin "CREATE DATABASE ${database}_$1 ${2+TEMPLATE ${database}_$2}"
    created_databases+=("${database}_$1")
}

# filled_postgres NAME… creates databases of $users users each.
filled_postgres() {
    local name
    if ! is_created filled; then
        say "filling PostgreSQL with $users users"
        new_postgres filled
        scripts/load-users "$(postgres_url filled)" "$users" >&2
    fi
    for name in "$@"; do
        if ! is_created "$name"; then new_postgres "$name" filled; fi
    done
}

is_created() { [[ " ${created_databases[*]-} " == *" ${database}_$1 "* ]]; }

postgres_url() { with_database "$TEST_DATABASE_URL" "${database}_$1"; }

# filled_sqlite NAME… makes files of $users users each.
filled_sqlite() {
    local name
    if [[ ! -e $scratch/filled.db ]]; then
        say "filling SQLite with $users users"
        scripts/load-users "sqlite://$scratch/filled.db" "$users" >&2
    fi
    for name in "$@"; do
        if [[ -e $scratch/$name.db ]]; then continue; fi
        cp "$scratch/filled.db" "$scratch/$name.db"
        sync "$scratch/$name.db"
    done
}

sqlite_url() { printf 'sqlite://%s\n' "$scratch/$1.db"; }

# make_tokens COUNT leaves the tokens of so many users in $scratch/COUNT.hs256 and .es256, and what verifies the latter
# in $scratch/COUNT.pem.
make_tokens() {
    if [[ -e $scratch/$1.es256 ]]; then return; fi
    "$release/examples/make_tokens" "$1" >"$scratch/$1.hs256"
    "$release/examples/make_tokens" "$1" "$scratch/$1.pem" >"$scratch/$1.es256"
}

make_service_token() {
    "$release/privet" token --user 5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d --scope privacy:decide --ttl 1d \
        >"$scratch/service"
}

drop_databases() {
    local name
    for name in ${created_databases[@]+"${created_databases[@]}"}; do
        psql_admin "DROP DATABASE IF EXISTS $name WITH (FORCE)" || true
    done
}

psql_admin() { PGOPTIONS='-c client_min_messages=warning' psql "$TEST_DATABASE_URL" --no-psqlrc -Atqc "$1"; }

# The same server, another database.
with_database() {
    local parameters=
    if [[ $1 == *\?* ]]; then parameters="?${1#*\?}"; fi
    local base=${1%%\?*}
    printf '%s/%s%s\n' "${base%/*}" "$2" "$parameters"
}
