//! The lists that a follow is on.

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use std::num::NonZeroU16;

use privet_application::relationships::follows::{
    CountedList, FollowCounts, FollowList, FollowPage, FollowStore, FollowWish, PageQuery,
    PageStart,
};
use privet_application::relationships::{ListQuery, Position};
use privet_domain::relationships::follows::Follow;
use privet_domain::{Pair, UserId};

use super::{follow, make_private, wish};
use crate::Backend;
use crate::samples::some_id;

/// A request of a new user to follow this user.
fn by_somebody(user_id: UserId, seconds: i64) -> FollowWish {
    wish(Pair::new(some_id(), user_id).unwrap(), seconds)
}

/// A request of this user to follow a new user.
fn of_somebody(user_id: UserId, seconds: i64) -> FollowWish {
    wish(Pair::new(user_id, some_id()).unwrap(), seconds)
}

fn newest_first(follows: &mut [Follow]) {
    follows.sort_by_key(|follow| std::cmp::Reverse((follow.created_at, follow.id)));
}

async fn page<B: Backend>(backend: &B, query: PageQuery) -> FollowPage {
    backend.store().page_of_follows(&query).await.unwrap()
}

pub async fn every_follow_stands_in_its_one_list<B: Backend>(backend: &B) {
    let owner = some_id();
    let incoming = follow(backend, &by_somebody(owner, 1)).await;
    let outgoing = follow(backend, &of_somebody(owner, 2)).await;
    make_private(backend, owner).await;
    let received = follow(backend, &by_somebody(owner, 3)).await;
    let wish = of_somebody(owner, 4);
    make_private(backend, wish.pair.other()).await;
    let sent = follow(backend, &wish).await;
    follow(backend, &by_somebody(some_id(), 5)).await;
    for (list, expected) in [
        (FollowList::Followers, incoming),
        (FollowList::Following, outgoing),
        (FollowList::RequestsReceived, received),
        (FollowList::RequestsSent, sent),
    ] {
        let query = ListQuery {
            owner,
            behind: None,
            limit: 10,
        };
        let listed = backend.store().list_follows(list, &query).await.unwrap();
        assert_eq!(listed, [expected], "{list:?}");
    }
    for (list, expected) in [
        (CountedList::Followers, incoming),
        (CountedList::Following, outgoing),
        (CountedList::RequestsReceived, received),
    ] {
        let query = PageQuery {
            owner,
            list,
            start: PageStart::First,
            limit: 10,
        };
        let items = vec![expected];
        assert_eq!(page(backend, query).await, FollowPage { items, total: 1 });
    }
}

pub async fn pages_hold_a_list_newest_first_and_know_its_length<B: Backend>(backend: &B) {
    let owner = some_id();
    let mut expected = Vec::new();
    for seconds in [1, 5, 2, 2, 2, 4, 3] {
        expected.push(follow(backend, &by_somebody(owner, seconds)).await);
    }
    newest_first(&mut expected);
    let found = async |start, limit| {
        let query = PageQuery {
            owner,
            list: CountedList::Followers,
            start,
            limit,
        };
        let found = page(backend, query).await;
        assert_eq!(found.total, 7, "{start:?}");
        found.items
    };
    assert_eq!(found(PageStart::First, 3).await, expected[..3]);
    assert_eq!(found(PageStart::First, u32::MAX).await, expected);
    for number in (1..=8).chain([10_000, u16::MAX]) {
        let behind = expected.get(usize::from(number)..).unwrap_or_default();
        let start = PageStart::BehindItem(NonZeroU16::new(number).unwrap());
        let first = &behind[..behind.len().min(3)];
        assert_eq!(found(start, 3).await, first, "{number}");
        assert_eq!(found(start, u32::MAX).await, behind, "{number}");
    }
    for (number, item) in expected.iter().enumerate() {
        let start = PageStart::Behind(Position {
            at: item.created_at,
            id: item.id,
        });
        assert_eq!(found(start, 100).await, expected[number + 1..]);
    }
}

pub async fn no_follow_is_passed_over_or_listed_twice<B: Backend>(backend: &B) {
    let owner = some_id();
    let mut expected = Vec::new();
    for seconds in [1, 1, 2, 2, 2, 3, 1] {
        expected.push(follow(backend, &of_somebody(owner, seconds)).await);
    }
    newest_first(&mut expected);
    let mut query = ListQuery {
        owner,
        behind: None,
        limit: 2,
    };
    let mut listed = Vec::new();
    loop {
        let part = backend.store().list_follows(FollowList::Following, &query);
        let part = part.await.unwrap();
        let Some(last) = part.last() else { break };
        query.behind = Some(Position {
            at: last.created_at,
            id: last.id,
        });
        listed.extend(part);
        follow(backend, &of_somebody(owner, 5)).await;
    }
    assert_eq!(listed, expected);
}

pub async fn follows_are_counted_each_for_what_it_is<B: Backend>(backend: &B) {
    let owner = some_id();
    let counted = backend.store().count_follows(owner).await.unwrap();
    let mut expected = FollowCounts {
        followers: 0,
        following: 0,
        requests_received: 0,
    };
    assert_eq!(counted, expected);
    for _ in 0..3 {
        follow(backend, &by_somebody(owner, 1)).await;
    }
    for _ in 0..2 {
        follow(backend, &of_somebody(owner, 1)).await;
    }
    make_private(backend, owner).await;
    follow(backend, &by_somebody(owner, 1)).await;
    // Sent requests are not counted.
    let wish = of_somebody(owner, 1);
    make_private(backend, wish.pair.other()).await;
    follow(backend, &wish).await;
    expected = FollowCounts {
        followers: 3,
        following: 2,
        requests_received: 1,
    };
    let counted = backend.store().count_follows(owner).await.unwrap();
    assert_eq!(counted, expected);
}
