# shellcheck shell=bash
# The programs of scripts/bench: Privet of each version, and the examples for loading data and measuring limits.

# The folder of `privet`, for each version.
declare -A programs=()
# The folder of this checkout's examples.
examples=

find_programs() {
    local after=${BENCH_AFTER:-.}
    use_programs after "$after"
    examples=${programs[after]}/examples
    if [[ -x $examples/bare_endpoint ]]; then return; fi
    cargo build --profile dist --package privet --examples >&2
    examples=$target/dist/examples
}

# use_programs VERSION FOLDER: uses the folder of a built privet, or builds a checkout.
use_programs() {
    local folder
    folder=$(cd "$2" && pwd)
    if [[ ! -x $folder/privet ]]; then folder=$(build_checkout "$folder"); fi
    programs[$1]=$folder
}

build_checkout() {
    # Another checkout has its own target directory.
    if [[ $1 != "$PWD" ]]; then unset CARGO_TARGET_DIR; fi
    cd "$1"
    cargo build --profile dist --package privet --bins --examples >&2
    printf '%s/dist\n' "$(scripts/target-directory)"
}

# load_users VERSION DATABASE_URL COUNT [exceptions]: fills a new database.
load_users() {
    local folder=${programs[$1]}/examples
    if [[ ! -x $folder/load_users ]]; then folder=$examples; fi
    say "filling ${2%%://*} with $(grouped "$3") users"
    {
        DATABASE_URL=$2 "${programs[$1]}/privet" migrate && "$folder/load_users" "$2" "$3" "${@:4}"
    } >"$scratch/load_users.log" 2>&1 || die "the users cannot be stored: $(tail -n 1 "$scratch/load_users.log")"
}
