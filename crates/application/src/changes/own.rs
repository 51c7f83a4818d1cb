//! What a user's devices are told of the user's own changes.

use std::sync::Arc;
use std::time::Duration;

use privet_domain::UserId;
use privet_domain::catalogue::{Catalogue, Family};
use privet_domain::changes::{ChangeKind, ChangeKinds};
use privet_domain::settings::user::User;
use tokio::time::{Instant, sleep, timeout};

use super::ChangeService;
use super::devices::{Registration, TooManyStreams};
use crate::LoadError;

/// The wait before the user's row is read again after a failure.
const RETRY: Duration = Duration::from_secs(1);
/// The interval at which a replica announces its catalogue again: the last replica to announce one may have ended, and
/// those that are left have another one.
pub(super) const ANNOUNCE_EVERY: Duration = Duration::from_mins(5);

/// The entity tags of all families, in the order of [`Family::ALL`].
pub type Tags = [(Family, String); Family::ALL.len()];

/// What a device is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnChange {
    /// The tags in force: at the beginning, and after a change of the catalogue or of the user's cohorts.
    State(Tags),
    /// A family of settings has another tag.
    Settings(Family, String),
    /// The user's contacts, blocks, follows or exceptions changed.
    Relationships(ChangeKind),
    /// The account was erased. Nothing follows.
    Erased,
}

/// The changes of one user for one device.
pub struct OwnChanges {
    service: ChangeService,
    user_id: UserId,
    registration: Registration,
    /// What the device knows.
    told: Option<Tags>,
    /// What was taken from the registration and not told yet.
    untold: ChangeKinds,
}

impl ChangeService {
    /// The changes of a user, beginning with the state.
    pub fn own_changes(&self, user_id: UserId) -> Result<OwnChanges, TooManyStreams> {
        // Before the first read of the row, so that no change is missed.
        let registration = Registration::new(Arc::clone(self.feed.devices()), user_id)?;
        Ok(OwnChanges {
            service: self.clone(),
            user_id,
            registration,
            told: None,
            untold: ChangeKinds::of([ChangeKind::Catalogue]),
        })
    }

    /// Announces the catalogue in force at the start, whenever it is replaced and now and then, for as long as the process
    /// runs.
    pub async fn announce_catalogue_forever(&self) {
        loop {
            // The hash as the store keeps it.
            let fingerprint = self.catalogue.get().hash().cast_signed();
            let announced = self.store.catalogue_changed(fingerprint, self.clock.now());
            if let Err(error) = announced.await {
                tracing::debug!(error.type = error.error_type(), exception.message = %error, "cannot announce the catalogue yet");
                sleep(RETRY).await;
                continue;
            }
            self.feed.announcement().made(fingerprint, Instant::now());
            let replaced = timeout(ANNOUNCE_EVERY, self.catalogue.replaced()).await;
            if replaced.is_ok() {
                // The feed may have told of this catalogue before this replica had it.
                self.feed.devices().tell_all_anew();
            }
        }
    }
}

impl OwnChanges {
    /// What to tell next; never empty. Nothing is lost if the future is dropped.
    pub async fn next(&mut self) -> Vec<OwnChange> {
        loop {
            self.untold = self.untold.union(self.registration.take());
            if self.untold.is_empty() {
                self.registration.wait().await;
                continue;
            }
            if self.untold.iter().any(|kind| kind == ChangeKind::Erased) {
                return vec![OwnChange::Erased];
            }
            // In a box of its own, so that a waiting stream is small.
            let loading = Box::pin(self.service.settings.load(self.user_id));
            match loading.await {
                Ok(loaded) => {
                    let changes = self.tell(loaded.user());
                    if !changes.is_empty() {
                        return changes;
                    }
                }
                Err(LoadError::Erased) => return vec![OwnChange::Erased],
                Err(LoadError::Store(_)) => sleep(RETRY).await,
            }
        }
    }

    /// What of the untold changes the device does not know.
    fn tell(&mut self, user: &User) -> Vec<OwnChange> {
        let kinds = std::mem::take(&mut self.untold);
        let catalogue = self.service.catalogue.get();
        let tags = tags(user, &catalogue);
        let is_new_state =
            |kind: ChangeKind| matches!(kind, ChangeKind::Catalogue | ChangeKind::Cohorts);
        // Relationships first, so that the tag of a family is the last that a device is told of these changes.
        let relationships = kinds.iter().filter(|kind| is_of_relationships(*kind));
        let mut changes: Vec<_> = relationships.map(OwnChange::Relationships).collect();
        match &self.told {
            Some(told) if !kinds.iter().any(is_new_state) => {
                let known = told.iter().map(|(_, tag)| tag);
                let differing = tags.iter().zip(known).filter(|((_, new), old)| new != *old);
                let told = differing.map(|((family, tag), _)| (*family, tag.clone()));
                changes.extend(told.map(|(family, tag)| OwnChange::Settings(family, tag)));
            }
            _ => changes.insert(0, OwnChange::State(tags.clone())),
        }
        self.told = Some(tags);
        changes
    }
}

fn tags(user: &User, catalogue: &Catalogue) -> Tags {
    Family::ALL.map(|family| (family, user.tag(catalogue, family)))
}

const fn is_of_relationships(kind: ChangeKind) -> bool {
    match kind {
        ChangeKind::Contacts
        | ChangeKind::Blocks
        | ChangeKind::Follows
        | ChangeKind::Exceptions => true,
        ChangeKind::Account
        | ChangeKind::Email
        | ChangeKind::Messaging
        | ChangeKind::Preferences
        | ChangeKind::Cohorts
        | ChangeKind::Erased
        | ChangeKind::Catalogue => false,
    }
}
