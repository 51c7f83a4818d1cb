//! What the feed tells of an erasure.

use privet_application::changes::ChangeStore;
use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::follows::FollowStore;
use privet_domain::Pair;
use privet_domain::changes::ChangeKind;

use super::{ALL, end, make, of, told};
use crate::Backend;
use crate::follows::{make_private, wish};
use crate::samples::{at, erase, some_id};

pub async fn an_erasure_is_told_and_named_until_it_is_forgotten<B: Backend>(backend: &B) {
    let begin = end(backend).await;
    let user_id = make(backend).await.id;
    let pair = of(user_id);
    backend.store().add_contact(pair, at(1)).await.unwrap();
    erase(backend.store(), user_id, at(2)).await;
    // Erasing again changes nothing.
    erase(backend.store(), user_id, at(3)).await;
    let expected = [
        (user_id, ChangeKind::Contacts),
        (user_id, ChangeKind::Erased),
    ];
    assert_eq!(told(backend, begin).await, expected);
    let tables = backend.tables_naming(user_id);
    assert_eq!(
        tables,
        ["changes", "erased_users"].map(str::to_owned).into()
    );
    let has_more = backend.store().forget_changes(at(9), ALL).await.unwrap();
    assert!(!has_more);
    let tables = backend.tables_naming(user_id);
    assert_eq!(tables, ["erased_users"].map(str::to_owned).into());
}

pub async fn an_erasure_is_told_of_those_who_knew_of_a_follow<B: Backend>(backend: &B) {
    let store = backend.store();
    let [erased, followed, fan] = [(); 3].map(|()| some_id());
    let [asked, blocking, blocked] = [(); 3].map(|()| some_id());
    let pair = |one, other| Pair::new(one, other).unwrap();
    make_private(backend, asked).await;
    for (one, other) in [(blocking, erased), (erased, blocked)] {
        store.add_block(pair(one, other), at(1)).await.unwrap();
    }
    for (one, other) in [
        (erased, followed),
        (fan, erased),
        (erased, asked),
        // Withheld requests.
        (erased, blocking),
        (blocked, erased),
    ] {
        store.follow(&wish(pair(one, other), 1)).await.unwrap();
    }
    let begin = end(backend).await;
    // In several transactions.
    erase(store, erased, at(2)).await;
    let mut told = told(backend, begin).await;
    assert_eq!(told.remove(0), (erased, ChangeKind::Erased));
    told.sort_unstable();
    let knew = [followed, fan, asked, blocked];
    let mut expected = knew.map(|user_id| (user_id, ChangeKind::Follows));
    expected.sort_unstable();
    assert_eq!(told, expected);
}
