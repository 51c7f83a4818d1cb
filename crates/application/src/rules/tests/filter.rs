//! Filters.

use privet_domain::catalogue::CoreAction;
use serde_json::json;

use super::super::filter::Filter;
use super::{SUBJECT, with};
use crate::fakes::user;

#[tokio::test]
async fn those_who_may_are_answered_in_their_order_with_doubles_from_one_snapshot() {
    let (viewer, other) = (user(1), user(3));
    let many = vec![other, SUBJECT, viewer, other];
    let of_subject = |subject| Filter::Viewers {
        subject,
        viewers: many.clone(),
    };
    let subjects = Filter::Subjects {
        viewer,
        subjects: many.clone(),
    };
    for (filter, expected) in [
        (subjects, vec![other, viewer, other]),
        (of_subject(SUBJECT), vec![SUBJECT]),
        (of_subject(other), many.clone()),
    ] {
        let services = with(&json!({"show_typing_indicator": false})).await;
        let core = &services.catalogue;
        let rule = core.core_action(CoreAction::ViewTyping);
        let filtered = services.rules.filter(core, rule, &filter, false).await;
        assert_eq!(filtered.unwrap(), expected, "{filter:?}");
        assert_eq!(services.store.inquiries().len(), 1);
    }
}

#[tokio::test]
async fn an_administrator_is_one_for_all_who_are_filtered() {
    let services = with(&json!({"who_can_add_to_groups": "nobody"})).await;
    let core = &services.catalogue;
    let rule = core.core_action(CoreAction::AddToGroup);
    let filter = Filter::Subjects {
        viewer: user(1),
        subjects: vec![SUBJECT],
    };
    for (is_admin, expected) in [(false, vec![]), (true, vec![SUBJECT])] {
        let filtered = services.rules.filter(core, rule, &filter, is_admin).await;
        assert_eq!(filtered.unwrap(), expected);
    }
}
