//! Rebuilds the crate when a migration is added or removed. The macro that embeds them cannot request that.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations/sqlite");
}
