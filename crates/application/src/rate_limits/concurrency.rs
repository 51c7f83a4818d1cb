//! Limits the concurrent requests of a user that use the database, in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use privet_domain::UserId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The maximum number of concurrent requests of a user that use the database.
pub const MOST_CONCURRENT: usize = 8;
/// The maximum number of further requests that may wait.
const MOST_WAITING: usize = 16;
/// How long a request waits before it is refused: a client that sends a dozen short requests at once is served,
/// one that sends many slow ones is not.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// Hands out [`MOST_CONCURRENT`] permits for each user, and [`MOST_WAITING`] places to wait. There is an entry
/// only for users with requests in progress, so memory is bounded by these.
#[derive(Clone, Default)]
pub(super) struct ConcurrencyLimit {
    users: Users,
}

type Users = Arc<Mutex<HashMap<UserId, UserRequests>>>;

/// The requests of a user.
struct UserRequests {
    /// The number of requests that have a permit or wait for one.
    admitted: usize,
    permits: Arc<Semaphore>,
}

/// A place of a request to wait for a permit, until it is dropped.
pub struct ConcurrencySlot {
    users: Users,
    user: UserId,
    permits: Arc<Semaphore>,
}

/// A permit of a request to use the database, until it is dropped.
pub struct ConcurrencyPermit {
    // Dropped before the place: the entry of the user stays until the permit is free.
    _permit: OwnedSemaphorePermit,
    _slot: ConcurrencySlot,
}

impl ConcurrencyLimit {
    /// A place for a request of the user; `None` if all are taken.
    pub fn slot(&self, user: UserId) -> Option<ConcurrencySlot> {
        let mut users = lock(&self.users);
        let requests = users.entry(user).or_insert_with(|| UserRequests {
            admitted: 0,
            permits: Arc::new(Semaphore::new(MOST_CONCURRENT)),
        });
        if requests.admitted >= MOST_CONCURRENT + MOST_WAITING {
            return None;
        }
        requests.admitted += 1;
        Some(ConcurrencySlot {
            users: Arc::clone(&self.users),
            user,
            permits: Arc::clone(&requests.permits),
        })
    }
}

impl ConcurrencySlot {
    /// A permit for the request; `None` if there was none in time. A cancelled wait takes no permit.
    pub async fn permit(self) -> Option<ConcurrencyPermit> {
        let waiting = timeout(LONGEST_WAIT, Arc::clone(&self.permits).acquire_owned());
        let permit = waiting.await.ok()?.ok()?;
        Some(ConcurrencyPermit {
            _permit: permit,
            _slot: self,
        })
    }
}

impl Drop for ConcurrencySlot {
    fn drop(&mut self) {
        let mut users = lock(&self.users);
        let Some(requests) = users.get_mut(&self.user) else {
            return;
        };
        requests.admitted = requests.admitted.saturating_sub(1);
        if requests.admitted == 0 {
            users.remove(&self.user);
        }
    }
}

fn lock(
    users: &Mutex<HashMap<UserId, UserRequests>>,
) -> MutexGuard<'_, HashMap<UserId, UserRequests>> {
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

    impl ConcurrencyLimit {
        async fn permit(&self, user: UserId) -> Option<ConcurrencyPermit> {
            self.slot(user)?.permit().await
        }
    }

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
        // Other users are not affected.
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
    async fn one_more_than_sixteen_who_wait_is_refused_at_once() {
        let limit = ConcurrencyLimit::default();
        let held = all_of(&limit, ALICE).await;
        let begun = Instant::now();
        let waiting = join_all((0..MOST_WAITING).map(|_| limit.permit(ALICE)));
        let one_more = async {
            // By now all others wait.
            tokio::task::yield_now().await;
            let refused = (0..1_000).all(|_| limit.slot(ALICE).is_none());
            // Other users are not affected.
            let other = limit.permit(BOB).await;
            (refused && other.is_some(), begun.elapsed())
        };
        let (waited, one_more) = tokio::join!(waiting, one_more);
        assert_eq!(one_more, (true, Duration::ZERO));
        assert!(waited.iter().all(Option::is_none));
        // A request that waited without success frees its place.
        assert!(limit.slot(ALICE).is_some());
        drop(held);
        assert_eq!(lock(&limit.users).len(), 0);
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
