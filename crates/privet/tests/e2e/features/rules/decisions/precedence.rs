//! What comes before any setting, in this order: oneself, erasure, a block.

use crate::support::acting::{become_mutual_contacts, block, close_everything, erase, follow, set};
use crate::support::asking::{ACTIONS, admin_check, ask_all, decide, no, service, yes};
use crate::support::{Database, Server};

in_one_setup![
    everybody_may_do_everything_to_themselves,
    nothing_is_allowed_where_either_was_erased,
    a_blocked_viewer_may_nothing,
    having_blocked_somebody_changes_nothing_about_what_one_may_see_of_them,
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
