//! Explanations with the catalogue `messenger` and a layer: every action, with exceptions and reciprocity.

use serde_json::{Value, json};

use super::EXPLAIN;
use crate::support::acting::{
    add_contact, become_mutual_contacts, block, classify, close_everything, except, follow,
    mark_close_friend, set,
};
use crate::support::asking::{Decision, check, decide, service};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::{Client, Database, Server};

// They read the database as decisions do.
on_both_stores![an_explanation_of_every_action_is_what_a_service_is_told];

// A made-up viewer has no rows.
in_one_setup![
    a_made_up_viewer_is_let_in_by_the_audiences_that_name_it,
    a_made_up_viewer_has_no_exceptions_and_reciprocates,
];

const AUDIENCES: [&str; 8] = [
    "everyone",
    "contacts",
    "added_contacts",
    "close_friends",
    "followers",
    "following",
    "mutual_followers",
    "nobody",
];

/// The names of all actions, with the settings that each needs, as the catalogue call shows them.
async fn actions(user: &Client) -> Vec<(String, Value)> {
    let catalogue = user.get("/api/v1/privacy/catalogue").await.json();
    let actions = catalogue["actions"].as_array().unwrap().iter();
    let action = |it: &Value| (it["name"].as_str().unwrap().to_owned(), it["needs"].clone());
    actions.map(action).collect()
}

/// The settings of each audience in turn.
async fn set_audiences(user: &Client, turn: usize) {
    let names = [
        "who_can_see_profile",
        "who_can_add_to_groups",
        "who_can_message",
        "who_can_call",
        "who_can_see_about",
        "who_can_see_birthday",
        "who_can_see_stories",
        "who_can_mention",
    ];
    let settings = names.iter().enumerate();
    let settings: Value = settings
        .map(|(place, name)| {
            let audience = AUDIENCES[(place + turn) % AUDIENCES.len()];
            ((*name).to_owned(), json!(audience))
        })
        .collect();
    let path = "/api/v1/privacy/settings";
    let answer = user.put(path, json!({"settings": settings})).await;
    assert_eq!(answer.status, 200, "{answer}");
}

/// Somebody of every kind.
async fn viewers(server: &Server, owner: &Client) -> Vec<Client> {
    let all = [(); 11].map(|()| server.new_user());
    let [
        _,
        added,
        contact,
        close,
        follower,
        idol,
        mutual,
        always,
        never,
        closed,
        blocked,
    ] = &all;
    for one in [added, close] {
        add_contact(owner, one).await;
    }
    mark_close_friend(owner, close, true).await;
    become_mutual_contacts(owner, contact).await;
    for one in [follower, mutual] {
        follow(one, owner).await;
    }
    for other in [idol, mutual] {
        follow(owner, other).await;
    }
    let some = |exception: &str| json!({"call": exception, "view_last_seen": exception, "view_content": exception});
    except(owner, always, some("always")).await;
    except(owner, never, some("never")).await;
    close_everything(closed).await;
    block(owner, blocked).await;
    let mut all = all.to_vec();
    all.push(owner.clone());
    all
}

async fn an_explanation_of_every_action_is_what_a_service_is_told(database: Database) {
    let file = catalogue_file(&json!({
        "extends": "messenger",
        "cohorts": {"minor": {"description": "Under 18."}},
        "layers": [{"name": "minors", "cohort": "minor", "defaults": {"account.is_private": true,
            "messaging.who_can_call": "contacts"}, "allowed": {"account.is_private": [true],
            "messaging.who_can_call": ["contacts", "nobody"]}}],
    }));
    let server = start_with_catalogue(&database, &file).await;
    let (alice, service) = (server.new_user(), service(&server));
    let viewers = viewers(&server, &alice).await;
    let actions = actions(&alice).await;
    assert!(actions.len() > 20, "{actions:?}");
    let mut reasons = std::collections::BTreeSet::new();
    for turn in 0..AUDIENCES.len() {
        set_audiences(&alice, turn).await;
        if turn == 4 {
            set(&alice, "show_typing_indicator", false).await;
        }
        // From then on not every audience may be chosen.
        if turn + 1 == AUDIENCES.len() {
            classify(&server, &alice, &["minor"]).await;
        }
        for viewer in &viewers {
            let path = format!("{EXPLAIN}?viewer={}", viewer.id());
            let explained = alice.get(&path).await.json();
            let checks = actions.iter();
            let checks = checks.map(|(name, _)| check(viewer.id(), alice.id(), name));
            let decisions = decide(&service, checks.collect()).await;
            let mut expected = json!({});
            for ((name, needs), (allowed, reason)) in actions.iter().zip(decisions) {
                expected[name] = json!({"allowed": allowed, "reason": reason, "settings": needs});
                reasons.insert(reason);
            }
            assert_eq!(
                explained,
                json!({"viewer": viewer.id(), "decisions": expected})
            );
        }
    }
    // All reasons but that of administrators and of the erased.
    assert_eq!(reasons.len(), 23, "{reasons:?}");
}

/// Which audiences let in a made-up viewer of the kind.
const LET_IN: [(&str, &[&str]); 7] = [
    ("stranger", &["everyone"]),
    ("added_contact", &["everyone", "added_contacts"]),
    ("contact", &["everyone", "contacts", "added_contacts"]),
    (
        "close_friend",
        &["everyone", "contacts", "added_contacts", "close_friends"],
    ),
    ("follower", &["everyone", "followers"]),
    ("followed", &["everyone", "following"]),
    (
        "mutual_follower",
        &["everyone", "followers", "following", "mutual_followers"],
    ),
];

/// What a made-up viewer may do.
async fn seen_as(owner: &Client, made_up: &str, action: &str) -> Decision {
    let explained = owner.get(&format!("{EXPLAIN}?as={made_up}")).await;
    assert_eq!(explained.status, 200, "{explained}");
    let explained = explained.json();
    assert_eq!(explained["viewer"], Value::Null);
    let decision = &explained["decisions"][action];
    let reason = decision["reason"].as_str().unwrap().to_owned();
    (decision["allowed"].as_bool().unwrap(), reason)
}

async fn a_made_up_viewer_is_let_in_by_the_audiences_that_name_it(database: Database) {
    let server = Server::start_with(&database, &[("PRIVET_CATALOGUE", "messenger")]).await;
    let alice = server.new_user();
    for audience in AUDIENCES {
        set(&alice, "who_can_call", audience).await;
        for (made_up, let_in) in LET_IN {
            let (allowed, reason) = seen_as(&alice, made_up, "call").await;
            let expected = let_in.contains(&audience);
            assert_eq!(allowed, expected, "{made_up}, {audience}: {reason}");
        }
    }
}

async fn a_made_up_viewer_has_no_exceptions_and_reciprocates(database: Database) {
    let server = Server::start_with(&database, &[("PRIVET_CATALOGUE", "messenger")]).await;
    let alice = server.new_user();
    except(&alice, &server.new_user(), json!({"view_typing": "never"})).await;
    for (made_up, _) in LET_IN {
        let typing = seen_as(&alice, made_up, "view_typing").await;
        assert_eq!(typing, (true, "setting_on".to_owned()), "{made_up}");
    }
    // Whoever hides it shows it to nobody, whom they see or not.
    set(&alice, "show_typing_indicator", false).await;
    let typing = seen_as(&alice, "close_friend", "view_typing").await;
    assert_eq!(typing, (false, "setting_off".to_owned()));
}
