//! Changes that are told to services and devices: whom they are about and of what kind, never what the new values are, and
//! never who the other user is.

pub mod cursor;

use crate::catalogue::Family;
use crate::{Timestamp, UserId};

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say what changed")]
pub enum ChangeKind {
    Account,
    Email,
    Messaging,
    Preferences,
    Contacts,
    Blocks,
    Follows,
    Exceptions,
    Cohorts,
    Erased,
    /// The catalogue, for all users.
    Catalogue,
}

impl ChangeKind {
    /// All kinds, in the order in which they are told.
    pub const ALL: [Self; 11] = [
        Self::Account,
        Self::Email,
        Self::Messaging,
        Self::Preferences,
        Self::Contacts,
        Self::Blocks,
        Self::Follows,
        Self::Exceptions,
        Self::Cohorts,
        Self::Erased,
        Self::Catalogue,
    ];

    /// The name in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Email => "email",
            Self::Messaging => "messaging",
            Self::Preferences => "preferences",
            Self::Contacts => "contacts",
            Self::Blocks => "blocks",
            Self::Follows => "follows",
            Self::Exceptions => "exceptions",
            Self::Cohorts => "cohorts",
            Self::Erased => "erased",
            Self::Catalogue => "catalogue",
        }
    }

    /// Its bit among stored kinds. MUST never change.
    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl From<Family> for ChangeKind {
    fn from(family: Family) -> Self {
        match family {
            Family::Account => Self::Account,
            Family::Email => Self::Email,
            Family::Messaging => Self::Messaging,
            Family::Preferences => Self::Preferences,
        }
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct ChangeKinds(u16);

impl ChangeKinds {
    /// The set of these kinds.
    pub fn of(kinds: impl IntoIterator<Item = ChangeKind>) -> Self {
        let bits = kinds.into_iter().map(ChangeKind::bit);
        Self(bits.fold(0, std::ops::BitOr::bitor))
    }

    /// A number for a store.
    #[must_use]
    pub const fn to_stored(self) -> u16 {
        self.0
    }

    /// Reads what [`Self::to_stored`] returned. Kinds of a later release are ignored.
    #[must_use]
    pub fn from_stored(stored: u16) -> Self {
        let known = Self::of(ChangeKind::ALL);
        Self(stored & known.0)
    }

    /// Whether there are no kinds. Such a change is not told.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The kinds, in the order in which they are told.
    pub fn iter(self) -> impl Iterator<Item = ChangeKind> {
        let is_in = move |kind: &ChangeKind| self.0 & kind.bit() != 0;
        ChangeKind::ALL.into_iter().filter(is_in)
    }
}

/// Whom a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangedUser {
    /// One user.
    One(UserId),
    /// All users: the catalogue changed.
    All,
}

/// A change as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Whom it is about.
    pub user: ChangedUser,
    /// What changed.
    pub kinds: ChangeKinds,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_stored_and_read_the_same() {
        assert!(ChangeKinds::default().is_empty());
        for kind in ChangeKind::ALL {
            let kinds = ChangeKinds::of([kind, ChangeKind::Blocks]);
            assert_eq!(ChangeKinds::from_stored(kinds.to_stored()), kinds);
            assert!(kinds.iter().any(|it| it == kind));
        }
        let all = ChangeKinds::of(ChangeKind::ALL);
        assert!(all.iter().eq(ChangeKind::ALL));
        assert_eq!(ChangeKinds::from_stored(u16::MAX), all);
        let [one, other] = [ChangeKind::Email, ChangeKind::Erased];
        let both = ChangeKinds::of([one]).union(ChangeKinds::of([other]));
        assert!(both.iter().eq([one, other]));
    }

    #[test]
    fn every_kind_has_a_name_and_a_bit_of_its_own() {
        let names: std::collections::BTreeSet<_> =
            ChangeKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), ChangeKind::ALL.len());
        let all = ChangeKinds::of(ChangeKind::ALL).to_stored();
        assert_eq!(all.count_ones() as usize, ChangeKind::ALL.len());
        for family in Family::ALL {
            assert_eq!(ChangeKind::from(family).as_str(), family.as_str());
        }
    }
}
