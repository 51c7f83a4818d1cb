//! Keys are replaced while Privet serves: no request fails, and tokens of removed keys are refused.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::task::JoinHandle;

use crate::support::key_sets::{SETTINGS, named, set_file, status, with_set, write_set};
use crate::support::{Client, Database, KeyPair, KeyServer, SECRET, Server, Token, new_user_id};

in_every_setup![
    a_removed_key_and_its_cached_tokens_are_refused,
    a_shared_secret_is_replaced_without_a_restart,
];

const REREAD: &str = "SIGHUP: read again";
const OTHER_SECRET: &str = "the other secret of the end-to-end tests";

/// Makes all replicas reload everything; they have reloaded this number of times before.
async fn reread(server: &mut Server, database: &Database, before: usize) {
    let replicas = database.setup().replicas();
    server.signal("HUP").await;
    server.wait_for_logs(REREAD, (before + 1) * replicas).await;
}

async fn a_removed_key_and_its_cached_tokens_are_refused(database: Database) {
    let (old, new) = (KeyPair::p256(), KeyPair::p256());
    let file = set_file(&[old.jwk("old")]);
    let location = file.path().to_str().unwrap();
    let variables = [("PRIVET_JWT_SECRET", ""), ("PRIVET_JWKS", location)];
    let mut server = Server::start_with(&database, &variables).await;
    let (by_old, by_new) = (named(&old, "old"), named(&new, "new"));
    let unnamed = Token::of(new_user_id()).sign_with(&old);
    // Twice for each replica: then it is cached.
    for _ in 0..4 {
        assert_eq!(status(&server, &by_old).await, 200);
        assert_eq!(status(&server, &unnamed).await, 200);
    }

    write_set(&file, &[old.jwk("old"), new.jwk("new")]);
    reread(&mut server, &database, 0).await;
    for token in [&by_old, &unnamed, &by_new, &by_old, &unnamed, &by_new] {
        assert_eq!(status(&server, token).await, 200);
    }

    write_set(&file, &[new.jwk("new")]);
    reread(&mut server, &database, 1).await;
    for _ in 0..2 {
        assert_eq!(status(&server, &by_old).await, 401);
        assert_eq!(status(&server, &unnamed).await, 401);
        assert_eq!(status(&server, &by_new).await, 200);
    }
}

async fn a_shared_secret_is_replaced_without_a_restart(database: Database) {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), SECRET).unwrap();
    let path = file.path().to_str().unwrap();
    let variables = [("PRIVET_JWT_SECRET", ""), ("PRIVET_JWT_SECRET_FILE", path)];
    let mut server = Server::start_with(&database, &variables).await;
    let token = Token::of(new_user_id());
    let (old, new) = (token.sign(SECRET), token.sign(OTHER_SECRET));
    for _ in 0..2 {
        assert_eq!(status(&server, &old).await, 200);
        assert_eq!(status(&server, &new).await, 401);
    }
    fs::write(file.path(), OTHER_SECRET).unwrap();
    reread(&mut server, &database, 0).await;
    for _ in 0..2 {
        assert_eq!(status(&server, &old).await, 401);
        assert_eq!(status(&server, &new).await, 200);
    }
}

#[tokio::test]
async fn keys_in_a_pem_file_are_replaced_without_a_restart() {
    let (old, new) = (KeyPair::p256(), KeyPair::ed25519());
    let file = NamedTempFile::new().unwrap();
    let write = |pems: &[String]| fs::write(file.path(), pems.concat()).unwrap();
    write(&[old.public_pem()]);
    let path = file.path().to_str().unwrap();
    let mut server = Server::on_sqlite(&[("PRIVET_JWT_PUBLIC_KEY_FILE", path)]).await;
    let token = Token::of(new_user_id());
    let (by_old, by_new) = (token.sign_with(&old), token.sign_with(&new));
    for (pems, old_status, new_status, times) in [
        (vec![old.public_pem(), new.public_pem()], 200, 200, 1),
        (vec![new.public_pem()], 401, 200, 2),
    ] {
        write(&pems);
        server.signal("HUP").await;
        server.wait_for_logs(REREAD, times).await;
        assert_eq!(status(&server, &by_old).await, old_status);
        assert_eq!(status(&server, &by_new).await, new_status);
    }
}

#[tokio::test]
async fn the_generated_secret_is_generated_again_if_its_file_is_missing() {
    let mut server = Server::on_sqlite(&[("PRIVET_JWT_SECRET", "")]).await;
    let file = server
        .database()
        .file()
        .with_file_name("privet.db.jwt-secret");
    let secret = || fs::read_to_string(&file).unwrap().trim().to_owned();
    let token = Token::of(new_user_id());
    let old = token.sign(&secret());
    assert_eq!(status(&server, &old).await, 200);
    fs::remove_file(&file).unwrap();
    server.signal("HUP").await;
    server.wait_for_log(REREAD).await;
    assert_eq!(status(&server, &old).await, 401);
    assert_eq!(status(&server, &token.sign(&secret())).await, 200);
}

/// Sends requests with the newest token until told to stop.
fn keep_asking(
    client: impl Fn() -> Client + Send + 'static,
    stop: &Arc<AtomicBool>,
) -> JoinHandle<u32> {
    let stop = Arc::clone(stop);
    tokio::spawn(async move {
        let mut requests = 0;
        while !stop.load(Ordering::Relaxed) {
            let answer = client().get(SETTINGS).await;
            assert_eq!(answer.status, 200, "{answer}");
            requests += 1;
        }
        requests
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_rotated_under_load_without_losing_a_request() {
    let pairs: Vec<_> = (0..4).map(|_| KeyPair::ed25519()).collect();
    let names = ["0", "1", "2", "3"];
    let jwk = |number: usize| -> Value { pairs[number].jwk(names[number]) };
    let keys = KeyServer::start(&[jwk(0)]).await;
    let mut server = with_set(&keys.url()).await;
    let client = |number: usize| server.bearer(&named(&pairs[number], names[number]));
    let current = Arc::new(std::sync::Mutex::new(client(0)));
    let clients: Vec<_> = (0..4).map(client).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let asking: Vec<_> = (0..4)
        .map(|_| {
            let current = Arc::clone(&current);
            keep_asking(move || current.lock().unwrap().clone(), &stop)
        })
        .collect();

    for number in 1..4 {
        // As docs/tokens.md says: publish the new key, then use it, and remove the old one when its tokens are not
        // in use any more.
        keys.publish(&[jwk(number - 1), jwk(number)]);
        server.signal("HUP").await;
        server.wait_for_logs(REREAD, 2 * number - 1).await;
        *current.lock().unwrap() = clients[number].clone();
        // Requests with the old token may be in progress.
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        keys.publish(&[jwk(number)]);
        server.signal("HUP").await;
        server.wait_for_logs(REREAD, 2 * number).await;
        assert_eq!(clients[number - 1].get(SETTINGS).await.status, 401);
    }
    stop.store(true, Ordering::Relaxed);
    for asking in asking {
        assert!(asking.await.unwrap() > 0);
    }
}
