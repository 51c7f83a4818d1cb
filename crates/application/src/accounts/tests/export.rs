//! Everything that is held about a user, and nothing else.

use futures_util::TryStreamExt;
use privet_domain::UserId;
use privet_domain::relationships::blocks::Block;
use privet_domain::relationships::contacts::Contact;
use privet_domain::relationships::exceptions::PersonWithExceptions;
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_domain::settings::audit::AuditEntry;
use privet_domain::settings::looks::{Look, SupportReason};

use super::{add_contacts, with_everything};
use crate::StoreError;
use crate::accounts::export::ExportPart;
use crate::fakes::{Services, caller, user};

/// An export, put together.
#[derive(Debug, Default)]
struct Export {
    contacts: Vec<Contact>,
    blocks: Vec<Block>,
    exceptions: Vec<PersonWithExceptions>,
    follows: Vec<Follow>,
    entries: Vec<AuditEntry>,
    looks: Vec<Look>,
    largest_part: usize,
}

async fn export(services: &Services, user_id: UserId) -> Result<Export, StoreError> {
    let parts = services.accounts.clone().export_account(user_id);
    let parts: Vec<_> = parts.try_collect().await?;
    let mut export = Export::default();
    for part in parts {
        let length = match part {
            ExportPart::Contacts(items) => append(&mut export.contacts, items),
            ExportPart::Blocks(items) => append(&mut export.blocks, items),
            ExportPart::Exceptions(items) => append(&mut export.exceptions, items),
            ExportPart::Follows(items) => append(&mut export.follows, items),
            ExportPart::AuditEntries(items) => append(&mut export.entries, items),
            ExportPart::Looks(items) => append(&mut export.looks, items),
        };
        export.largest_part = export.largest_part.max(length);
    }
    Ok(export)
}

fn append<T>(all: &mut Vec<T>, items: Vec<T>) -> usize {
    let length = items.len();
    all.extend(items);
    length
}

#[tokio::test]
async fn an_export_holds_everything_and_never_who_blocked_or_added_the_user() {
    let services = with_everything().await;
    let reason = SupportReason::parse("ticket 4711").unwrap();
    let staff = caller(user(9));
    let look = services.administration.record_look(&staff, user(1), reason);
    look.await.unwrap();
    let export = export(&services, user(1)).await.unwrap();
    let looks: Vec<_> = export.looks.iter().map(|it| it.actor_id).collect();
    assert_eq!(looks, [user(9)]);
    let contacts: Vec<_> = export.contacts.iter().map(|it| it.user_id).collect();
    assert_eq!(contacts, [user(2)]);
    let blocks: Vec<_> = export.blocks.iter().map(|it| it.user_id).collect();
    assert_eq!(blocks, [user(4)]);
    let exceptions: Vec<_> = export.exceptions.iter().map(|it| it.user_id).collect();
    assert_eq!(exceptions, [user(6)]);
    let follows = export.follows.iter();
    let follows: Vec<_> = follows
        .map(|it| (it.follower_id, it.following_id, it.status))
        .collect();
    let request = (user(3), user(1), FollowStatus::Pending);
    assert_eq!(
        follows,
        [request, (user(1), user(2), FollowStatus::Accepted)]
    );
    let settings: Vec<_> = export
        .entries
        .iter()
        .map(|it| it.change.setting.as_str())
        .collect();
    let newest_first = [
        "account.is_private",
        "preferences.theme.mode",
        "messaging.show_last_seen",
    ];
    assert_eq!(settings, newest_first);
}

#[tokio::test]
async fn an_export_of_a_new_user_is_empty() {
    let services = Services::new();
    let export = export(&services, user(1)).await.unwrap();
    assert!(export.contacts.is_empty() && export.blocks.is_empty());
    assert!(export.exceptions.is_empty());
    assert!(export.follows.is_empty() && export.entries.is_empty());
    assert!(export.looks.is_empty());
}

#[tokio::test]
async fn a_long_export_comes_in_parts_and_holds_every_item_once() {
    let services = Services::new();
    add_contacts(&services, 1_234).await;
    let export = export(&services, user(1)).await.unwrap();
    let mut contacts: Vec<_> = export.contacts.iter().map(|it| it.user_id).collect();
    contacts.reverse();
    assert!(contacts.into_iter().eq((1_000..2_234).map(user)));
    assert_eq!(export.largest_part, 500);
}

#[tokio::test]
async fn an_account_that_is_erased_has_nothing_more_to_give() {
    let services = with_everything().await;
    let parts = services.accounts.clone().export_account(user(1));
    futures_util::pin_mut!(parts);
    let first = parts.try_next().await.unwrap();
    assert!(matches!(first, Some(ExportPart::Contacts(contacts)) if contacts.len() == 1));
    services.accounts.erase_user(user(1)).await.unwrap();
    while let Some(part) = parts.try_next().await.unwrap() {
        let is_empty = match &part {
            ExportPart::Contacts(items) => items.is_empty(),
            ExportPart::Blocks(items) => items.is_empty(),
            ExportPart::Exceptions(items) => items.is_empty(),
            ExportPart::Follows(items) => items.is_empty(),
            ExportPart::AuditEntries(items) => items.is_empty(),
            ExportPart::Looks(items) => items.is_empty(),
        };
        assert!(is_empty, "{part:?}");
    }
}

#[tokio::test]
async fn a_store_that_goes_away_ends_an_export_with_an_error() {
    let services = with_everything().await;
    services.store.go_away();
    let export = export(&services, user(1)).await;
    assert!(
        matches!(export, Err(StoreError::Unavailable(_))),
        "{export:?}"
    );
}
