//! Caches combined sets of layers. There are few in practice: one for each set of cohorts that users have.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::{LayerSet, Layered};

/// The number of cached sets besides that of users without cohorts.
const MOST: usize = 1_024;
/// The number of slots that a set may use.
const TRIES: usize = 8;

/// Combined sets of layers. Reading takes no lock. A set without a free slot is computed each time.
#[derive(Debug)]
pub(crate) struct Memo {
    everybody: Layered,
    others: Box<[OnceLock<Layered>]>,
}

impl Memo {
    /// `everybody` is the set of users without cohorts; `has_cohorts` says whether there are other sets.
    pub fn new(everybody: Layered, has_cohorts: bool) -> Self {
        let places = if has_cohorts { MOST } else { 0 };
        Self {
            everybody,
            others: (0..places).map(|_| OnceLock::new()).collect(),
        }
    }

    pub const fn everybody(&self) -> &Layered {
        &self.everybody
    }

    /// The combined set; `compute` computes it if it is not cached.
    pub fn get(&self, set: LayerSet, compute: impl Fn() -> Layered) -> Cow<'_, Layered> {
        if set == self.everybody.set {
            return Cow::Borrowed(&self.everybody);
        }
        // `MOST` places: the highest bits choose the first one.
        let first = usize::try_from(set.spread() >> (64 - MOST.ilog2())).unwrap_or_default();
        for place in (first..first + TRIES).map(|place| place % MOST) {
            let Some(place) = self.others.get(place) else {
                break;
            };
            let remembered = place.get_or_init(&compute);
            if remembered.set == set {
                return Cow::Borrowed(remembered);
            }
        }
        Cow::Owned(compute())
    }
}
