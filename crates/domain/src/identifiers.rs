//! Identifiers, which all layers use. They are parsed once at the edge.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

/// A text that is not a UUID in its RFC 9562 form (8-4-4-4-12 hexadecimal digits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID")]
pub struct InvalidUuid;

/// A text that is not a valid request id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 128 visible ASCII characters")]
pub struct InvalidRequestId;

macro_rules! uuid_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// Parses the hyphenated form in either case.
            pub fn parse(text: &str) -> Result<Self, InvalidUuid> {
                parse_uuid(text).map(Self)
            }

            /// Wraps a known id.
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The id itself.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
    };
}

uuid_newtype! {
    /// A user of the product. Printed in lower case.
    UserId
}

uuid_newtype! {
    /// The id of the account privacy record. It never changes for a user.
    AccountId
}

/// Parses the hyphenated form in either case.
///
/// The `uuid` crate also parses the simple, braced and URN forms. Clients must use the hyphenated one, so that an
/// id has one spelling in logs and caches.
pub fn parse_uuid(text: &str) -> Result<Uuid, InvalidUuid> {
    if text.len() != uuid::fmt::Hyphenated::LENGTH {
        return Err(InvalidUuid);
    }
    Uuid::try_parse(text).map_err(|_| InvalidUuid)
}

/// The id that a request, its log lines and its audit entries share: 1 to 128 visible ASCII characters. Cloning is
/// cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The maximum length of a caller's id, in characters.
    pub const MAX_LENGTH: usize = 128;

    /// Parses a caller's id.
    pub fn parse(text: &str) -> Result<Self, InvalidRequestId> {
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidRequestId)
        }
    }

    /// Makes an id from a new UUID.
    #[must_use]
    pub fn from_uuid(id: Uuid) -> Self {
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        Self((*id.as_hyphenated().encode_lower(&mut text)).into())
    }

    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOWER: &str = "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a";

    #[test]
    fn upper_case_means_the_same_user_and_is_shown_in_lower_case() {
        let id = UserId::parse(&LOWER.to_uppercase()).unwrap();
        assert_eq!(id, UserId::parse(LOWER).unwrap());
        assert_eq!(id.to_string(), LOWER);
    }

    #[test]
    fn other_spellings_of_a_uuid_are_refused() {
        let simple = LOWER.replace('-', "");
        let braced = format!("{{{LOWER}}}");
        let urn = format!("urn:uuid:{LOWER}");
        for text in [
            "",
            "42",
            "not-a-uuid",
            &simple,
            &braced,
            &urn,
            &format!("{LOWER} "),
        ] {
            assert_eq!(UserId::parse(text), Err(InvalidUuid), "{text}");
        }
    }

    #[test]
    fn a_request_id_is_visible_ascii_of_bounded_length() {
        assert!(RequestId::parse("a").is_ok());
        assert!(RequestId::parse(&"x".repeat(128)).is_ok());
        for text in ["", "with space", "tab\t", "é", &"x".repeat(129)] {
            assert_eq!(RequestId::parse(text), Err(InvalidRequestId), "{text}");
        }
    }
}
