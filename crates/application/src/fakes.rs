//! In-memory stand-ins for the ports, for the tests of use cases. Each keeps what its port MUST. What a test needs to go
//! wrong goes wrong when the test says so: see `fakes/faults.rs`.

mod change_store;
mod clock;
mod counters;
mod erasure_store;
mod faults;
mod look_store;
mod relationship_stores;
mod rule_store;
mod samples;
mod services;
mod settings_cache;
mod settings_store;
mod signer;
mod state;
mod transfer_store;

use std::sync::{Mutex, MutexGuard};

use privet_domain::settings::audit::AuditEntry;

use crate::StoreError;
use crate::rules::decisions::Inquiry;
use crate::user_events::UserEvent;
use faults::Faults;
use state::State;

pub use change_store::FakeChangeStore;
pub use clock::{FakeClock, FakeIds};
pub use counters::FakeCounters;
pub use samples::{at, caller, pair, user};
pub use services::Services;
pub use settings_cache::FakeSettingsCache;
pub use signer::FakeSigner;

/// Every store in one, as an adapter is: an erasure has to reach all of them.
#[derive(Default)]
pub struct FakeStore {
    state: Mutex<State>,
    faults: Faults,
}

impl FakeStore {
    /// What is stored, unless the store is away.
    fn state(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        self.faults.check()?;
        Ok(self.stored())
    }

    /// What is stored, also while the store is away.
    fn stored(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The changes of settings that were stored, in their order.
    pub fn settings_events(&self) -> Vec<UserEvent> {
        self.stored().settings_events.clone()
    }

    /// The audit entries of those changes.
    pub fn entries(&self) -> Vec<AuditEntry> {
        self.stored().entries.clone()
    }

    /// What was asked for decisions: one list for each snapshot.
    pub fn inquiries(&self) -> Vec<Vec<Inquiry>> {
        self.stored().inquiries.clone()
    }

    /// Stores entries that no change left.
    pub fn add_entries(&self, entries: impl IntoIterator<Item = AuditEntry>) {
        self.stored().entries.extend(entries);
    }
}
