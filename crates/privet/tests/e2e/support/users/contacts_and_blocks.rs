//! The two lists that have the same endpoints: contacts and blocks.

use serde_json::Value;
use uuid::Uuid;

use crate::support::shapes::assert_error;
use crate::support::{Answer, Client};

/// What is no id, whatever else it may look like.
pub const NO_IDS: [&str; 10] = [
    "me",
    "1",
    "alice",
    "not-a-uuid",
    "0190f3c47a5e7cc39b1e3f2a4d5c6b7a",
    "%7B0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a%7D",
    "urn:uuid:0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a",
    "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7",
    "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7g",
    "%20",
];

/// One of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Contacts,
    Blocks,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Contacts, Self::Blocks];

    /// Where the caller's list is.
    pub fn list(self) -> &'static str {
        match self {
            Self::Contacts => "/api/v1/contacts",
            Self::Blocks => "/api/v1/blocks",
        }
    }

    /// Where one of them is.
    pub fn one(self, id: Uuid) -> String {
        format!("{}/{id}", self.list())
    }

    /// The member that holds the list.
    pub fn items(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Blocks => "blocks",
        }
    }

    /// The member that says since when.
    pub fn since(self) -> &'static str {
        match self {
            Self::Contacts => "added_at",
            Self::Blocks => "blocked_at",
        }
    }

    /// What a caller is told who has none such.
    pub fn absent(self) -> &'static str {
        match self {
            Self::Contacts => "There is no such contact.",
            Self::Blocks => "There is no such block.",
        }
    }

    /// The members of one.
    pub fn members(self) -> &'static [&'static str] {
        match self {
            Self::Contacts => &["added_at", "close_friend", "mutual", "user_id"],
            Self::Blocks => &["blocked_at", "user_id"],
        }
    }

    /// Adds somebody, which must be new, and answers what stands.
    pub async fn add(self, owner: &Client, id: Uuid) -> Value {
        let answer = owner.add(&self.one(id)).await;
        assert_eq!(answer.status, 201, "{self:?}: {answer}");
        answer.json()
    }

    pub fn assert_absent(self, answer: &Answer) {
        assert_error(answer, self.list(), 404, self.absent());
    }

    /// Fails unless the caller has no such one.
    pub async fn assert_none(self, owner: &Client, id: Uuid) {
        self.assert_absent(&owner.get(&self.one(id)).await);
    }
}
