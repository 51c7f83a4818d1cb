//! The export: everything held about the caller, and nothing that others hold of them. The file that it is
//! sent as is in `export/file.rs`, long ones are in `export/long.rs`.

mod file;
mod long;

use serde_json::{Value, json};

use crate::support::acting::{
    add_contact, become_mutual_contacts, block, erase, except, follow, set,
};
use crate::support::contacts_and_blocks::Kind;
use crate::support::follows::{Between, become_follower, between};
use crate::support::settings::{Settings, history, id, names, time};
use crate::support::shapes::assert_error;
use crate::support::{Answer, Client, Database, Server};

in_one_setup![
    the_export_has_every_section,
    the_export_of_a_new_user_holds_the_defaults,
    settings_are_as_their_own_resources_show_them,
    preferences_are_there_as_chosen_and_as_they_are_in_effect,
    contacts_and_blocks_are_as_their_own_lists_show_them,
    exceptions_are_as_their_own_list_shows_them,
    follows_and_requests_are_there_in_both_directions,
    the_whole_history_is_there,
    who_blocked_the_caller_is_not_there,
    what_others_hold_of_the_caller_is_not_there,
    the_export_is_the_callers_own,
    exporting_changes_nothing,
    an_erased_account_has_no_export,
];

const PATH: &str = "/api/v1/users/me/export";

/// The answer to `GET`, which must be a success.
async fn get(user: &Client) -> Answer {
    let answer = user.get(PATH).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer
}

/// The document.
async fn export(user: &Client) -> Value {
    get(user).await.json()
}

async fn the_export_has_every_section(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let before = Settings::AccountPrivacy.get(&alice).await.json();
    let answer = get(&alice).await;
    let begins = answer.text.starts_with(r#"{"format":"privet-export/1","#);
    assert!(begins, "{answer}");
    let document = answer.json();
    let after = Settings::AccountPrivacy.get(&alice).await.json();
    let sections = [
        "audit_entries",
        "blocks",
        "choices",
        "cohorts",
        "contacts",
        "created_at",
        "exceptions",
        "exported_at",
        "follows",
        "format",
        "looks",
        "preferences",
        "settings",
        "user_id",
    ];
    assert_eq!(names(&document), sections);
    assert_eq!(document["user_id"], json!(alice.id()));
    assert_eq!(document["created_at"], before["data"]["createdAt"]);
    let at = time(&document["exported_at"]);
    assert!(time(&before["action_time"]) <= at && at <= time(&after["action_time"]));
}

async fn the_export_of_a_new_user_holds_the_defaults(database: Database) {
    let server = Server::start(&database).await;
    let document = export(&server.new_user()).await;
    for list in [
        "contacts",
        "blocks",
        "follows",
        "exceptions",
        "cohorts",
        "audit_entries",
        "looks",
    ] {
        assert_eq!(document[list], json!([]), "{list}");
    }
    assert_eq!(document["preferences"]["chosen"], json!({}));
    assert_eq!(
        document["preferences"]["effective"]["theme"]["mode"],
        "system"
    );
    let settings = &document["settings"];
    assert_eq!(settings["email_contact"]["allow_email_contact"], true);
    assert_eq!(settings["account_privacy"]["isPrivate"], false);
    assert_eq!(
        settings["messaging_privacy"]["who_can_see_profile"],
        "everyone"
    );
}

async fn settings_are_as_their_own_resources_show_them(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for changed in [false, true] {
        for settings in Settings::ALL {
            settings.set(&alice, settings.default() != changed).await;
        }
        let mut shown = export(&alice).await["settings"].take();
        // What no resource shows.
        let email = shown["email_contact"].as_object_mut().unwrap();
        time(&email.remove("updated_at").unwrap());
        let mut expected = json!({});
        for (name, settings) in [
            ("email_contact", Settings::EmailContact),
            ("account_privacy", Settings::AccountPrivacy),
            ("messaging_privacy", Settings::MessagingPrivacy),
        ] {
            expected[name] = settings.shown(&settings.get(&alice).await);
        }
        assert_eq!(shown, expected);
    }
}

async fn preferences_are_there_as_chosen_and_as_they_are_in_effect(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    // The second is the very default, and a choice all the same.
    let chosen = json!({"locale.language": "de", "theme.mode": "system"});
    alice
        .patch(Settings::Preferences.path(), chosen.clone())
        .await;
    let mut preferences = export(&alice).await["preferences"].take();
    let members = preferences.as_object_mut().unwrap();
    time(&members.remove("updated_at").unwrap());
    let effective = Settings::Preferences.get(&alice).await.json();
    assert_eq!(effective["locale"]["language"], "de");
    assert_eq!(
        preferences,
        json!({"chosen": chosen, "effective": effective})
    );
}

async fn contacts_and_blocks_are_as_their_own_lists_show_them(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for _ in 0..2 {
        become_mutual_contacts(&alice, &server.new_user()).await;
        add_contact(&alice, &server.new_user()).await;
        block(&alice, &server.new_user()).await;
    }
    let document = export(&alice).await;
    for (kind, count) in [(Kind::Contacts, 4), (Kind::Blocks, 2)] {
        let list = alice.get(kind.list()).await.json();
        assert_eq!(document[kind.items()], list[kind.items()]);
        assert_eq!(document[kind.items()].as_array().unwrap().len(), count);
    }
}

async fn exceptions_are_as_their_own_list_shows_them(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let people = [(); 3].map(|()| server.new_user());
    for person in &people {
        except(&alice, person, json!({"view_typing": "never"})).await;
    }
    let both = json!({"view_profile": "always", "view_typing": "never"});
    except(&alice, &people[0], both).await;
    let list = alice.get("/api/v1/privacy/exceptions").await.json();
    let listed = list["exceptions"].as_array().unwrap();
    assert_eq!(listed.len(), people.len());
    assert_eq!(listed[0]["user_id"], json!(people[0].id()));
    assert_eq!(export(&alice).await["exceptions"], list["exceptions"]);
}

async fn follows_and_requests_are_there_in_both_directions(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let [idol, fan, shy, asking] = [(); 4].map(|()| server.new_user());
    become_follower(&alice, &idol).await;
    become_follower(&fan, &alice).await;
    between(&alice, &shy, Between::Request).await;
    between(&asking, &alice, Between::Request).await;
    let document = export(&alice).await;
    let mut told = Vec::new();
    for one in document["follows"].as_array().unwrap() {
        let members = [
            "created_at",
            "decided_at",
            "follower_id",
            "following_id",
            "id",
            "status",
        ];
        assert_eq!(names(one), members);
        id(&one["id"]);
        time(&one["created_at"]);
        if one["status"] == "ACCEPTED" {
            time(&one["decided_at"]);
        } else {
            assert_eq!(one["decided_at"], Value::Null);
        }
        let member = |name: &str| one[name].as_str().unwrap().to_owned();
        told.push((
            member("follower_id"),
            member("following_id"),
            member("status"),
        ));
    }
    let mut expected: Vec<_> = [
        (&alice, &idol, "ACCEPTED"),
        (&fan, &alice, "ACCEPTED"),
        (&alice, &shy, "PENDING"),
        (&asking, &alice, "PENDING"),
    ]
    .map(|(one, other, status)| {
        (
            one.id().to_string(),
            other.id().to_string(),
            status.to_owned(),
        )
    })
    .into();
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    // The id is the one by which it is decided.
    let request = follow(&alice, &shy).await;
    assert!(document["follows"].to_string().contains(&request));
}

async fn the_whole_history_is_there(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for on in [true, false, true] {
        for settings in Settings::ALL {
            settings.set(&alice, on).await;
        }
    }
    let entries = history(&alice).await;
    assert!(entries.len() > 8, "{entries:?}");
    assert_eq!(export(&alice).await["audit_entries"], json!(entries));
}

async fn who_blocked_the_caller_is_not_there(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let mut before = export(&alice).await;
    become_follower(&bob, &alice).await;
    block(&bob, &alice).await;
    let answer = get(&alice).await;
    assert!(!answer.text.contains(&bob.id().to_string()), "{answer}");
    let mut after = answer.json();
    for document in [&mut before, &mut after] {
        document["exported_at"].take();
    }
    assert_eq!(after, before);
}

async fn what_others_hold_of_the_caller_is_not_there(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    add_contact(&bob, &alice).await;
    let answer = get(&alice).await;
    assert!(!answer.text.contains(&bob.id().to_string()), "{answer}");
}

async fn the_export_is_the_callers_own(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    set(&alice, "isPrivate", true).await;
    let path = format!("{PATH}?user_id={0}&userId={0}", alice.id());
    let answer = bob.get(&path).await;
    assert_eq!(answer.json()["user_id"], json!(bob.id()));
    assert!(!answer.text.contains(&alice.id().to_string()), "{answer}");
    assert_error(
        &server.anonymous().get(PATH).await,
        PATH,
        401,
        "Authentication token is required",
    );
}

async fn exporting_changes_nothing(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut before = Vec::new();
    for settings in Settings::ALL {
        before.push(settings.tag(&alice).await);
    }
    export(&alice).await;
    for (settings, before) in Settings::ALL.into_iter().zip(before) {
        assert_eq!(settings.tag(&alice).await, before);
    }
    assert!(history(&alice).await.is_empty());
}

async fn an_erased_account_has_no_export(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    export(&alice).await;
    erase(&alice).await;
    assert_error(
        &alice.get(PATH).await,
        PATH,
        401,
        "Account has been deleted",
    );
}
