//! Which tokens are accepted, and the 401 of each family.

use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::json;

use crate::support::acting::erase;
use crate::support::{Answer, Client, Database, KeyPair, SECRET, Server, Token, new_user_id};

in_every_setup![a_token_of_an_erased_account_is_refused_in_the_format_of_each_family];

in_one_setup![
    a_request_without_a_token_is_refused_in_the_format_of_each_family,
    an_expired_token_is_refused_in_the_format_of_each_family,
    a_forged_token_is_refused_in_the_format_of_each_family,
    a_refused_request_changes_nothing,
];

/// A path of each family and error format.
const USERS_ME: [&str; 2] = [
    "/api/users/me/privacy-settings/",
    "/api/users/me/preferences/",
];
const ENVELOPE: &str = "/api/v1/e-social/privacy/account";
const PROBLEM: [&str; 2] = ["/api/v1/privacy/settings", "/api/v1/privacy/audit"];

const REQUIRED: &str = "Authentication token is required";
const EXPIRED: &str = "Token has expired";
const INVALID: &str = "Invalid token";
const DELETED: &str = "Account has been deleted";

async fn a_request_without_a_token_is_refused_in_the_format_of_each_family(database: Database) {
    let server = Server::start(&database).await;
    refused_everywhere(&server.anonymous(), REQUIRED).await;
}

async fn an_expired_token_is_refused_in_the_format_of_each_family(database: Database) {
    let server = Server::start(&database).await;
    let token = Token::of(new_user_id()).expiring_in(-1).sign(SECRET);
    refused_everywhere(&server.bearer(&token), EXPIRED).await;
}

async fn a_forged_token_is_refused_in_the_format_of_each_family(database: Database) {
    let server = Server::start(&database).await;
    let token = Token::of(new_user_id()).sign("another secret of more than 32 bytes");
    refused_everywhere(&server.bearer(&token), INVALID).await;
}

async fn a_token_of_an_erased_account_is_refused_in_the_format_of_each_family(database: Database) {
    let server = Server::start(&database).await;
    let erased = server.new_user();
    erase(&erased).await;
    refused_everywhere(&erased, DELETED).await;
    assert_eq!(
        database
            .number("SELECT count(*) AS number FROM users")
            .await,
        0
    );
}

async fn a_refused_request_changes_nothing(database: Database) {
    let server = Server::start(&database).await;
    let id = new_user_id();
    let expired = server.bearer(&Token::of(id).expiring_in(-1).sign(SECRET));
    let answer = expired.put(ENVELOPE, json!({"isPrivate": true})).await;
    assert_refused(&answer, EXPIRED);
    assert_eq!(
        database
            .number("SELECT count(*) AS number FROM users")
            .await,
        0
    );
}

#[tokio::test]
async fn the_schemes_name_is_taken_in_any_case_and_no_other_scheme_is() {
    let server = Server::on_sqlite(&[]).await;
    let token = Token::of(new_user_id()).sign(SECRET);
    let ask = async |value: &str| {
        let request = server.anonymous().request(Method::GET, PROBLEM[0]);
        request.header("Authorization", value).send().await
    };
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer = ask(&format!("{scheme} {token}")).await;
        assert_eq!(answer.status, 200, "{scheme}: {answer}");
    }
    for value in [&token, &format!("Basic {token}"), "Basic YTpi"] {
        assert_refused(&ask(value).await, REQUIRED);
    }
    assert_refused(&ask("Bearer not.a.token").await, INVALID);
}

#[tokio::test]
async fn a_request_with_two_tokens_is_refused_even_if_they_are_equal() {
    let server = Server::on_sqlite(&[]).await;
    let [good, other] = [new_user_id(), new_user_id()].map(|id| Token::of(id).sign(SECRET));
    for second in [&*good, &*other, "x"] {
        let request = server.bearer(&good).request(Method::GET, PROBLEM[0]);
        let request = request.header("Authorization", &format!("Bearer {second}"));
        assert_refused(&request.send().await, INVALID);
    }
}

#[tokio::test]
async fn upper_case_means_the_same_user() {
    let server = Server::on_sqlite(&[]).await;
    let id = new_user_id();
    let shouted = Token::of(id).claim("sub", id.to_string().to_uppercase());
    let answer = server.bearer(&shouted.sign(SECRET)).get(PROBLEM[0]).await;
    assert_eq!(answer.json()["user_id"], id.to_string(), "{answer}");
}

#[tokio::test]
async fn a_token_needs_a_users_id_and_an_expiry() {
    let server = Server::on_sqlite(&[]).await;
    let good = || Token::of(new_user_id());
    for (what, token) in [
        ("no sub", good().without("sub")),
        ("a name as sub", good().claim("sub", "alice")),
        ("a number as sub", good().claim("sub", 42)),
        (
            "a UUID without hyphens",
            good().claim("sub", new_user_id().simple().to_string()),
        ),
        ("no exp", good().without("exp")),
        ("text as exp", good().claim("exp", "tomorrow")),
    ] {
        println!("{what}");
        assert_refused(
            &server.bearer(&token.sign(SECRET)).get(PROBLEM[0]).await,
            INVALID,
        );
    }
}

#[tokio::test]
async fn a_token_that_is_not_good_yet_is_refused() {
    let server = Server::on_sqlite(&[]).await;
    let token = Token::of(new_user_id());
    let early = server.bearer(&token.clone().good_in(60).sign(SECRET));
    assert_refused(&early.get(PROBLEM[0]).await, INVALID);
    assert_taken(&server, &token.good_in(-60).sign(SECRET)).await;
}

#[tokio::test]
async fn a_token_that_is_not_signed_with_the_keys_own_algorithm_is_refused() {
    let server = Server::on_sqlite(&[]).await;
    let token = Token::of(new_user_id());
    for (what, token) in [
        ("alg none", token.unsigned()),
        (
            "HS384",
            token.sign_hmac(Algorithm::HS384, SECRET.as_bytes()),
        ),
        (
            "HS512",
            token.sign_hmac(Algorithm::HS512, SECRET.as_bytes()),
        ),
        ("RS256", token.sign_with(&KeyPair::rsa())),
        ("a signature of another token", transplanted(&token)),
    ] {
        println!("{what}");
        assert_refused(&server.bearer(&token).get(PROBLEM[0]).await, INVALID);
    }
}

#[tokio::test]
async fn with_a_shared_secret_the_key_id_is_ignored() {
    let server = Server::on_sqlite(&[]).await;
    let token = Token::of(new_user_id()).key_id("anything");
    assert_taken(&server, &token.sign(SECRET)).await;
}

#[tokio::test]
async fn tokens_of_each_kind_of_key_pair_are_accepted() {
    let pairs = [KeyPair::rsa(), KeyPair::p256(), KeyPair::ed25519()];
    for pair in &pairs {
        let server = with_public_key(pair, "").await;
        let token = Token::of(new_user_id());
        assert_taken(&server, &token.sign_with(pair)).await;

        let others = pairs
            .iter()
            .filter(|other| other.algorithm() != pair.algorithm());
        for other in others {
            let answer = server.bearer(&token.sign_with(other)).get(PROBLEM[0]).await;
            assert_refused(&answer, INVALID);
        }
        // Attacks on verifiers that let the token choose the algorithm.
        let public = pair.public_pem();
        for secret in [SECRET, &public] {
            let answer = server.bearer(&token.sign(secret)).get(PROBLEM[0]).await;
            assert_refused(&answer, INVALID);
        }
    }
}

#[tokio::test]
async fn another_key_of_the_same_kind_is_refused() {
    let server = with_public_key(&KeyPair::ed25519(), "").await;
    let token = Token::of(new_user_id()).sign_with(&KeyPair::ed25519());
    assert_refused(&server.bearer(&token).get(PROBLEM[0]).await, INVALID);
}

#[tokio::test]
async fn with_a_public_key_a_token_that_names_a_key_is_refused() {
    let pair = KeyPair::p256();
    let server = with_public_key(&pair, "").await;
    let token = Token::of(new_user_id()).key_id("2026-01").sign_with(&pair);
    assert_refused(&server.bearer(&token).get(PROBLEM[0]).await, INVALID);
}

#[tokio::test]
async fn a_shared_secret_and_a_public_key_work_together() {
    let pair = KeyPair::p256();
    let server = with_public_key(&pair, SECRET).await;
    let token = Token::of(new_user_id());
    assert_taken(&server, &token.sign_with(&pair)).await;
    assert_taken(&server, &token.sign(SECRET)).await;
}

#[tokio::test]
async fn issuer_and_audience_must_match_where_they_are_configured() {
    let variables = [
        ("PRIVET_JWT_ISSUER", "https://login.test"),
        ("PRIVET_JWT_AUDIENCE", "privet"),
    ];
    let server = Server::on_sqlite(&variables).await;
    let good = Token::of(new_user_id())
        .claim("iss", "https://login.test")
        .claim("aud", "privet");
    assert_taken(&server, &good.sign(SECRET)).await;
    assert_taken(
        &server,
        &good
            .clone()
            .claim("aud", json!(["chat", "privet"]))
            .sign(SECRET),
    )
    .await;
    for (what, token) in [
        ("no iss", good.clone().without("iss")),
        (
            "another iss",
            good.clone().claim("iss", "https://login.test/"),
        ),
        ("no aud", good.clone().without("aud")),
        ("another aud", good.clone().claim("aud", "chat")),
        (
            "other auds",
            good.clone().claim("aud", json!(["chat", "mail"])),
        ),
    ] {
        println!("{what}");
        assert_refused(
            &server.bearer(&token.sign(SECRET)).get(PROBLEM[0]).await,
            INVALID,
        );
    }
}

#[tokio::test]
async fn issuer_and_audience_do_not_matter_where_they_are_not_configured() {
    let server = Server::on_sqlite(&[]).await;
    let token = Token::of(new_user_id())
        .claim("iss", "anybody")
        .claim("aud", "anything");
    assert_taken(&server, &token.sign(SECRET)).await;
}

async fn with_public_key(pair: &KeyPair, secret: &str) -> Server {
    let file = ("PRIVET_JWT_PUBLIC_KEY_FILE", pair.public_key_file());
    Server::on_sqlite(&[file, ("PRIVET_JWT_SECRET", secret)]).await
}

async fn assert_taken(server: &Server, token: &str) {
    let answer = server.bearer(token).get(PROBLEM[0]).await;
    assert_eq!(answer.status, 200, "{answer}");
}

/// Other claims with the signature of the token.
fn transplanted(token: &Token) -> String {
    let (original, other) = (token.sign(SECRET), Token::of(new_user_id()).sign(SECRET));
    let (_, signature) = original.rsplit_once('.').unwrap();
    let (claims, _) = other.rsplit_once('.').unwrap();
    format!("{claims}.{signature}")
}

async fn refused_everywhere(client: &Client, message: &str) {
    for path in USERS_ME {
        let answer = client.get(path).await;
        assert_refused(&answer, message);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.json(), json!({"detail": message}));
    }

    let answer = client.get(ENVELOPE).await;
    assert_refused(&answer, message);
    let body = answer.json();
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(body["success"], false);
    assert_eq!(body["httpStatus"], "UNAUTHORIZED");
    assert_eq!(body["message"], message);
    assert_eq!(body["data"], message);
    assert!(body["action_time"].is_string(), "{answer}");

    for path in PROBLEM {
        let answer = client.get(path).await;
        assert_refused(&answer, message);
        let body = answer.json();
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(body["status"], 401);
        assert_eq!(body["code"], "UNAUTHORIZED");
        assert_eq!(body["detail"], message);
        assert!(
            body["title"].is_string() && body["type"].is_string(),
            "{answer}"
        );
    }
}

fn assert_refused(answer: &Answer, message: &str) {
    assert_eq!(answer.status, 401, "{answer}");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert!(answer.text.contains(message), "{answer}");
}
