//! Revisions and versions: what orders the changes of a user's row.

use crate::Timestamp;
use crate::catalogue::Family;

/// Counts the changes of one user's row, from 1. Orders everything that is known about the user:
/// compare-and-set, entity tags and cache entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(i64);

impl Revision {
    /// The revision of a row that was just made.
    pub const FIRST: Self = Self(1);

    /// The revision of that number; `None` below 1.
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

/// When what a family shows last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The user's revision at the last change that the owner could see.
    pub revision: Revision,
    /// The time of that change.
    pub updated_at: Timestamp,
}

/// The versions of the families that changed since the user was first seen, and of the user's cohorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Versions {
    families: [Option<Version>; Family::ALL.len()],
    cohorts: Option<Version>,
}

/// What versions name the cohorts by.
const COHORTS: &str = "cohorts";

impl Versions {
    /// The version of a family; `None` of one that never changed.
    #[must_use]
    pub fn get(&self, family: Family) -> Option<Version> {
        self.families.get(family as usize).copied().flatten()
    }

    /// Notes a change of a family.
    pub fn set(&mut self, family: Family, version: Version) {
        if let Some(slot) = self.families.get_mut(family as usize) {
            *slot = Some(version);
        }
    }

    /// Notes a change of the cohorts.
    pub const fn set_cohorts(&mut self, version: Version) {
        self.cohorts = Some(version);
    }

    /// Everything that changed, by name, with its version. For stores to keep.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, Version)> {
        let families = Family::ALL
            .map(Family::as_str)
            .into_iter()
            .zip(self.families);
        let all = families.chain([(COHORTS, self.cohorts)]);
        all.filter_map(|(name, version)| Some((name, version?)))
    }

    /// Takes back what [`Self::named`] gave; `false` of a name that it never gives.
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
