//! Looks: members of the product's staff who looked at a user's data, and why.

use std::sync::Arc;

use uuid::Uuid;

use crate::{RequestId, Timestamp, UserId};

/// Why a member of the staff looks at a user's data or changes it: 1 to 200 printable ASCII characters, without spaces at
/// the ends. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportReason(Arc<str>);

/// A text that is not a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 200 printable ASCII characters, without spaces at the ends")]
pub struct InvalidSupportReason;

impl SupportReason {
    /// The maximum length, in characters.
    pub const MAX_LENGTH: usize = 200;

    /// Parses a reason.
    pub fn parse(text: &str) -> Result<Self, InvalidSupportReason> {
        let is_printable = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len());
        if fits && text.bytes().all(is_printable) && text.trim() == text {
            Ok(Self(text.into()))
        } else {
            Err(InvalidSupportReason)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One look at a user's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// A `UUIDv7`, by which the looks at a user are sorted.
    pub id: Uuid,
    /// The user whose data was looked at.
    pub user_id: UserId,
    /// The member of the staff.
    pub actor_id: UserId,
    /// The time.
    pub occurred_at: Timestamp,
    /// The reason.
    pub reason: SupportReason,
    /// The request.
    pub request_id: RequestId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_printable_ascii_of_bounded_length() {
        for text in ["a", "ticket 4711: cannot log in", &"x".repeat(200)] {
            assert_eq!(SupportReason::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            " ",
            " a",
            "a ",
            "tab\t.",
            "line\nbreak",
            "Gr\u{fc}\u{df}e",
            "\u{7f}",
            &"x".repeat(201),
        ] {
            assert_eq!(SupportReason::parse(text), Err(InvalidSupportReason));
        }
    }
}
