//! Health of the dependencies. All callers within a short time share one check, because anyone may ask as often as
//! they like.

mod outage_log;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use tokio::time::Instant;

use crate::StoreError;

/// How long the result of a check is reused.
const REUSED_FOR: Duration = Duration::from_millis(500);

/// A dependency of the service.
#[async_trait]
pub trait Dependency: Send + Sync {
    /// Its name in answers and logs: `database`.
    fn name(&self) -> &'static str;

    /// Whether the service cannot work without it.
    fn is_required(&self) -> bool {
        true
    }

    /// An error if the dependency is unavailable; the reason if it answers but refuses writes. MUST answer within
    /// the configured database timeout.
    async fn check(&self) -> Result<Availability, StoreError>;
}

/// What an available dependency can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// Everything.
    Complete,
    /// Reads are answered, writes are refused.
    ReadsOnly(Obstacle),
}

/// Why writes are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The file or its file system is read-only.
    ReadOnly,
    /// The disk is full.
    DiskFull,
    /// The disk or the file fails in another way, or a node of a distributed database does not answer.
    WriteFailed,
}

impl Obstacle {
    /// Its name in answers and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::DiskFull => "disk-full",
            Self::WriteFailed => "write-failed",
        }
    }
}

/// A dependency and its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DependencyState {
    /// The name of the dependency.
    pub name: &'static str,
    /// Whether the service cannot work without it.
    pub is_required: bool,
    /// What it can do; `None` if it is unavailable.
    pub availability: Option<Availability>,
}

/// The states of all dependencies.
pub type States = Arc<[DependencyState]>;
type Look = BoxFuture<'static, States>;

/// All dependencies and their last check.
pub struct Dependencies {
    all: Arc<[Arc<dyn Dependency>]>,
    last: Mutex<LastLook>,
}

#[derive(Default)]
struct LastLook {
    ended: Option<(States, Instant)>,
    // Weak: a check that no caller waits for is not resumed by a later caller.
    under_way: Option<WeakShared<Look>>,
}

impl Dependencies {
    /// No check has run yet.
    #[must_use]
    pub fn new(all: impl IntoIterator<Item = Arc<dyn Dependency>>) -> Self {
        Self {
            all: all.into_iter().collect(),
            last: Mutex::default(),
        }
    }

    /// The state of each dependency, at most half a second old.
    pub async fn look(&self) -> States {
        let look = match self.recent_or_under_way() {
            Ok(states) => return states,
            Err(look) => look,
        };
        let states = look.await;
        let mut last = self.last();
        // Callers that waited together find the result.
        let is_noted = |(noted, _): &(States, Instant)| Arc::ptr_eq(noted, &states);
        if !last.ended.as_ref().is_some_and(is_noted) {
            last.ended = Some((Arc::clone(&states), Instant::now()));
        }
        states
    }

    fn recent_or_under_way(&self) -> Result<States, Shared<Look>> {
        let mut last = self.last();
        if let Some((states, ended)) = &last.ended
            && ended.elapsed() < REUSED_FOR
        {
            return Ok(Arc::clone(states));
        }
        let under_way = last.under_way.as_ref().and_then(WeakShared::upgrade);
        // A finished check whose result was not stored yet, or is too old.
        if let Some(look) = under_way.filter(|look| look.peek().is_none()) {
            return Err(look);
        }
        let look = look_at(Arc::clone(&self.all)).boxed().shared();
        last.under_way = look.downgrade();
        Err(look)
    }

    fn last(&self) -> MutexGuard<'_, LastLook> {
        // The guarded value is always valid.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn look_at(all: Arc<[Arc<dyn Dependency>]>) -> States {
    let mut states = Vec::with_capacity(all.len());
    for dependency in &*all {
        states.push(state_of(&**dependency).await);
    }
    states.into()
}

async fn state_of(dependency: &dyn Dependency) -> DependencyState {
    let (name, is_required) = (dependency.name(), dependency.is_required());
    let answer = dependency.check().await;
    // An optional dependency logs its own outage once.
    if is_required {
        outage_log::note(name, answer.as_ref());
    }
    DependencyState {
        name,
        is_required,
        availability: answer.ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;

    use super::*;

    const TAKES: Duration = Duration::from_secs(1);

    /// Counts the checks.
    #[derive(Default)]
    struct Slow(AtomicU32);

    #[async_trait]
    impl Dependency for Slow {
        fn name(&self) -> &'static str {
            "slow"
        }

        async fn check(&self) -> Result<Availability, StoreError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(TAKES).await;
            Ok(Availability::ReadsOnly(Obstacle::DiskFull))
        }
    }

    fn slow() -> (Arc<Slow>, Dependencies) {
        let slow = Arc::new(Slow::default());
        let dependencies = Dependencies::new([Arc::clone(&slow) as Arc<dyn Dependency>]);
        (slow, dependencies)
    }

    #[tokio::test(start_paused = true)]
    async fn everybody_who_asks_meanwhile_or_soon_after_shares_one_look() {
        let (slow, dependencies) = slow();
        let begun = Instant::now();
        let all = join_all((0..100).map(|_| dependencies.look())).await;
        assert_eq!(begun.elapsed(), TAKES);
        let expected = Some(Availability::ReadsOnly(Obstacle::DiskFull));
        assert!(all.iter().all(|states| states[0].availability == expected));
        tokio::time::advance(REUSED_FOR / 2).await;
        dependencies.look().await;
        assert_eq!(slow.0.load(Ordering::Relaxed), 1);
        tokio::time::advance(REUSED_FOR).await;
        dependencies.look().await;
        assert_eq!(slow.0.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_goes_away_leaves_the_look_to_those_who_wait_with_them() {
        let (slow, dependencies) = slow();
        let (first, second) = tokio::join!(
            tokio::time::timeout(TAKES / 2, dependencies.look()),
            dependencies.look()
        );
        assert!(first.is_err());
        assert_eq!(second.len(), 1);
        assert_eq!(slow.0.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_nobody_waited_for_is_not_resumed() {
        let (slow, dependencies) = slow();
        let first = tokio::time::timeout(TAKES / 2, dependencies.look()).await;
        assert!(first.is_err());
        tokio::time::advance(10 * TAKES).await;
        let begun = Instant::now();
        dependencies.look().await;
        assert_eq!(begun.elapsed(), TAKES);
        assert_eq!(slow.0.load(Ordering::Relaxed), 2);
    }
}
