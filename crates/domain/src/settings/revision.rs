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

/// The versions of the families that have changed since the user was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Versions([Option<Version>; Family::ALL.len()]);

impl Versions {
    /// The version of a family; `None` if it never changed.
    #[must_use]
    pub fn get(&self, family: Family) -> Option<Version> {
        self.0.get(family as usize).copied().flatten()
    }

    /// Records a change of a family.
    pub fn set(&mut self, family: Family, version: Version) {
        if let Some(slot) = self.0.get_mut(family as usize) {
            *slot = Some(version);
        }
    }

    /// All changed families with their versions.
    pub fn iter(&self) -> impl Iterator<Item = (Family, Version)> {
        let all = Family::ALL.into_iter().zip(self.0);
        all.filter_map(|(family, version)| Some((family, version?)))
    }
}
