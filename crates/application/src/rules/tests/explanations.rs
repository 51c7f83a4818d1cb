//! Explanations and previews.

use privet_domain::relationships::exceptions::Exception;
use privet_domain::rules::enforcement::{Profile, Visibility};
use privet_domain::rules::explanations::MadeUpViewer;
use privet_domain::rules::reason::Reason;
use serde_json::json;

use super::super::explanations::View;
use super::{SUBJECT, except, messenger_with, question, with};
use crate::fakes::{Services, pair, user};
use crate::rules::decisions::Needs;

#[tokio::test]
async fn an_explanation_is_what_a_service_is_told() {
    let services = messenger_with(&json!({"show_last_seen": false})).await;
    except(&services, pair(2, 1), "call", Exception::Never).await;
    let (rules, messenger) = (&services.rules, &services.catalogue);
    for viewer in [1, 2, 3] {
        let decided = rules.decide_all_actions(messenger, question(viewer, 2), false);
        let decided = decided.await.unwrap();
        let explained = rules.explain(messenger, SUBJECT, View::User(user(viewer)));
        let explained = explained.await.unwrap().unwrap();
        let explained: Vec<_> = explained.iter().map(|it| (it.rule, it.decision)).collect();
        assert_eq!(explained, decided);
    }
}

#[tokio::test]
async fn a_made_up_viewer_has_no_exceptions_and_reciprocates() {
    let services = messenger_with(&json!({"who_can_call": "close_friends"})).await;
    let messenger = &services.catalogue;
    for (viewer, expected) in [
        (MadeUpViewer::Stranger, Reason::NotACloseFriend),
        (MadeUpViewer::CloseFriend, Reason::CloseFriend),
    ] {
        let explained = services
            .rules
            .explain(messenger, SUBJECT, View::MadeUp(viewer));
        let explained = explained.await.unwrap().unwrap();
        let reason = |name: &str| {
            let found = explained.iter().find(|it| it.rule.name() == name);
            found.unwrap().decision.reason
        };
        assert_eq!(reason("call"), expected);
        assert_eq!(reason("view_typing"), Reason::SettingOn);
    }
    let asked = services.store.inquiries();
    let mut needs = asked.iter().flatten().map(|it| it.needs);
    assert!(needs.all(|needs| needs == Needs::default()));
}

#[tokio::test]
async fn to_an_erased_viewer_nothing_is_explained_or_shown() {
    let services = Services::new();
    services.accounts.erase_user(user(4)).await.unwrap();
    let (rules, view) = (&services.rules, View::User(user(4)));
    let explained = rules.explain(&services.catalogue, SUBJECT, view).await;
    assert!(explained.unwrap().is_none());
    let preview = rules.preview(SUBJECT, view, Profile::default());
    assert!(preview.await.unwrap().is_none());
}

#[tokio::test]
async fn a_preview_is_what_enforcement_gives_that_viewer() {
    let services = with(&json!({"who_can_see_profile": "nobody"})).await;
    for (view, visibility) in [
        (View::User(user(1)), Visibility::Limited),
        (View::User(SUBJECT), Visibility::Full),
        (View::MadeUp(MadeUpViewer::Contact), Visibility::Limited),
    ] {
        let preview = services.rules.preview(SUBJECT, view, Profile::default());
        let preview = preview.await.unwrap().unwrap();
        assert_eq!(preview.visibility, visibility, "{view:?}");
    }
}
