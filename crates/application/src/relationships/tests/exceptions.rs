//! Exceptions for persons.

use privet_domain::catalogue::CoreAction;
use privet_domain::relationships::exceptions::{
    Exception, Exceptions, MOST_PEOPLE_WITH_EXCEPTIONS, PersonWithExceptions,
};
use privet_domain::relationships::follows::FollowStatus;

use super::{erase, error, follow, set_private};
use crate::fakes::{Services, at, pair, user};
use crate::relationships::ListQuery;

fn never(action: CoreAction) -> Exceptions {
    Exceptions::of([(action.as_str(), Exception::Never)])
}

#[tokio::test]
async fn exceptions_replace_those_before_and_repeating_them_moves_no_time() {
    let services = Services::new();
    let relationships = &services.relationships;
    let (typing, profile) = (
        never(CoreAction::ViewTyping),
        never(CoreAction::ViewProfile),
    );
    for (seconds, exceptions, updated_at, is_new) in [
        (0, &typing, at(0), true),
        (60, &typing, at(0), false),
        (120, &profile, at(120), false),
    ] {
        services.clock.set(at(seconds));
        let set = relationships.set_exceptions(pair(1, 2), exceptions).await;
        let person = PersonWithExceptions {
            user_id: user(2),
            exceptions: exceptions.clone(),
            updated_at,
        };
        assert_eq!(set.unwrap(), (person.clone(), is_new));
        let found = relationships.get_exceptions(pair(1, 2)).await;
        assert_eq!(found.unwrap(), person);
    }
    assert_eq!(
        error(relationships.get_exceptions(pair(2, 1)).await),
        "not found"
    );
}

#[tokio::test]
async fn exceptions_are_removed_once_and_by_their_owner_only() {
    let services = Services::new();
    let relationships = &services.relationships;
    let exceptions = never(CoreAction::ViewTyping);
    let set = relationships.set_exceptions(pair(1, 2), &exceptions);
    set.await.unwrap();
    for (actor, other, result) in [(2, 1, false), (1, 2, true), (1, 2, false)] {
        let removed = relationships.remove_exceptions(pair(actor, other)).await;
        assert_eq!(removed.is_ok(), result);
    }
}

#[tokio::test]
async fn a_list_goes_by_the_last_change_and_by_action() {
    let services = Services::new();
    let relationships = &services.relationships;
    for (seconds, other, action) in [
        (0, 2, CoreAction::ViewTyping),
        (1, 3, CoreAction::ViewProfile),
        (2, 4, CoreAction::ViewTyping),
        (3, 2, CoreAction::ViewTyping),
    ] {
        services.clock.set(at(seconds));
        let exceptions = never(action);
        let set = relationships.set_exceptions(pair(1, other), &exceptions);
        set.await.unwrap();
    }
    let query = ListQuery {
        owner: user(1),
        behind: None,
        limit: 10,
    };
    for (action, expected) in [
        (None, vec![user(4), user(3), user(2)]),
        (Some("view_typing"), vec![user(4), user(2)]),
        (Some("add_to_group"), vec![]),
    ] {
        let list = relationships.list_exceptions(query, action).await.unwrap();
        let people: Vec<_> = list.items.iter().map(|it| it.user_id).collect();
        assert_eq!(people, expected);
    }
}

#[tokio::test]
async fn one_more_than_the_limit_is_refused_and_those_who_stand_may_change() {
    let services = Services::new();
    let relationships = &services.relationships;
    let exceptions = never(CoreAction::ViewTyping);
    for other in 0..u128::from(MOST_PEOPLE_WITH_EXCEPTIONS) {
        let set = relationships.set_exceptions(pair(1, 10 + other), &exceptions);
        set.await.unwrap();
    }
    let set = relationships.set_exceptions(pair(1, 2), &exceptions).await;
    assert_eq!(error(set), "limit reached");
    let changed = never(CoreAction::ViewProfile);
    let set = relationships.set_exceptions(pair(1, 10), &changed).await;
    set.unwrap();
}

#[tokio::test]
async fn an_exception_follows_without_approval_or_makes_a_request_of_it() {
    let services = Services::new();
    let relationships = &services.relationships;
    set_private(&services, 2, true).await;
    for (exception, expected) in [
        (Exception::Always, FollowStatus::Accepted),
        (Exception::Never, FollowStatus::Pending),
    ] {
        let exceptions = Exceptions::of([("follow_without_approval", exception)]);
        let set = relationships.set_exceptions(pair(2, 1), &exceptions);
        set.await.unwrap();
        assert_eq!(follow(&services, 1, 2).await.status, expected);
        relationships.unfollow(pair(1, 2)).await.unwrap();
        set_private(&services, 2, false).await;
    }
}

#[tokio::test]
async fn an_erased_user_has_no_exceptions_and_gets_none() {
    let services = Services::new();
    let relationships = &services.relationships;
    let exceptions = never(CoreAction::ViewTyping);
    let set = relationships.set_exceptions(pair(1, 2), &exceptions);
    set.await.unwrap();
    erase(&services, 2).await;
    assert_eq!(
        error(relationships.get_exceptions(pair(1, 2)).await),
        "not found"
    );
    let set = relationships.set_exceptions(pair(1, 2), &exceptions).await;
    assert_eq!(error(set), "not found");
    let set = relationships.set_exceptions(pair(2, 1), &exceptions).await;
    assert_eq!(error(set), "caller erased");
}
