//! Ready-made enforcement: what services show, cut to what is allowed. Each call in a file of its own; here
//! is what holds for all five.

mod group_additions;
mod message_expiry;
mod profile;
mod receipts;
mod typing;
mod who_may;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::asking::{service, wrong_members};
use crate::support::sql::Session;
use crate::support::{Client, Database, Server, new_user_id};

in_one_setup![
    a_thousand_people_are_taken_and_one_more_is_not,
    an_empty_list_has_an_empty_answer,
    what_is_wrong_with_an_item_is_named_with_its_index,
    a_person_who_acts_must_be_named_by_an_id,
    a_list_that_is_missing_or_none_is_refused,
    unknown_members_are_refused,
    who_was_never_seen_is_not_stored,
    nobody_is_to_keep_an_answer,
];

/// A call, by how its body is made.
struct Call {
    name: &'static str,
    /// Who acts, under this name.
    actor: Option<&'static str>,
    /// Whom it is about, under this name.
    list: &'static str,
    /// An item of that list about somebody.
    item: fn(Uuid) -> Value,
    /// Where an item that is no user is found wrong, behind the list's name and index.
    place: &'static str,
    /// What comes back for an empty list.
    nothing: fn() -> Value,
}

const CALLS: [Call; 5] = [
    Call {
        name: "profile",
        actor: Some("viewer"),
        list: "profiles",
        item: |id| json!({"user_id": id}),
        place: ".user_id",
        nothing: || json!({"profiles": []}),
    },
    Call {
        name: "receipts",
        actor: Some("sender"),
        list: "receipts",
        item: |id| json!({"message_id": "m", "recipient": id, "status": "read"}),
        place: ".recipient",
        nothing: || json!({"receipts": []}),
    },
    Call {
        name: "typing",
        actor: Some("typist"),
        list: "recipients",
        item: |id| json!(id),
        place: "",
        nothing: || json!({"recipients": []}),
    },
    Call {
        name: "group-additions",
        actor: Some("actor"),
        list: "invitees",
        item: |id| json!(id),
        place: "",
        nothing: || json!({"allowed": [], "refused": []}),
    },
    Call {
        name: "message-expiry",
        actor: None,
        list: "senders",
        item: |id| json!(id),
        place: "",
        nothing: || json!({"expiries": []}),
    },
];

impl Call {
    fn path(&self) -> String {
        path(self.name)
    }

    fn body(&self, items: &[Value]) -> Value {
        let mut body = json!({self.list: items});
        if let Some(actor) = self.actor {
            body[actor] = json!(new_user_id());
        }
        body
    }

    fn body_about(&self, people: usize) -> Value {
        let items: Vec<_> = (0..people).map(|_| (self.item)(new_user_id())).collect();
        self.body(&items)
    }
}

fn path(name: &str) -> String {
    format!("/api/v1/privacy/enforce/{name}")
}

/// The answer to one of the calls, which must succeed.
async fn enforce(service: &Client, name: &str, body: Value) -> Value {
    let answer = service.post(&path(name), body).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()
}

async fn a_thousand_people_are_taken_and_one_more_is_not(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    for call in &CALLS {
        let answer = service.post(&call.path(), call.body_about(1_000)).await;
        assert_eq!(answer.status, 200, "{}: {answer}", call.name);
        let lists = answer.json();
        let lists = lists.as_object().unwrap().values();
        let people: usize = lists.map(|list| list.as_array().unwrap().len()).sum();
        assert_eq!(people, 1_000, "{}", call.name);
        let answer = service.post(&call.path(), call.body_about(1_001)).await;
        assert_eq!(wrong_members(&answer), [call.list]);
    }
}

async fn an_empty_list_has_an_empty_answer(database: Database) {
    let server = Server::start(&database).await;
    for call in &CALLS {
        let answer = enforce(&service(&server), call.name, call.body(&[])).await;
        assert_eq!(answer, (call.nothing)());
    }
}

async fn what_is_wrong_with_an_item_is_named_with_its_index(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    for call in &CALLS {
        for wrong in [json!("ann"), json!(null), json!(7), json!([]), json!("")] {
            let mut body = call.body_about(5);
            let item = &mut body[call.list][3];
            match call.place.strip_prefix('.') {
                Some(member) => item[member] = wrong,
                None => *item = wrong,
            }
            let answer = service.post(&call.path(), body).await;
            assert_eq!(
                wrong_members(&answer),
                [format!("{}[3]{}", call.list, call.place)]
            );
        }
    }
}

async fn a_person_who_acts_must_be_named_by_an_id(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    for call in &CALLS {
        let Some(actor) = call.actor else { continue };
        for wrong in [json!("ann"), json!(null), json!(7)] {
            let mut body = call.body_about(1);
            body[actor] = wrong;
            let answer = service.post(&call.path(), body).await;
            assert_eq!(wrong_members(&answer), [actor]);
        }
        let mut body = call.body_about(1);
        body.as_object_mut().unwrap().remove(actor);
        let answer = service.post(&call.path(), body).await;
        assert_eq!(wrong_members(&answer), [actor]);
    }
}

async fn a_list_that_is_missing_or_none_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    for call in &CALLS {
        for wrong in [json!(null), json!("ann"), json!({}), json!(1)] {
            let mut body = call.body_about(1);
            body[call.list] = wrong;
            let answer = service.post(&call.path(), body).await;
            assert_eq!(wrong_members(&answer), [call.list]);
        }
        let mut body = call.body_about(1);
        body.as_object_mut().unwrap().remove(call.list);
        let answer = service.post(&call.path(), body).await;
        assert_eq!(wrong_members(&answer), [call.list]);
    }
}

async fn unknown_members_are_refused(database: Database) {
    let server = Server::start(&database).await;
    for call in &CALLS {
        let mut body = call.body_about(1);
        body["viewer_is_admin"] = json!(true);
        let answer = service(&server).post(&call.path(), body).await;
        assert_eq!(wrong_members(&answer), ["viewer_is_admin"]);
    }
}

async fn who_was_never_seen_is_not_stored(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let mut session = Session::on(&database);
    for call in &CALLS {
        let unseen = new_user_id();
        let body = call.body(&[(call.item)(unseen)]);
        enforce(&service, call.name, body).await;
        for table in ["users", "erased_users"] {
            assert_eq!(session.rows_of(table, unseen), 0, "{}", call.name);
        }
    }
    // Nor is whoever acts, nor the service.
    assert_eq!(session.number("(SELECT count(*) FROM users)"), 0);
}

async fn nobody_is_to_keep_an_answer(database: Database) {
    let server = Server::start(&database).await;
    for call in &CALLS {
        let answer = service(&server)
            .post(&call.path(), call.body_about(1))
            .await;
        assert_eq!(answer.header("Cache-Control"), "no-store", "{answer}");
    }
}
