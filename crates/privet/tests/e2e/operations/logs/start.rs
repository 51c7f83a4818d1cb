//! The first log lines, and the single line of a start that fails.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::JSON;
use crate::support::{Backend, Database, Program, SECRET, Server, Setup};

/// Much less than the time to wait for an unavailable database.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn the_first_line_says_version_database_redis_and_keys() {
    let database = Database::fresh(Setup::PostgresRedis).await;
    let server = Server::start_with(&database, &[JSON]).await;
    let first: Value = serde_json::from_str(&server.log()[0]).unwrap();
    assert_eq!(first["message"], "Privet starts");
    assert_eq!(first["service.version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(first["db.system.name"], "postgresql");
    let shown = first["database"].as_str().unwrap();
    let (_, name) = database
        .url()
        .rsplit_once('/')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert!(
        shown.starts_with("postgres") && shown.contains(name.split('?').next().unwrap()),
        "{first}"
    );
    assert!(
        first["redis"].as_str().unwrap().starts_with("redis://"),
        "{first}"
    );
    assert_eq!(first["keys"], "secret (PRIVET_JWT_SECRET)");

    let server = Server::on_sqlite(&[("PRIVET_JWT_SECRET", "")]).await;
    let first = server.log()[0].clone();
    for text in [
        "INFO",
        "Privet starts",
        env!("CARGO_PKG_VERSION"),
        "sqlite",
        "redis=\"none\"",
        "generated secret",
        "privet.db.jwt-secret",
    ] {
        assert!(first.contains(text), "{text} is not in {first}");
    }
}

/// The only line with which both commands end on this database, at once.
async fn assert_ends_at_once(url: &str, expected: &str) {
    for command in ["serve", "migrate"] {
        let begun = Instant::now();
        let output = Program::new(&[command])
            .with("DATABASE_URL", url)
            .with("PRIVET_JWT_SECRET", SECRET)
            .with("PRIVET_LISTEN", "127.0.0.1:0")
            .run()
            .await;
        assert!(begun.elapsed() < SOON, "{url}: {:?}", begun.elapsed());
        assert_eq!(output.status, 2, "{url}: {}", output.stderr);
        assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
        let line = output.stderr.trim_end();
        assert!(
            line.starts_with("privet: DATABASE_URL is \"postgres"),
            "{line}"
        );
        assert!(line.contains(expected), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[tokio::test]
async fn a_database_that_never_takes_the_connection_ends_the_start_with_one_line() {
    let database = Database::fresh(Backend::Postgres).await;
    let url = database.url();
    let (server, name) = url.rsplit_once('/').unwrap();
    let name = name.split('?').next().unwrap();
    assert_ends_at_once(
        &format!("{server}/no_such_database"),
        "database \"no_such_database\" does not exist",
    )
    .await;
    let (scheme, host) = server.split_once("://").unwrap();
    let host = host.rsplit('@').next().unwrap();
    assert_ends_at_once(
        &format!("{scheme}://no_such_role:hunter2@{host}/{name}"),
        "role \"no_such_role\" does not exist",
    )
    .await;
    assert_ends_at_once(&format!("{server}/{name}?sslmode=sometimes"), "it takes").await;
}

#[tokio::test]
async fn a_wrong_password_ends_the_start_with_one_line() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (client, _) = server.accept().await.unwrap();
            tokio::spawn(refuse_password(client));
        }
    });
    let url = format!("postgres://privet:hunter2@{address}/privet?sslmode=disable");
    assert_ends_at_once(&url, "password authentication failed").await;
}

/// Answers like PostgreSQL to a wrong password.
async fn refuse_password(mut client: tokio::net::TcpStream) {
    let length = client.read_u32().await.unwrap();
    let mut startup = vec![0; usize::try_from(length).unwrap() - 4];
    client.read_exact(&mut startup).await.unwrap();
    let fields = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"privet\"\0\0";
    client.write_all(b"E").await.unwrap();
    client
        .write_u32(u32::try_from(fields.len() + 4).unwrap())
        .await
        .unwrap();
    client.write_all(fields).await.unwrap();
}
