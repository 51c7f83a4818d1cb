//! The built-in catalogue `messenger`: every audience, and reciprocal actions.

use serde_json::json;

use crate::support::acting::{
    add_contact, become_mutual_contacts, contact_path, except, follow, set,
};
use crate::support::asking::{Decision, ask, check, decide, no, service, yes};
use crate::support::{Client, Database, Server};

// What the catalogue changes is which rows decisions read, and neither Redis nor a replica keeps these rows. Histories go
// by it in every set-up.
on_both_stores![
    each_audience_lets_in_whom_it_names,
    who_hides_something_from_others_does_not_see_it_of_them,
    every_audience_is_a_value_of_its_settings,
];

/// How somebody may stand to the subject.
const KINDS: [&str; 8] = [
    "stranger",
    "who added the subject",
    "added contact",
    "contact",
    "close friend",
    "follower",
    "followed",
    "mutual follower",
];

/// Whom each audience lets in, why, and why it refuses everybody else.
const AUDIENCES: [(&str, &[usize], &str, &str); 8] = [
    ("everyone", &[0, 1, 2, 3, 4, 5, 6, 7], "everyone", ""),
    ("contacts", &[3], "mutual_contact", "not_a_contact"),
    (
        "added_contacts",
        &[2, 3, 4],
        "added_contact",
        "not_a_contact",
    ),
    ("close_friends", &[4], "close_friend", "not_a_close_friend"),
    ("followers", &[5, 7], "follower", "not_a_follower"),
    ("following", &[6, 7], "followed", "not_followed"),
    (
        "mutual_followers",
        &[7],
        "mutual_follower",
        "not_a_mutual_follower",
    ),
    ("nobody", &[], "", "nobody"),
];

async fn start(database: &Database) -> Server {
    Server::start_with(database, &[("PRIVET_CATALOGUE", "messenger")]).await
}

/// Somebody of each kind, in the order of [`KINDS`].
async fn people(server: &Server, subject: &Client) -> [Client; KINDS.len()] {
    let people = [(); KINDS.len()].map(|()| server.new_user());
    let [_, fan, added, contact, close, follower, idol, mutual] = &people;
    add_contact(fan, subject).await;
    add_contact(subject, added).await;
    become_mutual_contacts(subject, contact).await;
    // Mutual or not: the mark is all that counts.
    add_contact(subject, close).await;
    let body = json!({"close_friend": true});
    let marked = subject.patch(&contact_path(close.id()), body).await;
    assert_eq!(marked.status, 200, "{marked}");
    for one in [follower, mutual] {
        follow(one, subject).await;
    }
    for other in [idol, mutual] {
        follow(subject, other).await;
    }
    people
}

async fn each_audience_lets_in_whom_it_names(database: Database) {
    let server = start(&database).await;
    let (subject, service) = (server.new_user(), service(&server));
    let people = people(&server, &subject).await;
    for (audience, belong, allowed, refused) in AUDIENCES {
        set(&subject, "who_can_call", audience).await;
        let checks = people.iter().map(|it| check(it.id(), subject.id(), "call"));
        let decisions = decide(&service, checks.collect()).await;
        for (kind, decision) in decisions.into_iter().enumerate() {
            let expected = if belong.contains(&kind) {
                yes(allowed)
            } else {
                no(refused)
            };
            assert_eq!(decision, expected, "{audience}, {}", KINDS[kind]);
        }
        let viewers: Vec<_> = people.iter().map(Client::id).collect();
        let body = json!({"action": "call", "subject": subject.id(), "viewers": viewers});
        let filtered = service.post("/api/v1/privacy/filter", body).await.json();
        let belonging: Vec<_> = belong.iter().map(|kind| viewers[*kind]).collect();
        assert_eq!(filtered, json!({"allowed": belonging}), "{audience}");
    }
}

async fn who_hides_something_from_others_does_not_see_it_of_them(database: Database) {
    let server = start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let service = service(&server);
    let last_seen = async || -> Decision { ask(&service, &bob, &alice, "view_last_seen").await };
    assert_eq!(last_seen().await, yes("everyone"));
    set(&bob, "show_last_seen", false).await;
    assert_eq!(last_seen().await, no("not_reciprocated"));
    assert_eq!(
        ask(&service, &alice, &bob, "view_last_seen").await,
        no("setting_off")
    );
    assert_eq!(
        ask(&service, &bob, &bob, "view_last_seen").await,
        yes("self")
    );
    // One that is not reciprocal asks nothing of the viewer.
    set(&bob, "who_can_see_about", "nobody").await;
    assert_eq!(
        ask(&service, &bob, &alice, "view_about").await,
        yes("everyone")
    );
    let access = format!("/api/v1/privacy/users/{}/access", alice.id());
    let permissions = bob.get(&access).await.json();
    assert_eq!(permissions["permissions"]["view_last_seen"], false);
    // The subject's own refusal comes first.
    set(&alice, "show_last_seen", false).await;
    assert_eq!(last_seen().await, no("setting_off"));
    set(&alice, "show_last_seen", true).await;
    let explained = format!("/api/v1/privacy/explain?viewer={}", bob.id());
    let explained = alice.get(&explained).await.json();
    let reason = &explained["decisions"]["view_last_seen"]["reason"];
    assert_eq!(reason, "not_reciprocated");
    let made_up = alice
        .get("/api/v1/privacy/explain?as=stranger")
        .await
        .json();
    assert_eq!(made_up["decisions"]["view_last_seen"]["allowed"], true);

    except(&bob, &alice, json!({"view_last_seen": "always"})).await;
    assert_eq!(last_seen().await, yes("everyone"));
    except(&bob, &alice, json!({"view_last_seen": "never"})).await;
    assert_eq!(last_seen().await, no("not_reciprocated"));
    except(&alice, &bob, json!({"view_last_seen": "always"})).await;
    assert_eq!(last_seen().await, yes("exception_always"));
}

async fn every_audience_is_a_value_of_its_settings(database: Database) {
    let server = start(&database).await;
    let alice = server.new_user();
    for (audience, ..) in AUDIENCES {
        set(&alice, "who_can_see_profile", audience).await;
        let settings = alice.get("/api/v1/privacy/settings").await.json();
        assert_eq!(settings["who_can_see_profile"], audience);
    }
    let catalogue = alice.get("/api/v1/privacy/catalogue").await.json();
    let settings = catalogue["settings"].as_array().unwrap();
    let call = settings
        .iter()
        .find(|it| it["name"] == "messaging.who_can_call");
    let names = AUDIENCES.map(|(audience, ..)| audience);
    assert_eq!(call.unwrap()["values"], json!(names));
    let actions = catalogue["actions"].as_array().unwrap();
    let reciprocal = actions.iter().filter(|it| it["reciprocal"] == true);
    let reciprocal: Vec<_> = reciprocal.map(|it| it["name"].clone()).collect();
    let expected = [
        "view_online_status",
        "view_last_seen",
        "view_read_receipts",
        "view_typing",
    ];
    assert_eq!(reciprocal, expected);
}
