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

/// The versions of the families that changed since the user was first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Versions([Option<Version>; Family::ALL.len()]);

impl Versions {
    /// The version of a family; `None` of one that never changed.
    #[must_use]
    pub fn get(&self, family: Family) -> Option<Version> {
        self.0.get(family as usize).copied().flatten()
    }

    /// Notes a change of a family.
    pub fn set(&mut self, family: Family, version: Version) {
        if let Some(slot) = self.0.get_mut(family as usize) {
            *slot = Some(version);
        }
    }

    /// Every family that changed, with its version.
    pub fn iter(&self) -> impl Iterator<Item = (Family, Version)> {
        let all = Family::ALL.into_iter().zip(self.0);
        all.filter_map(|(family, version)| Some((family, version?)))
    }
}
