//! Receipts that the sender of messages is about to see.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{enforce, path};
use crate::support::acting::{block, erase, set};
use crate::support::asking::{service, wrong_members};
use crate::support::{Client, Database, Server, new_user_id};

in_one_setup![
    receipts_that_are_shown_stay_as_they_are,
    hidden_receipts_say_delivered_and_never_when,
    receipts_come_in_order_each_by_its_own_recipients_settings,
    a_block_and_an_erasure_hide_receipts,
    ones_own_receipts_are_always_shown,
    only_the_recipients_setting_counts,
    wrong_receipts_are_refused_with_their_index,
];

const READ_AT: &str = "2026-01-31T10:30:45Z";

fn receipt(id: impl Into<Value>, recipient: Uuid, status: &str) -> Value {
    json!({"message_id": id.into(), "recipient": recipient, "status": status})
}

fn read(id: impl Into<Value>, recipient: Uuid) -> Value {
    let mut receipt = receipt(id, recipient, "read");
    receipt["read_at"] = json!(READ_AT);
    receipt
}

async fn shown(service: &Client, sender: Uuid, receipts: impl Into<Value>) -> Value {
    let body = json!({"sender": sender, "receipts": receipts.into()});
    let answer = enforce(service, "receipts", body).await;
    let shown = answer["receipts"].clone();
    assert_eq!(answer, json!({"receipts": shown}));
    shown
}

async fn receipts_that_are_shown_stay_as_they_are(database: Database) {
    let server = Server::start(&database).await;
    let (ann, sender) = (server.new_user().id(), new_user_id());
    let given = json!([
        receipt("m-1", ann, "sent"),
        receipt(2, ann, "delivered"),
        receipt("m-3", ann, "read"),
        read("m-4", ann),
    ]);
    let shown = shown(&service(&server), sender, given.clone()).await;
    assert_eq!(shown, given);
}

async fn hidden_receipts_say_delivered_and_never_when(database: Database) {
    let server = Server::start(&database).await;
    let (ann, sender) = (server.new_user(), new_user_id());
    set(&ann, "show_read_receipts", false).await;
    let ann = ann.id();
    let mut early = read("m-5", ann);
    early["status"] = json!("delivered");
    let given = json!([
        receipt("m-1", ann, "sent"),
        receipt(2, ann, "delivered"),
        receipt("m-3", ann, "read"),
        read("m-4", ann),
        early,
    ]);
    let shown = shown(&service(&server), sender, given).await;
    let expected = json!([
        receipt("m-1", ann, "sent"),
        receipt(2, ann, "delivered"),
        receipt("m-3", ann, "delivered"),
        receipt("m-4", ann, "delivered"),
        receipt("m-5", ann, "delivered"),
    ]);
    assert_eq!(shown, expected);
}

async fn receipts_come_in_order_each_by_its_own_recipients_settings(database: Database) {
    let server = Server::start(&database).await;
    let (open, hiding) = (server.new_user(), server.new_user());
    set(&hiding, "show_read_receipts", false).await;
    let (open, hiding) = (open.id(), hiding.id());
    let given = json!([
        read(1, hiding),
        read(2, open),
        read(1, hiding),
        read(3, open),
        receipt(4, open, "sent"),
        read(2, open),
    ]);
    let shown = shown(&service(&server), new_user_id(), given).await;
    let expected = json!([
        receipt(1, hiding, "delivered"),
        read(2, open),
        receipt(1, hiding, "delivered"),
        read(3, open),
        receipt(4, open, "sent"),
        read(2, open),
    ]);
    assert_eq!(shown, expected);
}

async fn a_block_and_an_erasure_hide_receipts(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (blocker, erased, sender) = (server.new_user(), server.new_user(), server.new_user());
    block(&blocker, &sender).await;
    erase(&erased).await;
    for recipient in [blocker.id(), erased.id()] {
        let shown = shown(&service, sender.id(), json!([read("m", recipient)])).await;
        assert_eq!(shown, json!([receipt("m", recipient, "delivered")]));
    }
}

async fn ones_own_receipts_are_always_shown(database: Database) {
    let server = Server::start(&database).await;
    let ann = server.new_user();
    set(&ann, "show_read_receipts", false).await;
    let given = json!([read("m", ann.id())]);
    let shown = shown(&service(&server), ann.id(), given.clone()).await;
    assert_eq!(shown, given);
}

async fn only_the_recipients_setting_counts(database: Database) {
    let server = Server::start(&database).await;
    let (ann, sender) = (server.new_user(), server.new_user());
    set(&sender, "show_read_receipts", false).await;
    block(&sender, &ann).await;
    let given = json!([read("m", ann.id())]);
    let shown = shown(&service(&server), sender.id(), given.clone()).await;
    assert_eq!(shown, given);
}

async fn wrong_receipts_are_refused_with_their_index(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let ann = new_user_id();
    for (member, wrong) in [
        ("status", json!("seen")),
        ("status", json!("READ")),
        ("status", json!(null)),
        ("status", json!(true)),
        ("message_id", json!(null)),
        ("message_id", json!({})),
        ("message_id", json!(["m"])),
        ("message_id", json!(true)),
        ("message_id", json!(1.5)),
        ("message_id", json!(9_007_199_254_740_992_i64)),
        ("message_id", json!(-9_007_199_254_740_992_i64)),
        ("message_id", json!(9_007_199_254_740_992.0)),
        ("message_id", json!(u64::MAX)),
        ("message_id", json!(i64::MIN)),
        ("message_id", json!(18_446_744_073_709_551_616.0)),
        ("read_at", json!("yesterday")),
        ("read_at", json!(1_769_855_445)),
        ("read_at", json!("2026-02-30T10:30:45Z")),
        ("chat", json!("c-1")),
    ] {
        let mut receipt = read("m", ann);
        receipt[member] = wrong;
        let receipts = json!([read("m", ann), read("m", ann), receipt]);
        let body = json!({"sender": ann, "receipts": receipts});
        let answer = service.post(&path("receipts"), body).await;
        assert_eq!(wrong_members(&answer), [format!("receipts[2].{member}")]);
    }
    for member in ["status", "message_id", "recipient"] {
        let mut receipt = read("m", ann);
        receipt.as_object_mut().unwrap().remove(member);
        let body = json!({"sender": ann, "receipts": [receipt]});
        let answer = service.post(&path("receipts"), body).await;
        assert_eq!(wrong_members(&answer), [format!("receipts[0].{member}")]);
    }
}
