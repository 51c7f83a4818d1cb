//! Remembers what sets of layers come to. There are few in practice: one for each set of cohorts that users belong to.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::{LayerSet, Layered};

/// How many sets are remembered besides that of users without cohorts.
const MOST: usize = 1_024;
/// How many places are tried for a set.
const TRIES: usize = 8;

/// What sets of layers come to. Reading takes no lock. A set for which there is no place is computed each time.
#[derive(Debug)]
pub(crate) struct Memo {
    everybody: Layered,
    others: Box<[OnceLock<Layered>]>,
}

impl Memo {
    /// `everybody` is what holds for users without cohorts; `has_cohorts`, whether there are others.
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

    /// What this set comes to; computed by `compute` where it is not remembered.
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
