# shellcheck shell=bash
# Databases of scripts/bench, filled with users, and their users' tokens.

created_databases=()

# new_postgres NAME [TEMPLATE]: creates a database.
new_postgres() {
    psql_admin "CREATE DATABASE ${database}_$1 ${2+TEMPLATE ${database}_$2}"
    created_databases+=("${database}_$1")
}

# filled_postgres NAME VERSION [COUNT]: creates a database with this number of users and the tables of this version.
filled_postgres() {
    local count=${3:-$users} template=filled_$2_${3:-$users}
    if ! is_created "$template"; then
        new_postgres "$template"
        load_users "$2" "$(postgres_url "$template")" "$count"
    fi
    if is_created "$1"; then return; fi
    if [[ $1 == messenger* ]]; then
        new_postgres "$1"
        load_users "$2" "$(postgres_url "$1")" "$count" exceptions
    else
        new_postgres "$1" "$template"
    fi
}

is_created() { [[ " ${created_databases[*]-} " == *" ${database}_$1 "* ]]; }

postgres_url() { with_database "$TEST_DATABASE_URL" "${database}_$1"; }

# filled_sqlite NAME VERSION: creates a file with users in the same way.
filled_sqlite() {
    local template=$scratch/filled_$2.db file=$scratch/$1.db
    if [[ ! -e $template ]]; then load_users "$2" "sqlite://$template" "$users"; fi
    if [[ ! -e $file ]]; then
        cp "$template" "$file"
        sync "$file"
    fi
}

sqlite_url() { printf 'sqlite://%s\n' "$scratch/$1.db"; }

# tokens ALGORITHM (hs256 or es256): prints the name of the file with the tokens of all users. The public key for ES256
# is beside it.
tokens() {
    local file=$scratch/users.$1
    if [[ ! -e $file ]]; then
        if [[ $1 == es256 ]]; then set -- "$scratch/users.pem"; else set --; fi
        "$examples/make_tokens" "$users" "$@" >"$file"
    fi
    printf '%s\n' "$file"
}

# Prints the name of a file with a token of a service that may request decisions.
service_token() {
    local file=$scratch/service
    if [[ ! -e $file ]]; then
        "${programs[after]}/privet" token --user 5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d --scope privacy:decide --ttl 1d >"$file"
    fi
    printf '%s\n' "$file"
}

drop_databases() {
    local name
    for name in ${created_databases[@]+"${created_databases[@]}"}; do
        psql_admin "DROP DATABASE IF EXISTS $name WITH (FORCE)" || true
    done
}

psql_admin() { PGOPTIONS='-c client_min_messages=warning' psql "$TEST_DATABASE_URL" --no-psqlrc -Atqc "$1"; }

# The URL of another database on the same server.
with_database() {
    local parameters=
    if [[ $1 == *\?* ]]; then parameters="?${1#*\?}"; fi
    local base=${1%%\?*}
    printf '%s/%s%s\n' "${base%/*}" "$2" "$parameters"
}
