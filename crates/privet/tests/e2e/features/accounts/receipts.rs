//! Erasure receipts: what they say, who gets them, and how they are verified.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::acting::{become_mutual_contacts, block, except};
use crate::support::asking::{assert_problem, with_scope};
use crate::support::follows::{Between, become_follower, between};
use crate::support::receipts::{KEY_FILE, content, key_file, start_with_receipts};
use crate::support::settings::Settings;
use crate::support::sql::Session;
use crate::support::tokens::now;
use crate::support::{Client, Database, KeyPair, Program, Server};

// The count is a part of each deletion, and what is kept is kept in the store.
on_both_stores![
    both_erasures_answer_with_a_receipt_of_what_was_the_users_own,
    asking_again_answers_the_same_receipt,
    the_receipt_is_all_that_is_kept_beside_the_tombstone,
    who_was_erased_before_there_was_a_key_has_no_receipt,
];

// Replicas sign with the same key.
in_every_setup![ten_who_ask_at_once_get_one_receipt];

in_one_setup![
    the_published_key_verifies_receipts_of_both_kinds_of_keys,
    without_a_key_there_is_neither_a_receipt_nor_a_public_key,
];

const ME: &str = "/api/v1/users/me";
const KEYS: &str = "/.well-known/privet-receipts";

fn service(server: &Server) -> Client {
    with_scope(server, "users:erase")
}

async fn erase_by_service(server: &Server, user: Uuid) -> Value {
    let path = format!("/api/v1/users/{user}");
    let answer = service(server).delete(&path).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.json()["status"], "deleted", "{answer}");
    answer.json()
}

fn text(answer: &Value) -> String {
    answer["receipt"].as_str().unwrap().to_owned()
}

/// A user with something of their own in every list, and others with more about them.
async fn somebody(server: &Server) -> Client {
    let user = server.new_user();
    let [friend, enemy, hater, fan, asking, idol] = [(); 6].map(|()| server.new_user());
    Settings::EmailContact.set(&user, false).await;
    Settings::AccountPrivacy.set(&user, true).await;
    become_mutual_contacts(&user, &friend).await;
    block(&user, &enemy).await;
    block(&hater, &user).await;
    except(&user, &friend, json!({"view_profile": "always"})).await;
    except(&friend, &user, json!({"view_profile": "never"})).await;
    become_follower(&user, &friend).await;
    become_follower(&fan, &user).await;
    between(&user, &idol, Between::Request).await;
    between(&asking, &user, Between::Request).await;
    user
}

async fn both_erasures_answer_with_a_receipt_of_what_was_the_users_own(database: Database) {
    let server = start_with_receipts(&database).await;
    for by_a_service in [false, true] {
        let user = somebody(&server).await;
        let audit = user.get("/api/v1/privacy/audit?limit=200").await.json();
        let entries = audit["entries"].as_array().unwrap().len();
        let before = now();
        let answer = if by_a_service {
            erase_by_service(&server, user.id()).await
        } else {
            user.delete(ME).await.json()
        };
        let (header, claims) = content(&text(&answer));
        assert_eq!(header["typ"], "privet-erasure+jwt", "{header}");
        assert_eq!(header["alg"], "EdDSA", "{header}");
        assert!(header["kid"].is_string(), "{header}");
        assert_eq!(claims["sub"], user.id().to_string());
        let iat = claims["iat"].as_i64().unwrap();
        assert!((before..before + 60).contains(&iat), "{claims}");
        assert!(claims["jti"].as_str().unwrap().parse::<Uuid>().is_ok());
        let expected = json!({
            "contacts": 1, "blocks": 1, "exceptions": 1, "follows": 2, "audit_entries": entries,
        });
        assert_eq!(claims["counts"], expected);
        let mut names: Vec<_> = claims.as_object().unwrap().keys().collect();
        names.sort_unstable();
        assert_eq!(names, ["counts", "iat", "jti", "sub"]);
    }
}

async fn asking_again_answers_the_same_receipt(database: Database) {
    // P-256: every signature is another one.
    let file = key_file(&KeyPair::p256());
    let variables = [(KEY_FILE, file.path().to_str().unwrap())];
    let server = Server::start_with(&database, &variables).await;
    let user = somebody(&server).await;
    let first = user.delete(ME).await.json();
    for _ in 0..2 {
        assert_eq!(erase_by_service(&server, user.id()).await, first);
    }
    let server = server.kill_and_restart().await;
    assert_eq!(erase_by_service(&server, user.id()).await, first);
    assert!(first["receipt"].is_string());
}

async fn the_receipt_is_all_that_is_kept_beside_the_tombstone(database: Database) {
    let server = start_with_receipts(&database).await;
    let user = somebody(&server).await;
    user.delete(ME).await;
    let kept = Session::on(&database).rows_naming(user.id());
    let kept: Vec<_> = kept.iter().map(|(table, rows)| (&**table, *rows)).collect();
    assert_eq!(kept, [("erased_users", 1), ("erasure_receipts", 1)]);
}

async fn who_was_erased_before_there_was_a_key_has_no_receipt(database: Database) {
    let user = {
        let mut server = Server::start(&database).await;
        let user = server.new_user().id();
        assert_eq!(
            erase_by_service(&server, user).await,
            json!({"status": "deleted"})
        );
        server.signal("TERM").await;
        server.wait_for_exit().await;
        user
    };
    let server = start_with_receipts(&database).await;
    assert_eq!(
        erase_by_service(&server, user).await,
        json!({"status": "deleted"})
    );
    let another = server.new_user().id();
    assert!(erase_by_service(&server, another).await["receipt"].is_string());
}

async fn ten_who_ask_at_once_get_one_receipt(database: Database) {
    let file = key_file(&KeyPair::p256());
    let variables = [(KEY_FILE, file.path().to_str().unwrap())];
    let server = Server::start_with(&database, &variables).await;
    let user = somebody(&server).await;
    let path = format!("/api/v1/users/{}", user.id());
    let asking: Vec<_> = (0..10)
        .map(|_| {
            let (client, path) = (service(&server), path.clone());
            tokio::spawn(async move { client.delete(&path).await })
        })
        .collect();
    let mut receipts = Vec::new();
    for answer in asking {
        let answer = answer.await.unwrap();
        // 202 if another request holds the rows.
        if answer.status == 200 {
            receipts.push(text(&answer.json()));
        }
    }
    receipts.push(text(&erase_by_service(&server, user.id()).await));
    receipts.dedup();
    assert_eq!(receipts.len(), 1, "{receipts:?}");
}

async fn the_published_key_verifies_receipts_of_both_kinds_of_keys(database: Database) {
    for (key, algorithm) in [
        (KeyPair::ed25519(), Algorithm::EdDSA),
        (KeyPair::p256(), Algorithm::ES256),
    ] {
        let file = key_file(&key);
        let variables = [(KEY_FILE, file.path().to_str().unwrap())];
        let mut server = Server::start_with(&database, &variables).await;
        let receipt = text(&server.new_user().delete(ME).await.json());
        let answer = server.anonymous().get(KEYS).await;
        assert_eq!(answer.status, 200, "{answer}");
        let keys = answer.json()["keys"].as_array().unwrap().clone();
        assert_eq!(keys.len(), 1, "{answer}");
        assert!(keys[0].get("d").is_none(), "{answer}");
        assert_eq!(keys[0]["kid"], content(&receipt).0["kid"]);
        let jwk: Jwk = serde_json::from_value(keys[0].clone()).unwrap();
        let mut validation = Validation::new(algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        let key = DecodingKey::from_jwk(&jwk).unwrap();
        decode::<Value>(&receipt, &key, &validation).unwrap();
        server.signal("TERM").await;
        server.wait_for_exit().await;
    }
}

async fn without_a_key_there_is_neither_a_receipt_nor_a_public_key(database: Database) {
    let server = Server::start(&database).await;
    let answer = server.new_user().delete(ME).await;
    assert_eq!(answer.json(), json!({"status": "deleted"}), "{answer}");
    let answer = server.anonymous().get(KEYS).await;
    assert_problem(&answer, 404, "NOT_FOUND");
}

#[tokio::test]
async fn the_command_verifies_a_receipt_with_the_key_that_signed_it() {
    let [file, other] = [(); 2].map(|()| key_file(&KeyPair::ed25519()));
    let path = |file: &tempfile::NamedTempFile| file.path().to_str().unwrap().to_owned();
    let key = path(&file);
    let server = Server::on_sqlite(&[(KEY_FILE, &*key)]).await;
    let user = server.new_user();
    let receipt = text(&user.delete(ME).await.json());
    let verify = async |receipt: &str, key: &str| {
        let program = Program::new(&["receipt", "verify", receipt]);
        program.with(KEY_FILE, key).run().await
    };

    let output = verify(&receipt, &path(&file)).await;
    assert_eq!(output.status, 0, "{output:?}");
    let claims: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(claims["sub"], user.id().to_string());

    for (receipt, key) in [
        (receipt.clone(), path(&other)),
        (format!("{}x", &receipt[..receipt.len() - 1]), path(&file)),
        ("nothing".to_owned(), path(&file)),
    ] {
        let output = verify(&receipt, &key).await;
        assert_eq!((output.status, &*output.stdout), (1, ""), "{output:?}");
        assert!(
            output
                .stderr
                .starts_with("privet: the receipt is not valid"),
            "{output:?}"
        );
    }

    let output = verify(&receipt, "").await;
    assert_eq!(output.status, 2, "{output:?}");
    assert!(output.stderr.contains(KEY_FILE), "{output:?}");
}
