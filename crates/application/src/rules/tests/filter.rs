//! Filters.

use super::super::filter::Filter;
use super::*;

#[tokio::test]
async fn those_who_may_are_answered_in_their_order_with_doubles_from_one_snapshot() {
    let core = Catalogue::core();
    let rule = core.core_action(CoreAction::ViewTyping);
    let many = vec![OTHER, SUBJECT, VIEWER, OTHER];
    let subjects = Filter::Subjects {
        viewer: VIEWER,
        subjects: many.clone(),
    };
    let of_subject = |subject| Filter::Viewers {
        subject,
        viewers: many.clone(),
    };
    for (filter, expected) in [
        (subjects, vec![OTHER, VIEWER, OTHER]),
        (of_subject(SUBJECT), vec![SUBJECT]),
        (of_subject(OTHER), many.clone()),
    ] {
        let (rules, store) = service(with("messaging.show_typing_indicator", json!(false)));
        let filtered = rules.filter(&core, rule, &filter, false).await.unwrap();
        assert_eq!(filtered, expected, "{filter:?}");
        assert_eq!(store.asked.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_administrator_is_one_for_all_who_are_filtered() {
    let core = Catalogue::core();
    let rule = core.core_action(CoreAction::AddToGroup);
    let filter = Filter::Subjects {
        viewer: VIEWER,
        subjects: vec![SUBJECT],
    };
    for (is_admin, expected) in [(false, vec![]), (true, vec![SUBJECT])] {
        let (rules, _) = service(with("messaging.who_can_add_to_groups", json!("nobody")));
        let filtered = rules.filter(&core, rule, &filter, is_admin).await.unwrap();
        assert_eq!(filtered, expected);
    }
}
