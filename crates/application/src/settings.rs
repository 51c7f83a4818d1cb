//! Reads and changes a user's row. Settings are read and changed only here, and only here is decided when a cached
//! row may be used.

pub mod audit;
pub mod cache;
mod import;
mod loading;
mod metrics;
pub mod precondition;
mod recent;
pub mod retention;
mod store;
mod wishes;

use std::sync::Arc;

use privet_domain::catalogue::{Catalogue, ChoicesUpdate, Cohorts, SettingsUpdate};
use privet_domain::settings::looks::SupportReason;
use privet_domain::settings::user::{Choosing, User};
use privet_domain::{AccountId, UserId};

use crate::errors::{ChangeError, LoadError, StoreError};
use crate::{Caller, Clock, IdSource};
use audit::AuditStore;
use cache::{EXTEND_EVERY, Lease, SettingsCache};
pub use import::Imported;
pub use loading::{Loaded, Lookup, MissingRow};
use metrics::{ChangeOutcome, Metrics};
use precondition::Precondition;
pub use recent::RecentRows;
pub use store::{Creation, Outcome, Presence, RowChange, SettingsStore};
use wishes::{Attempt, WantedChange, Wish};

/// Reads and changes users' rows. Cloning is cheap.
#[derive(Clone)]
pub struct SettingsService {
    store: Arc<dyn SettingsStore>,
    cache: Option<Arc<dyn SettingsCache>>,
    recent: Option<Arc<dyn RecentRows>>,
    audit: Arc<dyn AuditStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    metrics: Arc<Metrics>,
}

impl SettingsService {
    /// Rows of `store`, read through `cache` if there is one, with their history in `audit`.
    pub fn new(
        store: Arc<dyn SettingsStore>,
        cache: Option<Arc<dyn SettingsCache>>,
        audit: Arc<dyn AuditStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            store,
            cache,
            recent: None,
            audit,
            clock,
            ids,
            metrics: Arc::new(Metrics::new()),
        }
    }

    /// Changes one family of the caller's settings by an update of `catalogue`, and returns the row afterwards.
    /// The first attempt uses the row in `loaded`, which may be outdated. It continues if the caller disconnects.
    pub async fn change(
        &self,
        caller: &Caller,
        loaded: &Loaded,
        precondition: Precondition,
        catalogue: &Arc<Catalogue>,
        update: SettingsUpdate,
    ) -> Result<Arc<User>, ChangeError> {
        let settings = self.clone();
        let guess = Arc::clone(&loaded.0);
        let wish = Wish {
            user_id: caller.user_id,
            caller: caller.clone(),
            change: WantedChange::Settings {
                precondition,
                catalogue: Arc::clone(catalogue),
                update,
            },
        };
        // When a client disconnects, its request is dropped where it waits. But a change on its way to the store
        // must still remove the old row from the cache.
        let running = tokio::spawn(async move { settings.change_with_retries(&wish, guess).await });
        running.await.map_err(StoreError::internal)?
    }

    /// Replaces the cohorts of a user on behalf of a service, and returns the row after it. Creates the row of an unknown
    /// user. It continues if the service disconnects.
    pub(crate) async fn classify(
        &self,
        service: &Caller,
        user_id: UserId,
        cohorts: Cohorts,
    ) -> Result<Arc<User>, ChangeError> {
        self.change_on_behalf(Wish {
            user_id,
            caller: service.clone(),
            change: WantedChange::Cohorts(cohorts),
        })
        .await
    }

    /// Changes choices of a user in several families, and returns the row after it. The staff give a reason. It continues if the
    /// caller disconnects.
    pub(crate) async fn choose(
        &self,
        staff: &Caller,
        user_id: UserId,
        catalogue: &Arc<Catalogue>,
        update: ChoicesUpdate,
        reason: Option<SupportReason>,
    ) -> Result<Arc<User>, ChangeError> {
        self.change_on_behalf(Wish {
            user_id,
            caller: staff.clone(),
            change: WantedChange::Choices {
                catalogue: Arc::clone(catalogue),
                update,
                choosing: Choosing::WithinLayers,
                reason,
            },
        })
        .await
    }

    async fn change_on_behalf(&self, wish: Wish) -> Result<Arc<User>, ChangeError> {
        let settings = self.clone();
        let running = tokio::spawn(async move {
            let guess = settings.read(wish.user_id).await?;
            settings.change_with_retries(&wish, guess).await
        });
        running.await.map_err(StoreError::internal)?
    }

    /// The row of a user. Does not create it.
    pub(crate) async fn find(&self, user_id: UserId) -> Result<Presence, StoreError> {
        self.store.find(user_id).await
    }

    /// Runs a deletion of the user's row, with the row out of the cache from before until it has ended. It
    /// continues if the caller disconnects.
    pub(crate) async fn erase<T: Send + 'static>(
        &self,
        user_id: UserId,
        erasing: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let settings = self.clone();
        let running = tokio::spawn(async move {
            let result = settings.erase_out_of_cache(user_id, erasing).await;
            settings.forget_recent(user_id);
            result
        });
        running.await.map_err(StoreError::internal)?
    }

    async fn erase_out_of_cache<T>(
        &self,
        user_id: UserId,
        erasing: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let Some(cache) = &self.cache else {
            return erasing.await;
        };
        let lease = cache.begin_change(user_id).await?;
        let result = erasing.await;
        let left = result.as_ref().map(|_| None);
        self.end_change(cache, lease, left).await?;
        result
    }

    async fn change_with_retries(
        &self,
        wish: &Wish,
        guess: Arc<User>,
    ) -> Result<Arc<User>, ChangeError> {
        let count = |outcome| self.metrics.change(wish.family(), outcome);
        let mut user = guess;
        let mut is_guess = true;
        loop {
            match wish.attempt(&user, &*self.clock, &*self.ids) {
                Attempt::Change(change) => {
                    let entries = change.event.entries().len() as u64;
                    if let Some(stored) = self.store(*change).await? {
                        count(ChangeOutcome::Stored);
                        self.metrics.audit_entries.increment(entries);
                        self.keep_recent(&stored);
                        return Ok(stored);
                    }
                    self.metrics.conflicts.increment(1);
                }
                // If no compare-and-set follows, only the present state of the store may be used. The guess may
                // come from the cache, and is older than the body of the request, which may take seconds to
                // arrive.
                _ if is_guess => {}
                Attempt::Stands => {
                    count(ChangeOutcome::Unchanged);
                    return Ok(user);
                }
                Attempt::Refused => {
                    count(ChangeOutcome::PreconditionFailed);
                    return Err(ChangeError::PreconditionFailed);
                }
                Attempt::Locked(locked) => {
                    count(ChangeOutcome::Locked);
                    return Err(locked.into());
                }
            }
            user = self.read(wish.user_id).await?;
            is_guess = false;
        }
    }

    /// Sends a change to the store, with the row out of the cache from before until it has ended.
    async fn store(&self, change: RowChange) -> Result<Option<Arc<User>>, StoreError> {
        let Some(cache) = &self.cache else {
            let outcome = self.store.compare_and_set(&change).await?;
            return Ok((outcome == Outcome::Stored).then(|| Arc::new(change.row)));
        };
        let lease = cache.begin_change(change.row.id).await?;
        let outcome = self.store.compare_and_set(&change).await;
        let stored = matches!(outcome, Ok(Outcome::Stored)).then(|| Arc::new(change.row));
        let left = outcome.as_ref().map(|_| stored.clone());
        self.end_change(cache, lease, left).await?;
        outcome.map(|_| stored)
    }

    /// Tells the cache that a change has ended, and which row it left. A failed change may still be made; until
    /// that is impossible, the row stays out.
    async fn end_change(
        &self,
        cache: &Arc<dyn SettingsCache>,
        lease: Lease,
        left: Result<Option<Arc<User>>, &StoreError>,
    ) -> Result<(), StoreError> {
        if let Ok(row) = left {
            return cache.end_change(lease, row).await;
        }
        let (store, cache) = (Arc::clone(&self.store), Arc::clone(cache));
        tokio::spawn(async move {
            let lease = extend_until_settled(&*store, &*cache, lease).await;
            // The change was not acknowledged to anyone.
            let _ = cache.end_change(lease, None).await;
        });
        Ok(())
    }

    /// The row as it is in the store now. Creates it for a new user.
    pub(crate) async fn read(&self, user_id: UserId) -> Result<Arc<User>, LoadError> {
        let mut presence = self.store.find(user_id).await?;
        if presence == Presence::Unknown {
            let account_id = AccountId::from_uuid(self.ids.new_id());
            presence = self
                .store
                .create(User::first_seen(user_id, account_id, self.clock.now()).into())
                .await?;
        }
        match presence {
            Presence::Here(user) => {
                let user: Arc<User> = Arc::from(user);
                self.keep_recent(&user);
                Ok(user)
            }
            Presence::Erased => {
                self.forget_recent(user_id);
                Err(LoadError::Erased)
            }
            Presence::Unknown => {
                Err(StoreError::internal("a user who was just stored is missing").into())
            }
        }
    }
}

/// Keeps the row out of the cache until no change that was sent to the store before can still be made. Returns the lease
/// to end the change with.
async fn extend_until_settled(
    store: &dyn SettingsStore,
    cache: &dyn SettingsCache,
    mut lease: Lease,
) -> Lease {
    let mut settled = store.settled();
    loop {
        tokio::select! {
            () = &mut settled => return lease,
            () = tokio::time::sleep(EXTEND_EVERY) => lease = cache.extend_change(lease).await,
        }
    }
}

#[cfg(test)]
mod tests;
