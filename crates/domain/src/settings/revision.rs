//! Revisions and versions, which order the changes of a user's row.

use crate::Timestamp;
use crate::catalogue::Family;

/// A counter of the changes of a user's row, from 1. Compare-and-set, entity tags and cache entries use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(i64);

impl Revision {
    /// The revision of a new row.
    pub const FIRST: Self = Self(1);

    /// The revision with this number; `None` below 1.
    #[must_use]
    pub fn new(number: i64) -> Option<Self> {
        (number >= 1).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The version of a family: when its content last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The user's revision at the last visible change.
    pub revision: Revision,
    /// The time of that change.
    pub updated_at: Timestamp,
}

/// The versions of the families that have changed since the user was created, and of the user's cohorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Versions {
    families: [Option<Version>; Family::ALL.len()],
    cohorts: Option<Version>,
}

/// What versions name the cohorts by.
const COHORTS: &str = "cohorts";

impl Versions {
    /// The version of a family; `None` if it never changed.
    #[must_use]
    pub fn get(&self, family: Family) -> Option<Version> {
        self.families.get(family as usize).copied().flatten()
    }

    /// Records a change of a family.
    pub fn set(&mut self, family: Family, version: Version) {
        if let Some(slot) = self.families.get_mut(family as usize) {
            *slot = Some(version);
        }
    }

    /// Records a change of the cohorts.
    pub const fn set_cohorts(&mut self, version: Version) {
        self.cohorts = Some(version);
    }

    /// All that changed, by name, with the versions. For stores.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, Version)> {
        let families = Family::ALL
            .map(Family::as_str)
            .into_iter()
            .zip(self.families);
        let all = families.chain([(COHORTS, self.cohorts)]);
        all.filter_map(|(name, version)| Some((name, version?)))
    }

    /// Sets a version by its name in [`Self::named`]; returns `false` for an unknown name.
    pub fn set_named(&mut self, name: &str, version: Version) -> bool {
        let family = Family::parse(name);
        match family {
            Some(family) => self.set(family, version),
            None if name == COHORTS => self.set_cohorts(version),
            None => return false,
        }
        true
    }
}
