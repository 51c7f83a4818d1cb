//! Contacts: when they count as mutual. What they share with blocks is in `contacts_and_blocks`.

use serde_json::{Value, json};

use crate::support::acting::{add_contact, become_mutual_contacts, block, erase, remove_contact};
use crate::support::asking::{assert_problem, wrong_members};
use crate::support::contacts_and_blocks::Kind;
use crate::support::settings::id;
use crate::support::sql::Session;
use crate::support::{Client, Database, Server};

in_one_setup![
    a_contact_is_mutual_while_both_have_added_each_other,
    one_side_alone_ends_it,
    what_is_mutual_is_mutual_again_when_it_is_added_anew,
    adding_again_tells_what_holds_now,
    being_added_shows_nowhere_but_in_mutuality,
    contacts_of_contacts_are_no_contacts,
    a_block_leaves_contacts_and_their_mutuality,
    a_list_tells_of_each_whether_it_is_mutual,
    a_close_friend_is_marked_and_never_learns_of_it,
    what_is_no_mark_is_refused,
    there_are_at_most_10_000_contacts,
];

/// What each of the two is told, alone and in the list; `None` where the other is no contact.
async fn mutuality(one: &Client, other: &Client) -> [Option<bool>; 2] {
    let mut told = [None; 2];
    for (told, (owner, contact)) in told.iter_mut().zip([(one, other), (other, one)]) {
        let alone = owner.get(&Kind::Contacts.one(contact.id())).await;
        let list = owner.get(Kind::Contacts.list()).await.json();
        let listed = list["contacts"].as_array().unwrap();
        let listed = listed
            .iter()
            .find(|item| item["user_id"] == json!(contact.id()));
        if alone.status == 404 {
            assert_eq!(listed, None);
            continue;
        }
        assert_eq!(alone.status, 200, "{alone}");
        assert_eq!(listed, Some(&alone.json()));
        *told = Some(alone.json()["mutual"].as_bool().unwrap());
    }
    told
}

async fn a_contact_is_mutual_while_both_have_added_each_other(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    assert_eq!(mutuality(&alice, &bob).await, [None, None]);
    let added = Kind::Contacts.add(&alice, bob.id()).await;
    assert_eq!(added["mutual"], false);
    assert_eq!(mutuality(&alice, &bob).await, [Some(false), None]);
    let added = Kind::Contacts.add(&bob, alice.id()).await;
    assert_eq!(added["mutual"], true);
    assert_eq!(mutuality(&alice, &bob).await, [Some(true), Some(true)]);
}

async fn one_side_alone_ends_it(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    become_mutual_contacts(&alice, &bob).await;
    remove_contact(&bob, &alice).await;
    assert_eq!(mutuality(&alice, &bob).await, [Some(false), None]);
    add_contact(&bob, &alice).await;
    remove_contact(&alice, &bob).await;
    assert_eq!(mutuality(&alice, &bob).await, [None, Some(false)]);
}

async fn what_is_mutual_is_mutual_again_when_it_is_added_anew(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    become_mutual_contacts(&alice, &bob).await;
    for _ in 0..3 {
        remove_contact(&alice, &bob).await;
        assert_eq!(mutuality(&alice, &bob).await, [None, Some(false)]);
        let added = Kind::Contacts.add(&alice, bob.id()).await;
        assert_eq!(added["mutual"], true);
        assert_eq!(mutuality(&alice, &bob).await, [Some(true), Some(true)]);
    }
}

async fn adding_again_tells_what_holds_now(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let first = Kind::Contacts.add(&alice, bob.id()).await;
    for mutual in [true, false] {
        if mutual {
            add_contact(&bob, &alice).await;
        } else {
            remove_contact(&bob, &alice).await;
        }
        let again = alice.add(&Kind::Contacts.one(bob.id())).await;
        let expected = json!({"user_id": bob.id(), "mutual": mutual, "close_friend": false,
            "added_at": first["added_at"]});
        assert_eq!((again.status, again.json()), (200, expected), "{again}");
    }
}

async fn being_added_shows_nowhere_but_in_mutuality(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let before = bob.get(Kind::Contacts.list()).await;
    add_contact(&alice, &bob).await;
    assert_eq!(bob.get(Kind::Contacts.list()).await.json(), before.json());
    let export = bob.get("/api/v1/users/me/export").await;
    assert!(!export.text.contains(&alice.id().to_string()), "{export}");
}

async fn contacts_of_contacts_are_no_contacts(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    become_mutual_contacts(&alice, &bob).await;
    become_mutual_contacts(&bob, &carol).await;
    assert_eq!(mutuality(&alice, &carol).await, [None, None]);
    add_contact(&alice, &carol).await;
    assert_eq!(mutuality(&alice, &carol).await, [Some(false), None]);
}

async fn a_block_leaves_contacts_and_their_mutuality(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    become_mutual_contacts(&alice, &bob).await;
    block(&alice, &bob).await;
    assert_eq!(mutuality(&alice, &bob).await, [Some(true), Some(true)]);
    // And they can still be made, by either.
    for (one, other) in [(&alice, &bob), (&bob, &alice)] {
        remove_contact(one, other).await;
        let added = Kind::Contacts.add(one, other.id()).await;
        assert_eq!(added["mutual"], true);
    }
}

async fn a_list_tells_of_each_whether_it_is_mutual(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut expected = Vec::new();
    for mutual in [true, false, true, false, false] {
        let other = server.new_user();
        add_contact(&alice, &other).await;
        if mutual {
            add_contact(&other, &alice).await;
        }
        expected.insert(0, (json!(other.id()), json!(mutual)));
    }
    let list = alice.get(Kind::Contacts.list()).await.json();
    let told = list["contacts"].as_array().unwrap().iter();
    let told: Vec<(Value, Value)> = told
        .map(|item| (item["user_id"].clone(), item["mutual"].clone()))
        .collect();
    assert_eq!(told, expected);
}

async fn a_close_friend_is_marked_and_never_learns_of_it(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let path = Kind::Contacts.one(bob.id());
    let mark = json!({"close_friend": true});
    Kind::Contacts.assert_absent(&alice.patch(&path, mark.clone()).await);
    let added = Kind::Contacts.add(&alice, bob.id()).await;
    let unaware = bob.get(Kind::Contacts.list()).await.text;
    let access = format!("/api/v1/privacy/users/{}/access", alice.id());
    let access_before = bob.get(&access).await.text;
    let export_before = bob.get("/api/v1/users/me/export").await.json();
    for close_friend in [true, true, false, true] {
        let mark = json!({"close_friend": close_friend});
        let marked = alice.patch(&path, mark).await;
        let mut expected = added.clone();
        expected["close_friend"] = json!(close_friend);
        assert_eq!((marked.status, marked.json()), (200, expected), "{marked}");
        assert_eq!(alice.get(&path).await.json(), marked.json());
        assert_eq!(bob.get(Kind::Contacts.list()).await.text, unaware);
        assert_eq!(bob.get(&access).await.text, access_before);
        let mut export = bob.get("/api/v1/users/me/export").await.json();
        export["exported_at"] = export_before["exported_at"].clone();
        assert_eq!(export, export_before);
    }
    let list = alice.get(Kind::Contacts.list()).await.json();
    assert_eq!(list["contacts"][0]["close_friend"], true);
    // Whoever is taken out and added anew is marked no more.
    remove_contact(&alice, &bob).await;
    let again = Kind::Contacts.add(&alice, bob.id()).await;
    assert_eq!(again["close_friend"], false);
}

async fn what_is_no_mark_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    add_contact(&alice, &bob).await;
    let path = Kind::Contacts.one(bob.id());
    for (body, wrong) in [
        (json!({}), "close_friend"),
        (json!({"close_friend": null}), "close_friend"),
        (json!({"close_friend": 1}), "close_friend"),
        (json!({"close_friend": true, "mutual": true}), "mutual"),
    ] {
        let answer = alice.patch(&path, body).await;
        assert_eq!(wrong_members(&answer), [wrong]);
    }
    for body in [json!([]), json!(true), json!(null)] {
        assert_problem(&alice.patch(&path, body).await, 400, "INVALID_REQUEST");
    }
    let mark = json!({"close_friend": true});
    let oneself = Kind::Contacts.one(alice.id());
    Kind::Contacts.assert_absent(&alice.patch(&oneself, mark.clone()).await);
    erase(&bob).await;
    Kind::Contacts.assert_absent(&alice.patch(&path, mark).await);
}

async fn there_are_at_most_10_000_contacts(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    add_contact(&alice, &server.new_user()).await;
    Session::on(&database).execute("UPDATE list_counts SET contacts = 10000");
    let path = Kind::Contacts.one(bob.id());
    assert_problem(&alice.add(&path).await, 409, "LIMIT_REACHED");
    Kind::Contacts.assert_none(&alice, bob.id()).await;
    // Whoever is one already stays one.
    let list = alice.get(Kind::Contacts.list()).await.json();
    let known = id(&list["contacts"][0]["user_id"]);
    let again = alice.add(&Kind::Contacts.one(known)).await;
    assert_eq!(again.status, 200, "{again}");
}
