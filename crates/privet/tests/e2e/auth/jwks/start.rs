//! The key set is unavailable or invalid at the start of Privet.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::key_server::Answer;
use crate::support::key_sets::{named, set_file, status};
use crate::support::{Backend, Database, KeyPair, KeyServer, Program, Server};

const WAITING: &str = "waiting up to 10 seconds for PRIVET_JWKS";

async fn launch(location: &str) -> (Database, Server) {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::launch(
        &database,
        &[("PRIVET_JWT_SECRET", ""), ("PRIVET_JWKS", location)],
    );
    (database, server)
}

#[tokio::test]
async fn a_url_that_answers_later_is_waited_for() {
    let pair = KeyPair::p256();
    let keys = KeyServer::start(&[]).await;
    keys.answer(Answer::Status(503));
    let (_database, mut server) = launch(&keys.url()).await;
    let line = server.wait_for_log(WAITING).await;
    assert!(line.contains("503"), "{line}");
    keys.publish(&[pair.jwk("one")]);
    server.wait_until_it_serves().await;
    assert_eq!(status(&server, &named(&pair, "one")).await, 200);
}

#[tokio::test]
async fn the_wait_for_a_url_without_keys_is_bounded() {
    for (answer, cause) in [
        (Answer::Silence, ""),
        (Answer::Text("{}".to_owned()), "not a JSON Web Key Set"),
    ] {
        let keys = KeyServer::start(&[]).await;
        keys.answer(answer);
        let begun = Instant::now();
        let url = keys.url().replace("http://", "http://privet:hunter2@");
        let output = Program::new(&["serve"])
            .with("PRIVET_LISTEN", "127.0.0.1:0")
            .with("PRIVET_JWKS", &url)
            .run()
            .await;
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(output.status, 1, "{}", output.stderr);
        let line = output.stderr.lines().last().unwrap();
        let expected = "privet: PRIVET_JWKS gave no keys within 10 seconds";
        assert!(line.starts_with(expected) && line.contains(cause), "{line}");
        assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    }
}

#[tokio::test]
async fn a_server_that_waits_for_its_keys_can_be_stopped() {
    let keys = KeyServer::start(&[]).await;
    keys.answer(Answer::Status(503));
    let (_database, mut server) = launch(&keys.url()).await;
    server.wait_for_log(WAITING).await;
    server.signal("TERM").await;
    assert!(server.wait_for_exit().await.success());
}

#[tokio::test]
async fn a_file_without_a_usable_key_is_refused() {
    let pair = KeyPair::ed25519();
    let mut private = pair.jwk("private");
    private["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    let mut encryption = pair.jwk("encryption");
    encryption["use"] = json!("enc");
    let sets: [(&[Value], &str); 3] = [
        (&[], "without a usable key"),
        (&[private], "private part"),
        (&[encryption], "not for signatures"),
    ];
    for (keys, cause) in sets {
        let file = set_file(keys);
        let output = Program::new(&["serve"])
            .with("PRIVET_LISTEN", "127.0.0.1:0")
            .with("PRIVET_JWKS", file.path().to_str().unwrap())
            .run()
            .await;
        assert_eq!(output.status, 2, "{}", output.stderr);
        assert!(
            output.stderr.starts_with("privet: PRIVET_JWKS is "),
            "{}",
            output.stderr
        );
        assert!(output.stderr.contains(cause), "{}", output.stderr);
    }
}

#[tokio::test]
async fn a_set_without_an_audience_is_warned_of() {
    let keys = KeyServer::start(&[KeyPair::p256().jwk("one")]).await;
    let url = keys.url();
    let mut server = Server::on_sqlite(&[("PRIVET_JWKS", &url)]).await;
    let line = server
        .wait_for_log("PRIVET_JWKS is set without PRIVET_JWT_AUDIENCE")
        .await;
    assert!(line.contains("WARN"), "{line}");

    let server =
        Server::on_sqlite(&[("PRIVET_JWKS", &url), ("PRIVET_JWT_AUDIENCE", "privet")]).await;
    let warned = |line: &String| line.contains("without PRIVET_JWT_AUDIENCE");
    assert!(!server.log().iter().any(warned));
}

#[tokio::test]
async fn a_pem_key_without_an_audience_is_warned_of_as_a_set_is() {
    let (pair, keys) = (
        KeyPair::p256(),
        KeyServer::start(&[KeyPair::p256().jwk("one")]).await,
    );
    let (pem, url) = (
        ("PRIVET_JWT_PUBLIC_KEY_FILE", pair.public_key_file()),
        keys.url(),
    );
    let warned = async |variables: &[(&str, &str)]| {
        let mut server = Server::on_sqlite(variables).await;
        server.wait_for_log("listening").await;
        let warnings = server.log().into_iter();
        let warnings = warnings.filter(|line| line.contains("without PRIVET_JWT_AUDIENCE"));
        warnings.collect::<Vec<_>>()
    };
    let lines = warned(&[pem]).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("WARN"), "{lines:?}");
    assert!(
        lines[0].contains("PRIVET_JWT_PUBLIC_KEY_FILE is set"),
        "{lines:?}"
    );
    assert_eq!(warned(&[pem, ("PRIVET_JWKS", &url)]).await.len(), 2);
    let audience = ("PRIVET_JWT_AUDIENCE", "privet");
    assert_eq!(warned(&[pem, audience]).await, [""; 0]);
    // A shared secret is only for this service.
    assert_eq!(warned(&[]).await, [""; 0]);
}

#[tokio::test]
async fn http_to_another_machine_is_warned_of() {
    let warning = "PRIVET_JWKS is an http:// URL";
    let keys = KeyServer::start(&[KeyPair::p256().jwk("one")]).await;
    let server = Server::on_sqlite(&[("PRIVET_JWKS", &keys.url())]).await;
    assert!(!server.log().iter().any(|line| line.contains(warning)));
    // A name that is not this machine's but leads to it.
    let url = keys.url().replace("127.0.0.1", "0.0.0.0");
    let mut server = Server::on_sqlite(&[("PRIVET_JWKS", &url)]).await;
    server.wait_for_log(warning).await;
}

#[tokio::test]
async fn a_certificate_is_checked_against_the_authorities_of_the_system() {
    let pair = KeyPair::p256();
    let (keys, certificate) = KeyServer::start_with_tls(&[pair.jwk("one")]).await;
    let authorities = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(authorities.path(), certificate).unwrap();
    let server = Server::on_sqlite(&[
        ("PRIVET_JWKS", &keys.url()),
        ("SSL_CERT_FILE", authorities.path().to_str().unwrap()),
    ])
    .await;
    assert_eq!(status(&server, &named(&pair, "one")).await, 200);
    assert_eq!(keys.requests(), 1);

    // An impostor of the key server, with a certificate of another authority.
    let (impostor, _) = KeyServer::start_with_tls(&[KeyPair::p256().jwk("one")]).await;
    let output = Program::new(&["serve"])
        .with("PRIVET_LISTEN", "127.0.0.1:0")
        .with("PRIVET_JWKS", &impostor.url())
        .with("SSL_CERT_FILE", authorities.path().to_str().unwrap())
        .run()
        .await;
    assert_eq!(output.status, 1, "{}", output.stderr);
    assert!(output.stderr.contains("certificate"), "{}", output.stderr);
    assert_eq!(impostor.requests(), 0);
}

#[tokio::test]
async fn only_scheme_and_host_of_a_url_are_logged() {
    let keys = KeyServer::start(&[KeyPair::p256().jwk("one")]).await;
    let url = keys.url().replace("http://", "http://privet:hunter2@") + "?key=hunter2";
    let database = Database::fresh(Backend::Sqlite).await;
    let variables = [("PRIVET_JWKS", url.as_str()), ("PRIVET_LOG", "trace")];
    let mut server = Server::start_with(&database, &variables).await;
    keys.answer(Answer::Status(500));
    server.signal("HUP").await;
    server
        .wait_for_log("SIGHUP: PRIVET_JWKS stays as it was")
        .await;
    server.signal("TERM").await;
    server.wait_for_exit().await;
    assert!(!server.log().iter().any(|line| line.contains("hunter2")));
}
