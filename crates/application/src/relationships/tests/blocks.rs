//! Blocks, and what they end.

use privet_domain::relationships::blocks::Block;

use super::{ask, erase, error, follow};
use crate::fakes::{Services, at, pair, user};
use crate::relationships::follows::FollowCounts;

#[tokio::test]
async fn a_block_is_new_once_and_keeps_its_time() {
    let services = Services::new();
    let blocks = &services.relationships;
    let block = Block {
        user_id: user(2),
        blocked_at: at(0),
    };
    assert_eq!(blocks.add_block(pair(1, 2)).await.unwrap(), (block, true));
    services.clock.set(at(60));
    assert_eq!(blocks.add_block(pair(1, 2)).await.unwrap(), (block, false));
    assert_eq!(blocks.get_block(pair(1, 2)).await.unwrap(), block);
    assert_eq!(error(blocks.get_block(pair(2, 1)).await), "not found");
}

#[tokio::test]
async fn a_block_is_lifted_once_and_by_its_owner_only() {
    let services = Services::new();
    let blocks = &services.relationships;
    blocks.add_block(pair(1, 2)).await.unwrap();
    assert_eq!(error(blocks.remove_block(pair(2, 1)).await), "not found");
    blocks.remove_block(pair(1, 2)).await.unwrap();
    assert_eq!(error(blocks.remove_block(pair(1, 2)).await), "not found");
    assert_eq!(error(blocks.get_block(pair(1, 2)).await), "not found");
}

#[tokio::test]
async fn a_block_ends_follows_and_requests_both_ways_for_good() {
    let services = Services::new();
    let relationships = &services.relationships;
    follow(&services, 1, 2).await;
    ask(&services, 2, 1).await;
    follow(&services, 3, 2).await;
    relationships.add_block(pair(1, 2)).await.unwrap();
    relationships.remove_block(pair(1, 2)).await.unwrap();
    for ended in [pair(1, 2), pair(2, 1)] {
        assert_eq!(relationships.check_follow(ended).await.unwrap(), None);
    }
    let left = FollowCounts {
        followers: 1,
        following: 0,
        requests_received: 0,
    };
    assert_eq!(relationships.count_follows(user(2)).await.unwrap(), left);
}

#[tokio::test]
async fn contacts_outlast_a_block() {
    let services = Services::new();
    let relationships = &services.relationships;
    relationships.add_contact(pair(1, 2)).await.unwrap();
    relationships.add_contact(pair(2, 1)).await.unwrap();
    relationships.add_block(pair(1, 2)).await.unwrap();
    assert!(relationships.get_contact(pair(1, 2)).await.unwrap().mutual);
    relationships.add_contact(pair(2, 3)).await.unwrap();
}

#[tokio::test]
async fn nobody_follows_where_either_blocked_the_other() {
    let services = Services::new();
    services.relationships.add_block(pair(1, 2)).await.unwrap();
    for refused in [pair(1, 2), pair(2, 1)] {
        assert_eq!(
            error(services.relationships.follow(refused).await),
            "not found"
        );
    }
    services
        .relationships
        .remove_block(pair(1, 2))
        .await
        .unwrap();
    follow(&services, 2, 1).await;
}

#[tokio::test]
async fn an_erased_user_is_not_blocked_and_blocks_nobody() {
    let services = Services::new();
    let blocks = &services.relationships;
    blocks.add_block(pair(1, 2)).await.unwrap();
    erase(&services, 2).await;
    assert_eq!(error(blocks.get_block(pair(1, 2)).await), "not found");
    assert_eq!(error(blocks.remove_block(pair(1, 2)).await), "not found");
    assert_eq!(error(blocks.add_block(pair(1, 2)).await), "not found");
    assert_eq!(error(blocks.add_block(pair(2, 1)).await), "caller erased");
}
