//! What clients asked and were answered, and when.

use super::values::{Telling, Value};

/// Nanoseconds since the beginning of the run.
pub type Time = u64;

/// One request about one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The number of the user.
    pub user: usize,
    /// The number of the replica that was asked.
    pub replica: usize,
    /// When the request was sent.
    pub begun: Time,
    /// When the answer was there, or no longer to be expected.
    pub ended: Time,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a request. Revisions are those of entity tags, which grow with each change of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// An acknowledged change, which left this revision behind.
    Changed {
        /// What was set.
        value: Value,
        /// The revision that it has.
        revision: u64,
    },
    /// A change that may be made at any time after it was asked for, or never.
    MayChange {
        /// What would be set.
        value: Value,
    },
    /// What the user was shown.
    Read {
        /// What is set.
        value: Value,
        /// The revision that it has.
        revision: u64,
    },
    /// What a service was told.
    Decided {
        /// What the decisions tell of the value.
        telling: Telling,
    },
}
