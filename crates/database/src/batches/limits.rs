//! How many batches of one statement may be in progress, and when another one starts.

use crate::executor::Another;

/// The total weight from which on a batch in progress is not waited for. Facts of decisions weigh one for each pair.
pub(super) const HEAVY: usize = 64;

/// When another batch starts beside those in progress.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The maximum number of batches in progress.
    pub most: usize,
    /// When another one starts within this maximum.
    pub another: Another,
}
