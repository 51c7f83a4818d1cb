//! Where cargo keeps the sources of a package. Cargo does not tell the build script of another package.

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// The folder of that version of that package.
pub fn of_package(name: &str, version: &str) -> Result<PathBuf, String> {
    in_registry(name, version)
        .or_else(|| by_metadata(name, version))
        .ok_or_else(|| format!("the sources of {name} {version} are not where cargo keeps them"))
}

/// `$CARGO_HOME/registry/src/<registry>/<name>-<version>`, as the Cargo book describes it.
fn in_registry(name: &str, version: &str) -> Option<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))?;
    let registries = std::fs::read_dir(home.join("registry/src")).ok()?;
    registries
        .filter_map(Result::ok)
        .map(|registry| registry.path().join(format!("{name}-{version}")))
        .find(|folder| folder.is_dir())
}

/// What `cargo metadata` says, for sources that were brought along by `cargo vendor`.
fn by_metadata(name: &str, version: &str) -> Option<PathBuf> {
    let output = Command::new(env::var_os("CARGO")?)
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .arg("--manifest-path")
        .arg(env::var_os("CARGO_MANIFEST_PATH")?)
        .output()
        .ok()?;
    let metadata = String::from_utf8(output.stdout).ok()?;
    let package = format!(r#"{{"name":"{name}","version":"{version}","#);
    let (_, after) = metadata.split_once(&package)?;
    let (_, after) = after.split_once(r#""manifest_path":""#)?;
    let (manifest, _) = after.split_once('"')?;
    Some(PathBuf::from(manifest).parent()?.to_owned())
}
