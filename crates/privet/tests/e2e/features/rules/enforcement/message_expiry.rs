//! After how long senders' new messages disappear.

use serde_json::{Value, json};

use super::enforce;
use crate::support::acting::{erase, set};
use crate::support::asking::service;
use crate::support::{Client, Database, Server, new_user_id};

in_one_setup![
    every_duration_is_told_and_so_is_none,
    senders_come_in_order_and_repeats_are_kept,
    messages_of_the_erased_and_of_the_never_seen_stay,
];

async fn expiries(service: &Client, senders: impl Into<Value>) -> Value {
    let body = json!({"senders": senders.into()});
    enforce(service, "message-expiry", body).await
}

async fn every_duration_is_told_and_so_is_none(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let ann = server.new_user();
    for seconds in [
        json!(300),
        json!(3_600),
        json!(86_400),
        json!(604_800),
        json!(null),
    ] {
        set(&ann, "disappearing_messages_default", seconds.clone()).await;
        let expiries = expiries(&service, json!([ann.id()])).await;
        let expiry = json!({"user_id": ann.id(), "seconds": seconds});
        assert_eq!(expiries, json!({"expiries": [expiry]}));
    }
}

async fn senders_come_in_order_and_repeats_are_kept(database: Database) {
    let server = Server::start(&database).await;
    let (ann, bob, unseen) = (server.new_user(), server.new_user(), new_user_id());
    set(&ann, "disappearing_messages_default", 300).await;
    set(&bob, "disappearing_messages_default", 604_800).await;
    let (ann, bob) = (ann.id(), bob.id());
    let upper = bob.to_string().to_uppercase();
    let expiries = expiries(&service(&server), json!([bob, ann, unseen, upper, ann])).await;
    let expected = json!([
        {"user_id": bob, "seconds": 604_800},
        {"user_id": ann, "seconds": 300},
        {"user_id": unseen, "seconds": null},
        {"user_id": bob, "seconds": 604_800},
        {"user_id": ann, "seconds": 300},
    ]);
    assert_eq!(expiries, json!({"expiries": expected}));
}

async fn messages_of_the_erased_and_of_the_never_seen_stay(database: Database) {
    let server = Server::start(&database).await;
    let ann = server.new_user();
    set(&ann, "disappearing_messages_default", 300).await;
    erase(&ann).await;
    let senders = json!([ann.id(), new_user_id()]);
    let expiries = expiries(&service(&server), senders.clone()).await;
    let expected = json!([
        {"user_id": senders[0], "seconds": null},
        {"user_id": senders[1], "seconds": null},
    ]);
    assert_eq!(expiries, json!({"expiries": expected}));
}
