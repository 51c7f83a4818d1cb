//! How many requests of one user may ask the database at the same time, in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use privet_domain::UserId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How many requests of one user may ask the database at the same time.
pub const MOST_CONCURRENT: usize = 8;
/// How long one more waits for another to end before it is refused: a client that sends a dozen small requests
/// at once is served, one that sends slow ones without end is not.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// Hands out [`MOST_CONCURRENT`] permits a user. Holds an entry for each user who has a permit or waits for
/// one, and so no more than there are requests under way.
#[derive(Clone, Default)]
pub(super) struct ConcurrencyLimit {
    users: Users,
}

type Users = Arc<Mutex<HashMap<UserId, Arc<Semaphore>>>>;

/// The right of one request to ask the database, until it is dropped.
pub struct ConcurrencyPermit {
    users: Users,
    user: UserId,
    semaphore: Option<Arc<Semaphore>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl ConcurrencyLimit {
    /// A permit for a request of the user; `None` where none was given back in time. Not waiting for it any
    /// longer takes none.
    pub async fn permit(&self, user: UserId) -> Option<ConcurrencyPermit> {
        let semaphore = self.semaphore(user);
        let mut permit = ConcurrencyPermit {
            users: Arc::clone(&self.users),
            user,
            semaphore: Some(Arc::clone(&semaphore)),
            permit: None,
        };
        let waiting = timeout(LONGEST_WAIT, semaphore.acquire_owned());
        permit.permit = Some(waiting.await.ok()?.ok()?);
        Some(permit)
    }

    fn semaphore(&self, user: UserId) -> Arc<Semaphore> {
        let mut users = lock(&self.users);
        let semaphore = users
            .entry(user)
            .or_insert_with(|| Arc::new(Semaphore::new(MOST_CONCURRENT)));
        Arc::clone(semaphore)
    }
}

impl Drop for ConcurrencyPermit {
    fn drop(&mut self) {
        self.permit = None;
        let mut users = lock(&self.users);
        // Given up under the lock, so that of several who end at once the last one sees that it is the last.
        self.semaphore = None;
        let is_last = |semaphore: &Arc<Semaphore>| Arc::strong_count(semaphore) == 1;
        if users.get(&self.user).is_some_and(is_last) {
            users.remove(&self.user);
        }
    }
}

fn lock(
    users: &Mutex<HashMap<UserId, Arc<Semaphore>>>,
) -> MutexGuard<'_, HashMap<UserId, Arc<Semaphore>>> {
    users.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::join_all;
    use tokio::time::{Instant, sleep};
    use uuid::Uuid;

    use super::*;

    const ALICE: UserId = UserId::from_uuid(Uuid::from_u128(1));
    const BOB: UserId = UserId::from_uuid(Uuid::from_u128(2));

    async fn all_of(limit: &ConcurrencyLimit, user: UserId) -> Vec<ConcurrencyPermit> {
        let permits = join_all((0..MOST_CONCURRENT).map(|_| limit.permit(user))).await;
        permits.into_iter().map(Option::unwrap).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn one_more_than_eight_of_a_user_is_refused_after_a_wait() {
        let limit = ConcurrencyLimit::default();
        let held = all_of(&limit, ALICE).await;
        let begun = Instant::now();
        assert!(limit.permit(ALICE).await.is_none());
        assert!((LONGEST_WAIT..LONGEST_WAIT * 2).contains(&begun.elapsed()));
        // Others are not concerned.
        assert!(limit.permit(BOB).now_or_never().flatten().is_some());
        drop(held);
        assert!(limit.permit(ALICE).now_or_never().flatten().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn one_more_is_served_once_another_ends_in_time() {
        let limit = ConcurrencyLimit::default();
        let mut held = all_of(&limit, ALICE).await;
        let ending = async {
            sleep(LONGEST_WAIT / 2).await;
            held.pop();
        };
        let (permit, ()) = tokio::join!(limit.permit(ALICE), ending);
        assert!(permit.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_takes_nothing_and_leaves_nothing_behind() {
        let limit = ConcurrencyLimit::default();
        let held = all_of(&limit, ALICE).await;
        for _ in 0..100 {
            assert!(limit.permit(ALICE).now_or_never().is_none());
        }
        drop(held);
        assert_eq!(lock(&limit.users).len(), 0);
        all_of(&limit, ALICE).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn memory_is_that_of_the_requests_under_way() {
        let limit = ConcurrencyLimit::default();
        let mut tasks = Vec::new();
        for number in 0..2_000 {
            let limit = limit.clone();
            let user = UserId::from_uuid(Uuid::from_u128(number % 50));
            tasks.push(tokio::spawn(async move {
                let permit = limit.permit(user).await;
                tokio::task::yield_now().await;
                drop(permit);
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(lock(&limit.users).len(), 0);
    }
}
