//! What comes before any setting, in this order: oneself, erasure, a block.

use crate::support::acting::{
    accept, become_mutual_contacts, block, close_everything, erase, follow, set, unblock,
};
use crate::support::asking::{ACTIONS, admin_check, ask, ask_all, decide, no, service, yes};
use crate::support::{Database, Server};

in_every_setup![
    everybody_may_do_everything_to_themselves,
    even_the_erased_may_do_everything_to_themselves,
    nothing_is_allowed_where_either_was_erased,
    a_blocked_viewer_may_nothing,
    erasure_comes_before_a_block,
    a_block_comes_before_every_setting,
    having_blocked_somebody_changes_nothing_about_what_one_may_see_of_them,
    a_lifted_block_leaves_contacts_and_settings_as_they_were,
    a_lifted_block_brings_no_follow_back,
];

async fn everybody_may_do_everything_to_themselves(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let ann = server.new_user();
    assert_eq!(
        ask_all(&service, &ann, &ann).await,
        [(); 9].map(|()| yes("self"))
    );
    close_everything(&ann).await;
    assert_eq!(
        ask_all(&service, &ann, &ann).await,
        [(); 9].map(|()| yes("self"))
    );
}

async fn even_the_erased_may_do_everything_to_themselves(database: Database) {
    let server = Server::start(&database).await;
    let ann = server.new_user();
    erase(&ann).await;
    let decisions = ask_all(&service(&server), &ann, &ann).await;
    assert_eq!(decisions, [(); 9].map(|()| yes("self")));
}

async fn nothing_is_allowed_where_either_was_erased(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob, unseen) = (server.new_user(), server.new_user(), server.new_user());
    become_mutual_contacts(&ann, &bob).await;
    follow(&ann, &bob).await;
    erase(&ann).await;
    for other in [&bob, &unseen] {
        for (viewer, subject) in [(&ann, other), (other, &ann)] {
            let check = |action| admin_check(viewer.id(), subject.id(), action);
            let decisions = decide(&service, ACTIONS.map(check).into()).await;
            assert_eq!(decisions, [(); 9].map(|()| no("erased")));
        }
    }
}

async fn a_blocked_viewer_may_nothing(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob) = (server.new_user(), server.new_user());
    become_mutual_contacts(&ann, &bob).await;
    follow(&bob, &ann).await;
    block(&ann, &bob).await;
    let check = |action| admin_check(bob.id(), ann.id(), action);
    let as_admin = decide(&service, ACTIONS.map(check).into()).await;
    assert_eq!(as_admin, [(); 9].map(|()| no("blocked")));
    let decisions = ask_all(&service, &bob, &ann).await;
    assert_eq!(decisions, [(); 9].map(|()| no("blocked")));
}

async fn erasure_comes_before_a_block(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    for erased in [0, 1] {
        let users = [server.new_user(), server.new_user()];
        block(&users[0], &users[1]).await;
        block(&users[1], &users[0]).await;
        erase(&users[erased]).await;
        for (viewer, subject) in [(0, 1), (1, 0)] {
            let decisions = ask_all(&service, &users[viewer], &users[subject]).await;
            assert_eq!(decisions, [(); 9].map(|()| no("erased")));
        }
    }
}

async fn a_block_comes_before_every_setting(database: Database) {
    let server = Server::start(&database).await;
    let (ann, bob) = (server.new_user(), server.new_user());
    close_everything(&ann).await;
    block(&ann, &bob).await;
    let decisions = ask_all(&service(&server), &bob, &ann).await;
    assert_eq!(decisions, [(); 9].map(|()| no("blocked")));
}

async fn having_blocked_somebody_changes_nothing_about_what_one_may_see_of_them(
    database: Database,
) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob) = (server.new_user(), server.new_user());
    set(&bob, "who_can_see_profile", "contacts").await;
    set(&bob, "who_can_add_to_groups", "nobody").await;
    set(&bob, "show_typing_indicator", false).await;
    become_mutual_contacts(&ann, &bob).await;
    let before = ask_all(&service, &ann, &bob).await;
    block(&ann, &bob).await;
    assert_eq!(ask_all(&service, &ann, &bob).await, before);
}

async fn a_lifted_block_leaves_contacts_and_settings_as_they_were(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob) = (server.new_user(), server.new_user());
    set(&ann, "who_can_see_profile", "contacts").await;
    set(&ann, "allow_email_contact", false).await;
    become_mutual_contacts(&ann, &bob).await;
    let before = ask_all(&service, &bob, &ann).await;
    assert_eq!(before[0], yes("mutual_contact"));
    block(&ann, &bob).await;
    unblock(&ann, &bob).await;
    assert_eq!(ask_all(&service, &bob, &ann).await, before);
}

async fn a_lifted_block_brings_no_follow_back(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    // Whoever of the two blocks.
    for by_the_followed in [true, false] {
        let (ann, bob) = (server.new_user(), server.new_user());
        set(&ann, "isPrivate", true).await;
        let request = follow(&bob, &ann).await;
        accept(&ann, &request).await;
        let decision = ask(&service, &bob, &ann, "view_content").await;
        assert_eq!(decision, yes("accepted_follower"));
        let (one, other) = if by_the_followed {
            (&ann, &bob)
        } else {
            (&bob, &ann)
        };
        block(one, other).await;
        unblock(one, other).await;
        let decision = ask(&service, &bob, &ann, "view_content").await;
        assert_eq!(decision, no("private_account"));
    }
}
