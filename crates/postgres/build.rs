//! Builds the crate anew when a migration comes or goes: the macro that embeds them cannot ask for that.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations/postgres");
}
