//! Images are pinned to exact versions.

use super::{composes, dockerfile, failover, services};

/// Whether the tag has an exact version (three numbers, or two for PostgreSQL and Debian) or a digest.
fn is_fixed(image: &str) -> bool {
    if image.contains("@sha256:") {
        return true;
    }
    let (name, tag) = image.rsplit_once(':').unwrap_or((image, ""));
    let version = tag.split('-').next().unwrap();
    let parts: Vec<_> = version.split('.').map(str::parse::<u32>).collect();
    let needed = if ["postgres", "debian"].contains(&name) {
        2
    } else {
        3
    };
    parts.len() >= needed && parts.iter().all(Result::is_ok)
}

#[test]
fn every_image_has_a_fixed_release() {
    let composes = composes();
    let services = composes.iter().flat_map(|(_, compose)| services(compose));
    let images = services.map(|(_, service)| service["image"].as_str().unwrap());
    let bases = dockerfile().into_iter().filter(|(name, _)| name == "FROM");
    let bases: Vec<String> = bases
        .map(|(_, rest)| rest.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(bases.len(), 2);
    let node = failover::base_image();
    let bases = bases.iter().map(String::as_str).chain([node.as_str()]);
    for image in images.chain(bases) {
        let is_built_here = ["privet", failover::IMAGE].contains(&image);
        assert!(is_built_here || is_fixed(image), "{image}");
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
