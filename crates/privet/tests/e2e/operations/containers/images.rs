//! Images are pinned to exact versions.

use super::{compose, dockerfile, services};

/// Whether the tag has an exact version (three numbers, or two for PostgreSQL) or a digest.
fn is_fixed(image: &str) -> bool {
    if image.contains("@sha256:") {
        return true;
    }
    let (name, tag) = image.rsplit_once(':').unwrap_or((image, ""));
    let version = tag.split('-').next().unwrap();
    let parts: Vec<_> = version.split('.').map(str::parse::<u32>).collect();
    let needed = if name == "postgres" { 2 } else { 3 };
    parts.len() >= needed && parts.iter().all(Result::is_ok)
}

#[test]
fn every_image_has_a_fixed_release() {
    let compose = compose();
    let images = services(&compose).map(|(_, service)| service["image"].as_str().unwrap());
    let bases = dockerfile().into_iter().filter(|(name, _)| name == "FROM");
    let bases: Vec<String> = bases
        .map(|(_, rest)| rest.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(bases.len(), 2);
    for image in images.chain(bases.iter().map(String::as_str)) {
        assert!(image == "privet" || is_fixed(image), "{image}");
    }
    for image in [
        "rust:1.95-slim",
        "postgres:17",
        "redis",
        "haproxy:3.2",
        "x:latest",
    ] {
        assert!(!is_fixed(image), "{image}");
    }
}
