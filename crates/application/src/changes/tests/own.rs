//! What users' devices are told.

use std::sync::Arc;
use std::time::Duration;

use privet_domain::catalogue::{Catalogue, Family};
use privet_domain::changes::ChangeKind;
use serde_json::json;
use tokio::time::timeout;

use super::Replica;
use crate::changes::{MOST_STREAMS, OwnChange, OwnChanges, TooManyStreams};
use crate::fakes::{at, user};

async fn next(device: &mut OwnChanges) -> Vec<OwnChange> {
    let next = timeout(Duration::from_secs(5), device.next()).await;
    next.unwrap_or_default()
}

async fn device(replica: &Replica) -> OwnChanges {
    let mut device = replica.services.changes.own_changes(user(1)).unwrap();
    let first = next(&mut device).await;
    assert!(
        matches!(first.as_slice(), [OwnChange::State(_)]),
        "{first:?}"
    );
    device
}

#[tokio::test(start_paused = true)]
async fn a_device_is_told_the_new_tag_once() {
    let replica = Replica::settled().await;
    let mut device = device(&replica).await;
    let wanted = json!({"show_last_seen": false});
    let services = &replica.services;
    let changed = services.change(user(1), Family::Messaging, &wanted).await;
    replica.change(1, ChangeKind::Messaging);
    let tag = changed.unwrap().tag(&services.catalogue, Family::Messaging);
    let expected = [OwnChange::Settings(Family::Messaging, tag)];
    assert_eq!(next(&mut device).await, expected);
    // The same again: the device knows the tag.
    replica.change(1, ChangeKind::Messaging);
    assert_eq!(next(&mut device).await, []);
}

#[tokio::test(start_paused = true)]
async fn relationships_are_told_without_a_tag_and_together() {
    let replica = Replica::settled().await;
    let mut device = device(&replica).await;
    replica.change(1, ChangeKind::Follows);
    replica.change(1, ChangeKind::Contacts);
    // Somebody else's.
    replica.change(2, ChangeKind::Blocks);
    let expected = [ChangeKind::Contacts, ChangeKind::Follows].map(OwnChange::Relationships);
    assert_eq!(next(&mut device).await, expected);
    assert_eq!(next(&mut device).await, []);
}

#[tokio::test(start_paused = true)]
async fn the_state_is_told_again_after_a_change_of_cohorts_or_of_the_catalogue() {
    let replica = Replica::settled().await;
    let mut device = device(&replica).await;
    replica.change(1, ChangeKind::Cohorts);
    let again = next(&mut device).await;
    assert!(matches!(again.as_slice(), [OwnChange::State(_)]));
    let changes = replica.services.changes.clone();
    let announcing = tokio::spawn(async move { changes.announce_catalogue_forever().await });
    assert_eq!(next(&mut device).await, []);
    let messenger = Arc::new(Catalogue::messenger());
    replica.services.current.replace(messenger);
    let again = next(&mut device).await;
    assert!(matches!(again.as_slice(), [OwnChange::State(_)]));
    announcing.abort();
}

#[tokio::test(start_paused = true)]
async fn a_device_is_told_of_the_erasure() {
    let replica = Replica::settled().await;
    let mut device = device(&replica).await;
    replica
        .services
        .feed
        .add(user(1), ChangeKind::Erased, at(0));
    assert_eq!(next(&mut device).await, [OwnChange::Erased]);
}

#[tokio::test(start_paused = true)]
async fn a_user_has_ten_streams_at_most() {
    let replica = Replica::settled().await;
    let changes = &replica.services.changes;
    let mut streams: Vec<_> = (0..MOST_STREAMS)
        .map(|_| changes.own_changes(user(1)).unwrap())
        .collect();
    let eleventh = changes.own_changes(user(1));
    assert_eq!(eleventh.err(), Some(TooManyStreams));
    assert!(changes.own_changes(user(2)).is_ok());
    streams.pop();
    assert!(changes.own_changes(user(1)).is_ok());
}
