//! Contacts.

use privet_domain::relationships::contacts::Contact;

use super::{erase, error};
use crate::fakes::{Services, at, pair, user};

fn contact(number: u128, mutual: bool, seconds: i64) -> Contact {
    Contact {
        user_id: user(number),
        mutual,
        added_at: at(seconds),
    }
}

#[tokio::test]
async fn a_contact_is_new_once_and_keeps_its_time() {
    let services = Services::new();
    let contacts = &services.relationships;
    let added = contacts.add_contact(pair(1, 2)).await.unwrap();
    assert_eq!(added, (contact(2, false, 0), true));
    services.clock.set(at(60));
    let again = contacts.add_contact(pair(1, 2)).await.unwrap();
    assert_eq!(again, (contact(2, false, 0), false));
    let found = contacts.get_contact(pair(1, 2)).await.unwrap();
    assert_eq!(found, contact(2, false, 0));
}

#[tokio::test]
async fn contacts_are_mutual_while_each_has_added_the_other() {
    let services = Services::new();
    let contacts = &services.relationships;
    contacts.add_contact(pair(1, 2)).await.unwrap();
    assert_eq!(error(contacts.get_contact(pair(2, 1)).await), "not found");
    let (back, _) = contacts.add_contact(pair(2, 1)).await.unwrap();
    assert!(back.mutual);
    assert!(contacts.get_contact(pair(1, 2)).await.unwrap().mutual);
    contacts.remove_contact(pair(2, 1)).await.unwrap();
    assert!(!contacts.get_contact(pair(1, 2)).await.unwrap().mutual);
}

#[tokio::test]
async fn a_contact_is_removed_once_and_by_its_owner_only() {
    let services = Services::new();
    let contacts = &services.relationships;
    contacts.add_contact(pair(1, 2)).await.unwrap();
    assert_eq!(
        error(contacts.remove_contact(pair(2, 1)).await),
        "not found"
    );
    contacts.remove_contact(pair(1, 2)).await.unwrap();
    assert_eq!(
        error(contacts.remove_contact(pair(1, 2)).await),
        "not found"
    );
    assert_eq!(error(contacts.get_contact(pair(1, 2)).await), "not found");
}

#[tokio::test]
async fn an_erased_user_is_nobodys_contact_and_adds_nobody() {
    let services = Services::new();
    let contacts = &services.relationships;
    contacts.add_contact(pair(1, 2)).await.unwrap();
    erase(&services, 2).await;
    assert_eq!(error(contacts.get_contact(pair(1, 2)).await), "not found");
    assert_eq!(
        error(contacts.remove_contact(pair(1, 2)).await),
        "not found"
    );
    assert_eq!(error(contacts.add_contact(pair(1, 2)).await), "not found");
    assert_eq!(
        error(contacts.add_contact(pair(2, 1)).await),
        "caller erased"
    );
}

#[tokio::test]
async fn a_store_that_is_away_is_an_error() {
    let services = Services::new();
    services.store.go_away();
    let contacts = &services.relationships;
    assert_eq!(error(contacts.add_contact(pair(1, 2)).await), "store");
    assert_eq!(error(contacts.get_contact(pair(1, 2)).await), "store");
    assert_eq!(error(contacts.remove_contact(pair(1, 2)).await), "store");
}
