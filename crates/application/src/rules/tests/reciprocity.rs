//! Reciprocal actions, and what is read for them.

use privet_domain::catalogue::{ActionRule, CoreAction};
use privet_domain::relationships::exceptions::Exception;
use privet_domain::rules::reason::Reason;
use serde_json::json;

use super::{except, messenger_with, question, reason};
use crate::fakes::pair;
use crate::rules::decisions::Check;

#[tokio::test]
async fn who_hides_something_does_not_see_it() {
    let services = messenger_with(&json!({"show_typing_indicator": false})).await;
    for (viewer, subject, expected) in [
        (2, 3, Reason::NotReciprocated),
        (3, 2, Reason::SettingOff),
        (3, 1, Reason::SettingOn),
    ] {
        let decided = reason(&services, question(viewer, subject), CoreAction::ViewTyping);
        assert_eq!(decided.await, expected, "{viewer} {subject}");
    }
}

#[tokio::test]
async fn the_viewers_exceptions_count_and_the_subjects_always_comes_first() {
    let services = messenger_with(&json!({"show_typing_indicator": false})).await;
    let decide = || reason(&services, question(2, 3), CoreAction::ViewTyping);
    except(&services, pair(2, 3), "view_typing", Exception::Always).await;
    assert_eq!(decide().await, Reason::SettingOn);
    except(&services, pair(2, 3), "view_typing", Exception::Never).await;
    assert_eq!(decide().await, Reason::NotReciprocated);
    except(&services, pair(3, 2), "view_typing", Exception::Always).await;
    assert_eq!(decide().await, Reason::ExceptionAlways);
}

#[tokio::test]
async fn the_viewers_row_is_asked_for_by_reciprocal_actions_only() {
    let services = messenger_with(&json!({})).await;
    let messenger = &services.catalogue;
    for rule in messenger.actions() {
        let check = Check {
            question: question(1, 2),
            rule,
            viewer_is_admin: false,
        };
        services.rules.decide(messenger, &[check]).await.unwrap();
    }
    let asked = services.store.inquiries();
    let viewers = asked.iter().flatten().map(|it| it.needs.viewer);
    assert!(viewers.eq(messenger.actions().iter().map(ActionRule::is_reciprocal)));
}
