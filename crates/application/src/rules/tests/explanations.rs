//! Explanations and previews.

use privet_domain::rules::explanations::MadeUpViewer;

use super::super::explanations::View;
use super::*;

#[tokio::test]
async fn an_explanation_is_what_a_service_is_told() {
    let messenger = Catalogue::messenger();
    let exceptions = Exceptions::of([("call", Exception::Never)]);
    let (rules, _) = service_with(
        Catalogue::messenger(),
        Fake {
            exceptions: HashMap::from([((SUBJECT, VIEWER), exceptions)]),
            ..with("messaging.show_last_seen", json!(false))
        },
    );
    for viewer in [VIEWER, OTHER, SUBJECT] {
        let question = Question {
            viewer,
            subject: SUBJECT,
        };
        let decided = rules.decide_all_actions(&messenger, question, false);
        let decided = decided.await.unwrap();
        let explained = rules.explain(&messenger, SUBJECT, View::User(viewer));
        let explained = explained.await.unwrap().unwrap();
        let explained: Vec<_> = explained.iter().map(|it| (it.rule, it.decision)).collect();
        assert_eq!(explained, decided);
    }
}

#[tokio::test]
async fn a_made_up_viewer_has_no_exceptions_and_reciprocates() {
    let messenger = Catalogue::messenger();
    let (rules, store) = service_with(
        Catalogue::messenger(),
        with("messaging.who_can_call", json!("close_friends")),
    );
    for (viewer, expected) in [
        (MadeUpViewer::Stranger, Reason::NotACloseFriend),
        (MadeUpViewer::CloseFriend, Reason::CloseFriend),
    ] {
        let explained = rules.explain(&messenger, SUBJECT, View::MadeUp(viewer));
        let explained = explained.await.unwrap().unwrap();
        let reason = |name: &str| {
            let found = explained.iter().find(|it| it.rule.name() == name);
            found.unwrap().decision.reason
        };
        assert_eq!(reason("call"), expected);
        assert_eq!(reason("view_typing"), Reason::SettingOn);
    }
    let asked = store.asked.lock().unwrap();
    assert!(
        asked
            .iter()
            .flatten()
            .all(|it| it.needs == Needs::default())
    );
}

#[tokio::test]
async fn to_an_erased_viewer_nothing_is_explained_or_shown() {
    let core = Catalogue::core();
    let (rules, _) = service(Fake::default());
    let view = View::User(ERASED);
    assert!(rules.explain(&core, SUBJECT, view).await.unwrap().is_none());
    let preview = rules.preview(SUBJECT, view, Profile::default());
    assert!(preview.await.unwrap().is_none());
}

#[tokio::test]
async fn a_preview_is_what_enforcement_gives_that_viewer() {
    let (rules, _) = service(with("messaging.who_can_see_profile", json!("nobody")));
    for (view, visibility) in [
        (View::User(VIEWER), Visibility::Limited),
        (View::User(SUBJECT), Visibility::Full),
        (View::MadeUp(MadeUpViewer::Contact), Visibility::Limited),
    ] {
        let preview = rules.preview(SUBJECT, view, Profile::default());
        let preview = preview.await.unwrap().unwrap();
        assert_eq!(preview.visibility, visibility, "{view:?}");
    }
}
