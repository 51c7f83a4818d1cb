//! TLS to PostgreSQL: libpq uses AWS-LC, for which it was not written (decision 13).

use std::time::{Duration, Instant};

use crate::support::Program;
use crate::support::certificates::Certificates;
use crate::support::program::Output;
use crate::support::tls_postgres::TlsPostgres;

/// Less than the 30 seconds of waiting for an unavailable database.
const SOON: Duration = Duration::from_secs(20);

async fn migrate(url: &str) -> Output {
    let program = Program::new(&["migrate"]).with("DATABASE_URL", url);
    program.run().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tls_configuration_works() {
    let certificates = Certificates::new();
    let server = TlsPostgres::start(&certificates).await;
    let authority = certificates.authority().display().to_string();
    let (certificate, key) = certificates.of("client");
    let client = format!("sslcert={}&sslkey={}", certificate.display(), key.display());
    for (user, host, parameters) in [
        ("scram:secret", "127.0.0.1", "sslmode=require".to_owned()),
        (
            "scram:secret",
            "127.0.0.1",
            "sslmode=require&channel_binding=require".to_owned(),
        ),
        (
            "scram:secret",
            "127.0.0.1",
            format!("sslmode=verify-ca&sslrootcert={authority}"),
        ),
        (
            "scram:secret",
            "localhost",
            format!("sslmode=verify-full&sslrootcert={authority}"),
        ),
        (
            "scram:secret",
            "127.0.0.1",
            "sslmode=require&ssl_min_protocol_version=TLSv1.3".to_owned(),
        ),
        (
            "scram:secret",
            "127.0.0.1",
            "sslmode=require&ssl_max_protocol_version=TLSv1.2".to_owned(),
        ),
        (
            "app",
            "localhost",
            format!("sslmode=verify-full&sslrootcert={authority}&{client}"),
        ),
    ] {
        let url = format!("{}?{parameters}", server.url(user, host));
        let output = migrate(&url).await;
        assert_eq!(output.status, 0, "{url}: {}", output.stderr);
    }
}

/// Waiting helps in none of these cases: each ends the start at once as an error of the configuration.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_the_one_meant_is_refused() {
    let certificates = Certificates::new();
    let server = TlsPostgres::start(&certificates).await;
    let authority = certificates.authority().display().to_string();
    let other = certificates.other_authority().display().to_string();
    let refused = async |user: &str, host: &str, parameters: String, cause: &str| {
        let url = format!("{}?{parameters}", server.url(user, host));
        let begun = Instant::now();
        let Output { status, stderr, .. } = migrate(&url).await;
        assert!(begun.elapsed() < SOON, "{url}: {stderr}");
        assert_eq!(status, 2, "{url}: {stderr}");
        assert!(stderr.contains(cause), "{url}: {stderr}");
    };
    let full = format!("sslmode=verify-full&sslrootcert={authority}");
    let ((certificate, _), (_, key)) = (certificates.of("client"), certificates.of("server"));
    let (certificate, key) = (certificate.display(), key.display());
    let other_key = format!("{full}&sslcert={certificate}&sslkey={key}");
    tokio::join!(
        refused(
            "scram:secret",
            "127.0.0.1",
            full.clone(),
            "does not match host name"
        ),
        refused(
            "scram:secret",
            "localhost",
            format!("sslmode=verify-full&sslrootcert={other}"),
            "CERTIFICATE_VERIFY_FAILED"
        ),
        refused(
            "scram:secret",
            "localhost",
            "sslrootcert=system".to_owned(),
            "CERTIFICATE_VERIFY_FAILED"
        ),
        refused(
            "scram:secret",
            "127.0.0.1",
            "sslmode=disable".to_owned(),
            "no encryption"
        ),
        refused("app", "localhost", full.clone(), "client certificate"),
        refused("app", "localhost", other_key, "private key file"),
    );
}
