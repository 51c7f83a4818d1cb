//! Lists: their parts and pages, and who may see them.

use std::num::NonZeroU16;

use privet_domain::relationships::follows::Follow;

use super::{ask, erase, error, follow, set_private};
use crate::fakes::{Services, at, pair, user};
use crate::relationships::follows::{
    CountedList, FollowCounts, FollowList, FollowListPage, FollowRequestDecision, PageQuery,
    PageStart,
};
use crate::relationships::{ListPart, ListQuery, Position};

fn part(owner: u128, behind: Option<Position>, limit: u32) -> ListQuery {
    ListQuery {
        owner: user(owner),
        behind,
        limit,
    }
}

fn page(owner: u128, list: CountedList, start: PageStart, limit: u32) -> PageQuery {
    PageQuery {
        owner: user(owner),
        list,
        start,
        limit,
    }
}

/// Contacts and blocks of user 1: users 2 to 8, some of them in the same second.
async fn seven_of_each() -> Services {
    let services = Services::new();
    for (number, seconds) in (2..).zip([1, 1, 1, 2, 3, 3, 4]) {
        services.clock.set(at(seconds));
        services
            .relationships
            .add_contact(pair(1, number))
            .await
            .unwrap();
        services
            .relationships
            .add_block(pair(1, number))
            .await
            .unwrap();
    }
    services
}

#[tokio::test]
async fn lists_hold_every_item_once_newest_first_however_long_their_parts_are() {
    let services = seven_of_each().await;
    let expected: Vec<_> = (2..9).rev().map(user).collect();
    for limit in [1, 2, 3, 6, 7, 100] {
        let (mut contacts, mut blocks) = (Vec::new(), Vec::new());
        let mut behind = None;
        loop {
            let query = part(1, behind, limit);
            let found = services.relationships.list_contacts(query).await.unwrap();
            let blocked = services.relationships.list_blocks(query).await.unwrap();
            assert_eq!(found.next, blocked.next);
            assert!(found.items.len() <= limit as usize);
            contacts.extend(found.items.iter().map(|contact| contact.user_id));
            blocks.extend(blocked.items.iter().map(|block| block.user_id));
            behind = found.next;
            if behind.is_none() {
                break;
            }
        }
        assert_eq!((&contacts, &blocks), (&expected, &expected), "{limit}");
    }
}

#[tokio::test]
async fn what_changes_meanwhile_moves_nothing_from_one_part_into_another() {
    let services = seven_of_each().await;
    let contacts = &services.relationships;
    let first = contacts.list_contacts(part(1, None, 3)).await.unwrap();
    services.clock.set(at(9));
    contacts.add_contact(pair(1, 99)).await.unwrap();
    contacts.remove_contact(pair(1, 8)).await.unwrap();
    let second = contacts
        .list_contacts(part(1, first.next, 3))
        .await
        .unwrap();
    let listed: Vec<_> = second.items.iter().map(|contact| contact.user_id).collect();
    assert_eq!(listed, [5, 4, 3].map(user));
}

#[tokio::test]
async fn nobody_is_shown_the_lists_of_another() {
    let services = seven_of_each().await;
    let contacts = services
        .relationships
        .list_contacts(part(2, None, 10))
        .await;
    assert_eq!(
        contacts.unwrap(),
        ListPart {
            items: vec![],
            next: None
        }
    );
    let blocks = services.relationships.list_blocks(part(2, None, 10)).await;
    assert_eq!(
        blocks.unwrap(),
        ListPart {
            items: vec![],
            next: None
        }
    );
}

#[tokio::test]
async fn an_erased_user_is_in_nobodys_list() {
    let services = seven_of_each().await;
    follow(&services, 9, 10).await;
    follow(&services, 11, 10).await;
    erase(&services, 8).await;
    erase(&services, 9).await;
    let relationships = &services.relationships;
    let contacts = relationships
        .list_contacts(part(1, None, 10))
        .await
        .unwrap();
    assert_eq!(contacts.items.len(), 6);
    let blocks = relationships.list_blocks(part(1, None, 10)).await.unwrap();
    assert_eq!(blocks.items.len(), 6);
    let query = page(10, CountedList::Followers, PageStart::First, 10);
    let followers = relationships
        .page_of_follows(user(1), &query)
        .await
        .unwrap();
    assert_eq!((followers.part.items.len(), followers.total), (1, 1));
}

/// Users 2 to 6 follow user 1, one second after another.
async fn five_followers() -> (Services, Vec<Follow>) {
    let services = Services::new();
    let mut followers = Vec::new();
    for number in 2..7 {
        services.clock.set(at(i64::try_from(number).unwrap()));
        followers.push(follow(&services, number, 1).await);
    }
    followers.reverse();
    (services, followers)
}

async fn followers(services: &Services, start: PageStart, limit: u32) -> FollowListPage {
    let query = page(1, CountedList::Followers, start, limit);
    services
        .relationships
        .page_of_follows(user(9), &query)
        .await
        .unwrap()
}

#[tokio::test]
async fn pages_by_number_and_by_position_hold_the_same() {
    let (services, expected) = five_followers().await;
    let first = followers(&services, PageStart::First, 2).await;
    assert_eq!((&first.part.items[..], first.total), (&expected[..2], 5));
    let by_number = PageStart::BehindItem(NonZeroU16::new(2).unwrap());
    let by_position = PageStart::Behind(first.part.next.unwrap());
    let second = followers(&services, by_number, 2).await;
    assert_eq!(second, followers(&services, by_position, 2).await);
    assert_eq!(second.part.items, expected[2..4]);
    let last = followers(&services, PageStart::Behind(second.part.next.unwrap()), 2).await;
    assert_eq!(
        (&last.part.items[..], last.part.next),
        (&expected[4..], None)
    );
}

#[tokio::test]
async fn a_page_past_the_end_is_empty_and_knows_the_length() {
    let (services, _) = five_followers().await;
    let past = PageStart::BehindItem(NonZeroU16::new(40).unwrap());
    let page = followers(&services, past, 20).await;
    assert_eq!(
        (page.part.items.len(), page.part.next, page.total),
        (0, None, 5)
    );
}

#[tokio::test]
async fn lists_of_a_private_account_are_for_itself_and_its_followers() {
    let services = Services::new();
    follow(&services, 2, 1).await;
    follow(&services, 1, 3).await;
    ask(&services, 4, 1).await;
    for list in [CountedList::Followers, CountedList::Following] {
        let query = page(1, list, PageStart::First, 10);
        let seen_by = |viewer| services.relationships.page_of_follows(user(viewer), &query);
        for allowed in [1, 2] {
            assert_eq!(seen_by(allowed).await.unwrap().total, 1);
        }
        for refused in [3, 4, 5] {
            assert_eq!(error(seen_by(refused).await), "hidden");
        }
        set_private(&services, 1, false).await;
        assert_eq!(seen_by(5).await.unwrap().total, 1);
        set_private(&services, 1, true).await;
    }
}

#[tokio::test]
async fn a_blocked_viewer_is_shown_no_list() {
    let services = Services::new();
    services.relationships.add_block(pair(1, 2)).await.unwrap();
    let query = page(1, CountedList::Followers, PageStart::First, 10);
    let seen = services
        .relationships
        .page_of_follows(user(2), &query)
        .await;
    assert_eq!(error(seen), "hidden");
}

#[tokio::test]
async fn an_erased_user_has_no_lists_and_no_counts() {
    let (services, _) = five_followers().await;
    erase(&services, 1).await;
    let query = page(1, CountedList::Followers, PageStart::First, 10);
    let seen = services
        .relationships
        .page_of_follows(user(2), &query)
        .await;
    assert_eq!(error(seen), "not found");
    assert_eq!(
        error(services.relationships.count_follows(user(1)).await),
        "not found"
    );
}

#[tokio::test]
async fn requests_are_listed_for_the_one_who_was_asked_until_they_are_decided() {
    let services = Services::new();
    let request = ask(&services, 2, 1).await;
    let other = ask(&services, 3, 1).await;
    let requests = || {
        services
            .relationships
            .page_of_follow_requests(user(1), PageStart::First, 10)
    };
    assert_eq!(requests().await.unwrap().total, 2);
    let decide = |id, decision| {
        services
            .relationships
            .decide_follow_request(user(1), id, decision)
    };
    decide(request.id, FollowRequestDecision::Accept)
        .await
        .unwrap();
    assert_eq!(requests().await.unwrap().part.items, [other]);
    decide(other.id, FollowRequestDecision::Decline)
        .await
        .unwrap();
    assert_eq!(requests().await.unwrap().total, 0);
}

#[tokio::test]
async fn each_follow_stands_in_its_lists_and_is_counted_once() {
    let services = Services::new();
    let accepted = follow(&services, 1, 2).await;
    let pending = ask(&services, 1, 3).await;
    let relationships = &services.relationships;
    for (owner, list, expected) in [
        (1, FollowList::Following, vec![accepted]),
        (1, FollowList::RequestsSent, vec![pending]),
        (1, FollowList::Followers, vec![]),
        (2, FollowList::Followers, vec![accepted]),
        (3, FollowList::RequestsReceived, vec![pending]),
    ] {
        let listed = relationships
            .list_follows(list, part(owner, None, 10))
            .await
            .unwrap();
        assert_eq!(listed.items, expected, "{owner} {list:?}");
    }
    for (owner, followers, following, requests_received) in
        [(1, 0, 1, 0), (2, 1, 0, 0), (3, 0, 0, 1)]
    {
        let counts = FollowCounts {
            followers,
            following,
            requests_received,
        };
        assert_eq!(
            relationships.count_follows(user(owner)).await.unwrap(),
            counts,
            "{owner}"
        );
    }
}
