//! Warnings at the start about data or endpoints that are more public than they should be.

use std::net::IpAddr;
use std::path::Path;

use crate::configuration::addresses::Addresses;
use crate::configuration::database::URL_FILE;
use crate::configuration::keys::{SECRET_FILE, SecretSource};
use crate::configuration::{Configuration, Environment, REDIS_URL_FILE};
use crate::keys::signing_secret;

/// One sentence for each problem.
pub fn warnings(environment: &Environment, configuration: &Configuration) -> Vec<String> {
    let files = [SECRET_FILE, URL_FILE, REDIS_URL_FILE].into_iter();
    let files = files.filter_map(|name| open_secret(name, &environment.path(name)?));
    let secret = &configuration.keys.secret;
    let addresses = &configuration.addresses;
    files
        .chain(open_redis_key(configuration))
        .chain(open_made_secret(secret))
        .chain(reachable_with_made_secret(secret, addresses))
        .chain(open_metrics(addresses))
        .collect()
}

fn open_redis_key(configuration: &Configuration) -> Option<String> {
    let file = privet_redis::key_file(configuration.redis_url.as_ref()?.reveal())?;
    open_secret("key_file in the URL of Redis", Path::new(&file))
}

fn open_made_secret(secret: &SecretSource) -> Option<String> {
    match secret {
        SecretSource::Generated { database } => {
            let path = signing_secret::path_beside(database);
            open_secret("the generated secret", &path)
        }
        SecretSource::Configured { .. } | SecretSource::None => None,
    }
}

/// Only permissions for all users matter: orchestrators give secrets to a group.
fn open_secret(name: &str, path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;

    let mode = path.metadata().ok()?.permissions().mode() & 0o777;
    let is_open = mode & 0o006 != 0;
    is_open.then(|| {
        format!(
            "{name}: every user of this machine may read or change {} (mode {mode:04o}): run `chmod o= {}`",
            path.display(),
            path.display()
        )
    })
}

fn reachable_with_made_secret(secret: &SecretSource, addresses: &Addresses) -> Option<String> {
    let is_made = matches!(secret, SecretSource::Generated { .. });
    let listen = addresses.listen;
    (is_made && !listen.ip().to_canonical().is_loopback()).then(|| {
        format!(
            "PRIVET_LISTEN is {listen}, which other machines can reach, and tokens are signed with a generated secret, which is only for tests: set PRIVET_JWT_SECRET_FILE, PRIVET_JWT_PUBLIC_KEY_FILE or PRIVET_JWKS"
        )
    })
}

fn open_metrics(addresses: &Addresses) -> Option<String> {
    let (variable, address) = match addresses.metrics {
        Some(address) => ("PRIVET_METRICS_ADDR", address),
        None => ("PRIVET_LISTEN", addresses.listen),
    };
    is_public(address.ip()).then(|| {
        format!(
            "/metrics is open to everyone who can reach {address} ({variable}): set PRIVET_METRICS_ADDR to an address that only Prometheus can reach, or block the path at the proxy"
        )
    })
}

/// Whether more than a private network may reach it; all addresses of the machine count as public.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => !(v4.is_loopback() || v4.is_private() || v4.is_link_local()),
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn all(variables: &[(&str, &str)]) -> Vec<String> {
        let environment = Environment::of(variables);
        let configuration = Configuration::read(&environment).unwrap();
        warnings(&environment, &configuration)
    }

    #[test]
    fn nothing_configured_is_nothing_to_warn_of() {
        assert_eq!(all(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_secret_that_everybody_may_read_is_named_with_its_mode() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), SECRET).unwrap();
        let path = file.path().to_str().unwrap();
        let of_mode = |mode| {
            fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
            all(&[("PRIVET_JWT_SECRET_FILE", path)])
        };
        for mode in [0o400, 0o600, 0o640, 0o440] {
            assert_eq!(of_mode(mode), Vec::<String>::new(), "{mode:o}");
        }
        for mode in [0o644, 0o604, 0o602] {
            let warnings = of_mode(mode);
            let named = |text: &str| warnings.concat().contains(text);
            assert!(
                named("PRIVET_JWT_SECRET_FILE") && named(path),
                "{warnings:?}"
            );
            assert!(named(&format!("{mode:04o}")), "{warnings:?}");
        }
    }

    #[test]
    fn files_with_urls_and_the_secret_that_was_made_are_secrets_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let database = format!("sqlite://{}/privet.db", folder.path().display());
        let url = write("url", &database);
        let redis = write("redis", "redis://localhost");
        write("privet.db.jwt-secret", SECRET);
        let files = [("DATABASE_URL_FILE", &*url), ("REDIS_URL_FILE", &*redis)];
        let warnings = all(&files);
        assert_eq!(warnings.len(), 3, "{warnings:?}");
        assert!(warnings[2].contains(".jwt-secret"), "{warnings:?}");
    }

    #[test]
    fn the_key_of_a_client_certificate_for_redis_is_a_secret_as_well() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        for scheme in ["rediss", "rediss-cluster"] {
            let url = format!("{scheme}://a,b/?cert_file=/x&key_file={path}");
            for (mode, count) in [(0o600, 0), (0o644, 1)] {
                fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
                let warnings = all(&[("REDIS_URL", &url)]);
                assert_eq!(warnings.len(), count, "{warnings:?}");
                assert_eq!(warnings.concat().contains(path), count == 1);
            }
        }
    }

    #[test]
    fn a_made_secret_is_for_this_machine_only() {
        let private_metrics = ("PRIVET_METRICS_ADDR", "127.0.0.1:9464");
        for (listen, is_warned_of) in [
            ("127.0.0.1:8080", false),
            ("[::1]:8080", false),
            ("0.0.0.0:8080", true),
            ("[::]:8080", true),
            ("10.1.2.3:8080", true),
        ] {
            let variables = [private_metrics, ("PRIVET_LISTEN", listen)];
            let warnings = all(&variables);
            let found = warnings
                .iter()
                .any(|warning| warning.contains("PRIVET_LISTEN"));
            assert_eq!(found, is_warned_of, "{warnings:?}");
            let configured = [
                private_metrics,
                ("PRIVET_LISTEN", listen),
                ("PRIVET_JWT_SECRET", SECRET),
            ];
            assert_eq!(all(&configured), Vec::<String>::new());
        }
    }

    #[test]
    fn metrics_may_be_had_on_this_machine_and_in_a_private_network() {
        for (address, is_warned_of) in [
            ("127.0.0.1:9464", false),
            ("10.0.0.11:9464", false),
            ("[fd00::1]:9464", false),
            ("0.0.0.0:9464", true),
            ("[::]:9464", true),
            ("[::ffff:8.8.8.8]:9464", true),
            ("203.0.113.7:9464", true),
        ] {
            let warnings = all(&[("PRIVET_METRICS_ADDR", address)]);
            let found = warnings.iter().any(|warning| warning.contains("/metrics"));
            assert_eq!(found, is_warned_of, "{address}: {warnings:?}");
        }
        let listening = [
            ("PRIVET_LISTEN", "203.0.113.7:80"),
            ("PRIVET_JWT_SECRET", SECRET),
        ];
        let warnings = all(&listening);
        assert!(warnings[0].contains("/metrics"), "{warnings:?}");
        let with_metrics_apart = [
            listening[0],
            listening[1],
            ("PRIVET_METRICS_ADDR", "127.0.0.1:9464"),
        ];
        assert_eq!(all(&with_metrics_apart), Vec::<String>::new());
    }
}
