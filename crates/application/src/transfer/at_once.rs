//! Changes that are made at the same time.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use privet_domain::UserId;

use crate::StoreError;

/// Makes changes of different users, up to `most` at the same time, each to its end. Returns the results in their order.
pub(super) async fn at_once<F, T>(most: usize, changes: Vec<F>) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut results = Vec::with_capacity(changes.len());
    let mut changes = changes.into_iter();
    loop {
        let some: Vec<F> = changes.by_ref().take(most).collect();
        if some.is_empty() {
            return Ok(results);
        }
        for result in join_all(some).await {
            results.push(result?);
        }
    }
}

/// Makes changes of the lists of these owners: of up to `most` owners at the same time, and of one owner one after the
/// other, because a list has a maximum length. Returns the results in the order of the changes.
pub(super) async fn at_once_by_owner<F, T>(
    most: usize,
    changes: Vec<(UserId, F)>,
) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut lists: BTreeMap<UserId, Vec<(usize, F)>> = BTreeMap::new();
    for (place, (owner, change)) in changes.into_iter().enumerate() {
        lists.entry(owner).or_default().push((place, change));
    }
    let made = at_once(most, lists.into_values().map(one_by_one).collect()).await?;
    let mut results: Vec<(usize, T)> = made.into_iter().flatten().collect();
    results.sort_unstable_by_key(|(place, _)| *place);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

async fn one_by_one<F, T>(changes: Vec<(usize, F)>) -> Result<Vec<(usize, T)>, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut results = Vec::with_capacity(changes.len());
    for (place, change) in changes {
        results.push((place, change.await?));
    }
    Ok(results)
}
