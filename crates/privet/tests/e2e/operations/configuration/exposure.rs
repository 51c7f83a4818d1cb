//! Secrets in files, and warnings about data that others can reach.

use std::fs;

use crate::support::redis_server::{Persistence, RedisServer};
use crate::support::{SECRET, Server};

#[tokio::test]
async fn the_url_of_redis_may_be_in_a_file() {
    let redis = RedisServer::start(Persistence::Nothing).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), format!("{}\n", redis.url())).unwrap();
    let path = file.path().to_str().unwrap();
    let mut server = Server::on_sqlite(&[("REDIS_URL_FILE", path)]).await;
    let line = server.wait_for_log("Privet starts").await;
    assert!(line.contains(&redis.url()), "{line}");
    let ready = server.anonymous().get("/health/ready").await;
    assert!(ready.text.contains("redis"), "{ready}");
}

#[tokio::test]
async fn exposed_secrets_and_endpoints_are_warned_of() {
    use std::os::unix::fs::PermissionsExt;

    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), SECRET).unwrap();
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
    let path = file.path().to_str().unwrap();
    let everywhere = ("PRIVET_LISTEN", "0.0.0.0:0");
    let mut server = Server::on_sqlite(&[
        everywhere,
        ("PRIVET_JWT_SECRET", ""),
        ("PRIVET_JWT_SECRET_FILE", path),
    ])
    .await;
    for (text, other) in [("/metrics is open", "0.0.0.0"), ("mode 0644", path)] {
        let line = server.wait_for_log(text).await;
        assert!(line.contains("WARN") && line.contains(other), "{line}");
    }
    let mut server = Server::on_sqlite(&[everywhere, ("PRIVET_JWT_SECRET", "")]).await;
    let line = server.wait_for_log("with a generated secret").await;
    assert!(line.contains("WARN"), "{line}");
}
