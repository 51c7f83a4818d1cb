//! Compiles the libssl of AWS-LC, and tells pq-src where the headers are.
//!
//! `aws-lc-sys` compiles libcrypto, and libssl only with its feature `ssl`, which needs `CMake` and libclang. Its
//! package holds the sources of both, so the C++ compiler is enough.

mod sources;

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build");
    let (version, headers) = libcrypto()?;
    let package = sources::of_package("aws-lc-sys", &version)?;
    compile(&package.join("aws-lc"), &headers)?;
    println!("cargo::metadata=include={}", headers.display());
    Ok(())
}

/// The version of aws-lc-sys, and where the headers of its libcrypto are. Its build script says so under a name that
/// contains the version, such as `DEP_AWS_LC_0_47_0_INCLUDE`.
fn libcrypto() -> Result<(String, PathBuf), String> {
    std::env::vars_os()
        .find_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let version = name.strip_prefix("DEP_AWS_LC_")?.strip_suffix("_INCLUDE")?;
            Some((version.replace('_', "."), PathBuf::from(value)))
        })
        .ok_or_else(|| "aws-lc-sys does not say where its headers are".to_owned())
}

fn compile(aws_lc: &Path, headers: &Path) -> Result<(), Box<dyn Error>> {
    let (cpp, c) = files(&aws_lc.join("ssl"))?;
    let build = || {
        let mut build = cc::Build::new();
        build
            .define("BORINGSSL_IMPLEMENTATION", "1")
            .include(headers)
            .include(aws_lc)
            .warnings(false);
        build
    };
    // libssl is written so that it needs nothing of the C++ library.
    let objects = build()
        .cpp(true)
        .cpp_link_stdlib(None)
        .std("c++14")
        .flag("-fno-exceptions")
        .flag("-fno-rtti")
        .flag("-fno-threadsafe-statics")
        .files(cpp)
        .try_compile_intermediates()?;
    build().files(c).objects(objects).try_compile("ssl")?;
    Ok(())
}

/// The sources of libssl in C++ and in C, without those of its tests.
fn files(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    // The order of the folder differs from machine to machine; that of the objects must not.
    files.sort();
    let is_test = |file: &PathBuf| {
        let stem = file.file_stem().map(|stem| stem.to_string_lossy());
        stem.is_some_and(|stem| stem.ends_with("_test"))
    };
    files.retain(|file| !is_test(file));
    let with = |extension: &str| {
        let has = |file: &&PathBuf| file.extension().is_some_and(|end| end == extension);
        files.iter().filter(has).cloned().collect()
    };
    Ok((with("cc"), with("c")))
}
