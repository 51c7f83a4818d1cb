//! Each row of the table of actions: when it is allowed, and the reason that is given.

use crate::support::acting::{accept, add_contact, become_mutual_contacts, follow, set, unfollow};
use crate::support::asking::{ACTIONS, ask, ask_all, ask_for_admin, no, service, yes};
use crate::support::{Database, Server};

in_one_setup![
    by_default_everybody_may_everything,
    an_audience_of_contacts_lets_mutual_contacts_only,
    an_audience_of_nobody_lets_nobody,
    a_switch_decides_its_own_action_and_no_other,
    an_administrator_may_add_to_groups_whatever_the_audience,
    content_of_a_private_account_is_for_accepted_followers,
    a_private_account_is_never_followed_without_approval,
];

/// The actions that go by an audience, with the setting that names it.
const BY_AUDIENCE: [(&str, &str); 4] = [
    ("view_profile", "who_can_see_profile"),
    ("view_online_status", "who_can_see_profile"),
    ("view_last_seen", "who_can_see_profile"),
    ("add_to_group", "who_can_add_to_groups"),
];

/// The actions that go by a switch alone.
const BY_SWITCH: [(&str, &str); 3] = [
    ("view_read_receipts", "show_read_receipts"),
    ("view_typing", "show_typing_indicator"),
    ("send_email", "allow_email_contact"),
];

async fn by_default_everybody_may_everything(database: Database) {
    let server = Server::start(&database).await;
    let (ann, bob) = (server.new_user(), server.new_user());
    let reasons = [
        "everyone",
        "everyone",
        "everyone",
        "setting_on",
        "setting_on",
        "everyone",
        "setting_on",
        "public_account",
        "public_account",
    ];
    let decisions = ask_all(&service(&server), &ann, &bob).await;
    assert_eq!(decisions, reasons.map(yes));
}

async fn an_audience_of_contacts_lets_mutual_contacts_only(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let [ann, mutual, added, admirer, stranger] = [(); 5].map(|()| server.new_user());
    become_mutual_contacts(&ann, &mutual).await;
    add_contact(&ann, &added).await;
    add_contact(&admirer, &ann).await;
    for (action, setting) in BY_AUDIENCE {
        set(&ann, setting, "contacts").await;
        let decision = ask(&service, &mutual, &ann, action).await;
        assert_eq!(decision, yes("mutual_contact"), "{action}");
        for viewer in [&added, &admirer, &stranger] {
            let decision = ask(&service, viewer, &ann, action).await;
            assert_eq!(decision, no("not_a_contact"), "{action}");
        }
    }
}

async fn an_audience_of_nobody_lets_nobody(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob, stranger) = (server.new_user(), server.new_user(), server.new_user());
    become_mutual_contacts(&ann, &bob).await;
    for (action, setting) in BY_AUDIENCE {
        set(&ann, setting, "nobody").await;
        for viewer in [&bob, &stranger] {
            let decision = ask(&service, viewer, &ann, action).await;
            assert_eq!(decision, no("nobody"), "{action}");
        }
    }
}

async fn a_switch_decides_its_own_action_and_no_other(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let last_seen = [("view_last_seen", "show_last_seen")];
    for (switched, setting) in BY_SWITCH.into_iter().chain(last_seen) {
        let (ann, bob) = (server.new_user(), server.new_user());
        let before = ask_all(&service, &bob, &ann).await;
        set(&ann, setting, false).await;
        let after = ask_all(&service, &bob, &ann).await;
        for (index, action) in ACTIONS.into_iter().enumerate() {
            if action == switched {
                assert_eq!(after[index], no("setting_off"), "{action}");
            } else {
                assert_eq!(after[index], before[index], "{action}");
            }
        }
        set(&ann, setting, true).await;
        assert_eq!(ask_all(&service, &bob, &ann).await, before, "{setting}");
    }
}

async fn an_administrator_may_add_to_groups_whatever_the_audience(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, friend, stranger) = (server.new_user(), server.new_user(), server.new_user());
    become_mutual_contacts(&ann, &friend).await;
    // Where several reasons hold, the audience's comes first.
    for (audience, viewer, reason) in [
        ("everyone", &stranger, "everyone"),
        ("contacts", &friend, "mutual_contact"),
        ("contacts", &stranger, "admin"),
        ("nobody", &friend, "admin"),
        ("nobody", &stranger, "admin"),
    ] {
        set(&ann, "who_can_add_to_groups", audience).await;
        let decision = ask_for_admin(&service, viewer, &ann, "add_to_group").await;
        assert_eq!(decision, yes(reason), "{audience}");
    }
}

async fn content_of_a_private_account_is_for_accepted_followers(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob) = (server.new_user(), server.new_user());
    set(&ann, "isPrivate", true).await;
    let decision = ask(&service, &bob, &ann, "view_content").await;
    assert_eq!(decision, no("private_account"));
    let request = follow(&bob, &ann).await;
    let decision = ask(&service, &bob, &ann, "view_content").await;
    assert_eq!(decision, no("private_account"), "a request is not enough");
    accept(&ann, &request).await;
    let decision = ask(&service, &bob, &ann, "view_content").await;
    assert_eq!(decision, yes("accepted_follower"));
    unfollow(&bob, &ann).await;
    let decision = ask(&service, &bob, &ann, "view_content").await;
    assert_eq!(decision, no("private_account"));
}

async fn a_private_account_is_never_followed_without_approval(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob) = (server.new_user(), server.new_user());
    let action = "follow_without_approval";
    assert_eq!(
        ask(&service, &bob, &ann, action).await,
        yes("public_account")
    );
    follow(&bob, &ann).await;
    set(&ann, "isPrivate", true).await;
    // Not even by those who follow already.
    assert_eq!(
        ask(&service, &bob, &ann, action).await,
        no("private_account")
    );
    set(&ann, "isPrivate", false).await;
    assert_eq!(
        ask(&service, &bob, &ann, action).await,
        yes("public_account")
    );
}
