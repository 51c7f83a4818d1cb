//! Changes that are made at the same time.

use futures_util::future::join_all;

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
