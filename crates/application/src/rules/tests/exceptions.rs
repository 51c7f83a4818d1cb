//! Exceptions come before settings, and lists of follows do not ask for them.

use privet_domain::catalogue::CoreAction;
use privet_domain::relationships::exceptions::Exception;
use privet_domain::rules::reason::Reason;
use serde_json::json;

use super::{except, question, reason, with};
use crate::fakes::{Services, pair};

#[tokio::test]
async fn an_exception_comes_before_the_setting_and_after_a_block() {
    let services = with(&json!({"show_typing_indicator": false})).await;
    let decide = || reason(&services, question(1, 2), CoreAction::ViewTyping);
    except(&services, pair(2, 1), "view_typing", Exception::Always).await;
    assert_eq!(decide().await, Reason::ExceptionAlways);
    except(&services, pair(2, 1), "view_typing", Exception::Never).await;
    assert_eq!(decide().await, Reason::ExceptionNever);
    services.relationships.add_block(pair(2, 1)).await.unwrap();
    assert_eq!(decide().await, Reason::Blocked);
    let relationships = &services.relationships;
    relationships.remove_block(pair(2, 1)).await.unwrap();
    relationships.remove_exceptions(pair(2, 1)).await.unwrap();
    assert_eq!(decide().await, Reason::SettingOff);
}

#[tokio::test]
async fn an_exception_holds_for_one_person_one_action_and_one_direction() {
    let services = Services::new();
    except(&services, pair(2, 1), "view_typing", Exception::Never).await;
    for (asked, action) in [
        (question(3, 2), CoreAction::ViewTyping),
        (question(1, 2), CoreAction::ViewReadReceipts),
        (question(2, 1), CoreAction::ViewTyping),
    ] {
        assert_eq!(reason(&services, asked, action).await, Reason::SettingOn);
    }
}

#[tokio::test]
async fn lists_of_follows_are_open_by_the_settings_alone() {
    let services = Services::new();
    except(&services, pair(2, 1), "view_content", Exception::Never).await;
    let asked = question(1, 2);
    let decided = reason(&services, asked, CoreAction::ViewContent).await;
    assert_eq!(decided, Reason::ExceptionNever);
    assert!(services.rules.may_see_follow_lists(asked).await.unwrap());
}
