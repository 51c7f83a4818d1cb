//! Positions in the feed of changes, and the opaque texts that stand for them.

use std::fmt;

use uuid::Uuid;

/// A position in the feed: after one change of a transaction. On SQLite every change counts as a transaction of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedPosition {
    /// The number of the transaction.
    pub transaction: u64,
    /// The number of the change. It grows within a transaction; between transactions it may not.
    pub number: u64,
}

impl FeedPosition {
    /// The position before all changes.
    pub const FIRST: Self = Self {
        transaction: 0,
        number: 0,
    };

    /// The position after all changes of this transaction and of those before it.
    #[must_use]
    pub const fn after(transaction: u64) -> Self {
        Self {
            transaction,
            number: u64::MAX,
        }
    }
}

/// A position in the feed of one database. A restored database has another epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The epoch of the feed.
    pub epoch: Uuid,
    /// The position.
    pub position: FeedPosition,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor of this feed")]
pub struct InvalidCursor;

/// The version of the format.
const VERSION: &str = "1";
/// The lengths of the parts: epoch, transaction, number and checksum.
const LENGTHS: [usize; 4] = [32, 16, 16, 2];

/// The text: the version, then epoch, transaction, number and a checksum in hexadecimal digits.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.content();
        write!(f, "{text}{:02x}", checksum(&text))
    }
}

impl Cursor {
    /// Parses the text of a cursor of any feed.
    pub fn parse(text: &str) -> Result<Self, InvalidCursor> {
        let rest = text.strip_prefix(VERSION).ok_or(InvalidCursor)?;
        let mut digits = rest;
        let mut parts = [""; 4];
        for (part, length) in parts.iter_mut().zip(LENGTHS) {
            (*part, digits) = digits.split_at_checked(length).ok_or(InvalidCursor)?;
        }
        let [epoch, transaction, number, sum] = parts;
        let is_lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if !digits.is_empty() || !rest.bytes().all(is_lower) {
            return Err(InvalidCursor);
        }
        let cursor = Self {
            epoch: Uuid::try_parse(epoch).map_err(|_| InvalidCursor)?,
            position: FeedPosition {
                transaction: u64::from_str_radix(transaction, 16).map_err(|_| InvalidCursor)?,
                number: u64::from_str_radix(number, 16).map_err(|_| InvalidCursor)?,
            },
        };
        // Detects accidental changes. A forged cursor tells nothing that another one does not.
        if format!("{:02x}", checksum(&cursor.content())) == sum {
            Ok(cursor)
        } else {
            Err(InvalidCursor)
        }
    }

    fn content(&self) -> String {
        let FeedPosition {
            transaction,
            number,
        } = self.position;
        format!(
            "{VERSION}{}{transaction:016x}{number:016x}",
            self.epoch.simple()
        )
    }
}

fn checksum(text: &str) -> u8 {
    text.bytes()
        .fold(0x5a, |sum: u8, byte| sum.rotate_left(3) ^ byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_written_and_read_the_same(
            epoch in any::<u128>(),
            transaction in any::<u64>(),
            number in any::<u64>(),
        ) {
            let position = FeedPosition { transaction, number };
            let cursor = Cursor { epoch: Uuid::from_u128(epoch), position };
            prop_assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor));
        }
    }

    #[test]
    fn anything_else_is_no_cursor() {
        let cursor = Cursor {
            epoch: Uuid::from_u128(7),
            position: FeedPosition::FIRST,
        };
        let text = cursor.to_string();
        for wrong in [
            "",
            "earliest",
            "1",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}0"),
            &text.replacen('1', "2", 1),
            &text.to_uppercase(),
            &format!("{}\u{e9}", &text[..text.len() - 2]),
            &text.replacen("07", "08", 1),
        ] {
            let is_same = wrong == text;
            assert_eq!(Cursor::parse(wrong).is_ok(), is_same, "{wrong}");
        }
    }
}
