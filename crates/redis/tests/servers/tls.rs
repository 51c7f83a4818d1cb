//! `rediss://`

use std::path::Path;
use std::time::Duration;

use privet_application::shared_cache::rows::SharedRows;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::processes::Process;
use crate::{put_and_read, rows_at, server_after};

/// Creates a certificate authority, and a certificate for `localhost` with its key.
fn make_certificates(folder: &Path) {
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    write(
        "ca.pem",
        authority.self_signed(&authority_key).unwrap().pem(),
    );
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    // It must differ from the authority's name. Otherwise OpenSSL takes the certificate as self-signed.
    params
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    write("own.pem", params.signed_by(&key, &issuer).unwrap().pem());
    write("own.key", key.serialize_pem());
}

async fn start(folder: &Path, clients: &str) -> Process {
    let file = |name: &str| folder.join(name).display().to_string();
    Process::start(|port, _| {
        let port = port.to_string();
        [
            ["--port", "0"],
            ["--tls-port", &port],
            ["--bind", "127.0.0.1"],
            ["--save", ""],
            ["--tls-cert-file", &file("own.pem")],
            ["--tls-key-file", &file("own.key")],
            ["--tls-ca-cert-file", &file("ca.pem")],
            ["--tls-auth-clients", clients],
        ]
        .concat()
        .iter()
        .map(ToString::to_string)
        .collect()
    })
    .await
}

#[tokio::test]
async fn rows_are_stored_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    make_certificates(folder.path());
    let server = start(folder.path(), "no").await;
    let authority = folder.path().join("ca.pem").display().to_string();
    let rows = rows_at(&format!(
        "rediss://localhost:{}/?ca_file={authority}",
        server.port
    ));
    server_after(&rows, None).await;
    put_and_read(&rows).await;
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_gets_one() {
    let folder = tempfile::tempdir().unwrap();
    make_certificates(folder.path());
    let server = start(folder.path(), "yes").await;
    let file = |name: &str| folder.path().join(name).display().to_string();
    let url = format!(
        "rediss://localhost:{}/?ca_file={}&cert_file={}&key_file={}",
        server.port,
        file("ca.pem"),
        file("own.pem"),
        file("own.key")
    );
    let rows = rows_at(&url);
    server_after(&rows, None).await;
    put_and_read(&rows).await;
}

#[tokio::test]
async fn a_server_without_a_trusted_certificate_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    make_certificates(folder.path());
    let server = start(folder.path(), "no").await;
    let authority = folder.path().join("ca.pem").display().to_string();
    // The authority is not one of the system's; the name is another one; there is no TLS.
    for url in [
        format!("rediss://localhost:{}", server.port),
        format!("rediss://127.0.0.1:{}/?ca_file={authority}", server.port),
        format!("redis://localhost:{}", server.port),
    ] {
        let rows = rows_at(&url);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(rows.server(), None, "{url}");
    }
}
