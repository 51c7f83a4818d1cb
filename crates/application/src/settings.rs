//! Users' settings: reading a user's row and changing it. The only way in which a setting is read or changed, and the
//! only place that decides when a cached row may be used.

pub mod audit;
pub mod cache;
mod loading;
mod metrics;
pub mod precondition;
mod recent;

use std::sync::Arc;

use async_trait::async_trait;
use privet_domain::catalogue::{Catalogue, SettingsUpdate};
use privet_domain::settings::audit::{AuditEntry, SettingChange};
use privet_domain::settings::revision::Revision;
use privet_domain::settings::user::User;
use privet_domain::{AccountId, Timestamp, UserId};

use crate::errors::{ChangeError, LoadError, StoreError};
use crate::user_events::{UserEvent, UserEventKind};
use crate::{Caller, Clock, IdSource};
use audit::AuditStore;
use cache::{Lease, SettingsCache};
pub use loading::{Loaded, Lookup, MissingRow};
use metrics::{ChangeOutcome, Metrics};
use precondition::Precondition;
pub use recent::RecentRows;

/// What a store holds of a user.
#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    /// Their row.
    Here(Box<User>),
    /// The tombstone of an erased account.
    Erased,
    /// Nothing: never seen.
    Unknown,
}

/// A change to carry out if the row is still at the revision it was computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct RowChange {
    /// The revision that the row must have.
    pub expected: Revision,
    /// The row to leave behind.
    pub row: User,
    /// What is recorded with it.
    pub event: UserEvent,
}

/// How a compare-and-set ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The row and what is recorded with it are stored, durably.
    Stored,
    /// The row has another revision or is gone. Nothing was stored.
    Conflict,
}

/// Keeps users' rows.
#[async_trait]
pub trait SettingsStore: Send + Sync {
    /// What is held of the user. MUST have been true at some moment during the call.
    async fn find(&self, user_id: UserId) -> Result<Presence, StoreError>;

    /// Stores the row unless the user has one or was erased, and answers what is held afterwards. Of
    /// several at once exactly one MUST store its row, and all MUST answer that one.
    async fn create(&self, row: &User) -> Result<Presence, StoreError>;

    /// The row and what is recorded with it in one transaction, or nothing. MUST answer [`Outcome::Conflict`] if the row's
    /// revision is not the expected one.
    async fn compare_and_set(&self, change: &RowChange) -> Result<Outcome, StoreError>;

    /// Returns once nothing that was sent to the store before, and was answered
    /// [`StoreError::Unavailable`] meanwhile, can still be carried out: neither by the store's own threads nor
    /// by a server to which the connection was lost. MUST take as long as that takes, and MUST NOT hold up
    /// anything else.
    async fn settled(&self);
}

/// Reads and changes users' rows. Cloning it is cheap.
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
    /// Rows of `store`, read through `cache` where there is one, with their history in `audit`.
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

    /// Changes one family of the caller's settings by an update of `catalogue`, and answers the row as it stands
    /// afterwards. The change is first computed from the row in `loaded`, which may be out of date. Runs to its end even
    /// if the caller goes away.
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
            caller: caller.clone(),
            precondition,
            catalogue: Arc::clone(catalogue),
            update,
        };
        // A request whose client hangs up is dropped where it waits. A change that is on its way to the store must still
        // take the old row out of the cache.
        let running = tokio::spawn(async move { settings.change_with_retries(&wish, guess).await });
        running.await.map_err(StoreError::internal)?
    }

    /// Runs what deletes the user's row with the row out of the cache from before until it is over. Runs to
    /// its end even if the caller goes away.
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
        let family = wish.update.family();
        let mut user = guess;
        let mut is_guess = true;
        loop {
            match self.attempt(wish, &user) {
                Attempt::Change(change) => {
                    let entries = change.event.entries().len() as u64;
                    if let Some(stored) = self.store(*change).await? {
                        self.metrics.change(family, ChangeOutcome::Stored);
                        self.metrics.audit_entries.increment(entries);
                        self.keep_recent(&stored);
                        return Ok(stored);
                    }
                    self.metrics.conflicts.increment(1);
                }
                // Where nothing will be compared any more, only what the store says now counts. The guess
                // may come from a cache, and is older than the body of the request: a client may take
                // seconds to send it.
                _ if is_guess => {}
                Attempt::Stands => {
                    self.metrics.change(family, ChangeOutcome::Unchanged);
                    return Ok(user);
                }
                Attempt::Refused => {
                    self.metrics
                        .change(family, ChangeOutcome::PreconditionFailed);
                    return Err(ChangeError::PreconditionFailed);
                }
            }
            user = self.read(wish.caller.user_id).await?;
            is_guess = false;
        }
    }

    fn attempt(&self, wish: &Wish, user: &User) -> Attempt {
        let (catalogue, family) = (&wish.catalogue, wish.update.family());
        if !wish.precondition.allows(|| user.tag(catalogue, family)) {
            return Attempt::Refused;
        }
        // Never before the change before it, which another process with another clock may have made: the record stays in
        // the order in which changes were made.
        let now = self.clock.now().max(user.last_change());
        match user.change(catalogue, &wish.update, now) {
            None => Attempt::Stands,
            Some((row, changes)) => Attempt::Change(Box::new(RowChange {
                expected: user.revision,
                event: self.event(wish, now, row.revision, changes),
                row,
            })),
        }
    }

    fn event(
        &self,
        Wish { caller, update, .. }: &Wish,
        occurred_at: Timestamp,
        revision: Revision,
        changes: Vec<SettingChange>,
    ) -> UserEvent {
        let chance = self.ids.new_id();
        let entry = |(place, change)| AuditEntry {
            id: AuditEntry::id_of(occurred_at, revision, place, chance),
            user_id: caller.user_id,
            actor_id: caller.user_id,
            occurred_at,
            change,
            request_id: caller.request_id.clone(),
        };
        // A change that the owner cannot see leaves no entry, and no family that shows something else.
        let families = if changes.is_empty() {
            Vec::new()
        } else {
            vec![update.family()]
        };
        let entries = changes.into_iter().enumerate().map(entry).collect();
        UserEvent {
            user_id: caller.user_id,
            actor_id: caller.user_id,
            occurred_at,
            request_id: Some(caller.request_id.clone()),
            kind: UserEventKind::Settings { families, entries },
        }
    }

    /// Sends a change to the store, with the row out of the cache from before until it is over.
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

    /// Tells the cache that a change is over, and what row it left. A change that failed may still be on
    /// its way, and until it is not, the row stays out.
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
            store.settled().await;
            // Nobody was told that the change was made.
            let _ = cache.end_change(lease, None).await;
        });
        Ok(())
    }

    async fn read(&self, user_id: UserId) -> Result<Arc<User>, LoadError> {
        let mut presence = self.store.find(user_id).await?;
        if presence == Presence::Unknown {
            let account_id = AccountId::from_uuid(self.ids.new_id());
            presence = self
                .store
                .create(&User::first_seen(user_id, account_id, self.clock.now()))
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
                Err(StoreError::internal("a user who was just stored is not there").into())
            }
        }
    }
}

/// What a caller wants changed.
struct Wish {
    caller: Caller,
    precondition: Precondition,
    catalogue: Arc<Catalogue>,
    update: SettingsUpdate,
}

/// What a wish comes to, given a row.
enum Attempt {
    Change(Box<RowChange>),
    Stands,
    Refused,
}

#[cfg(test)]
mod tests;
