//! Cursors: the position at which the next page of a list begins. Opaque to callers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use privet_application::relationships::Position;
use privet_domain::{Timestamp, UserId};
use uuid::Uuid;

/// In microseconds.
const YEARS_1970_TO_9999: std::ops::Range<i64> = 0..253_402_300_800_000_000;

/// The lists. A cursor is valid only for its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Audit entries.
    Audit,
    /// Contacts.
    Contacts,
    /// Blocks.
    Blocks,
    /// Users with exceptions.
    Exceptions,
    /// Looks of the product's staff.
    Looks,
    /// The followers of this user.
    Followers(UserId),
    /// The users whom this user follows.
    Following(UserId),
    /// Follow requests to this user.
    FollowRequests(UserId),
}

impl List {
    const fn mark(self) -> u8 {
        match self {
            Self::Audit => 1,
            Self::Contacts => 2,
            Self::Blocks => 3,
            Self::Followers(_) => 4,
            Self::Following(_) => 5,
            Self::FollowRequests(_) => 6,
            Self::Exceptions => 7,
            Self::Looks => 8,
        }
    }

    /// The owner of the list, if other users may read it too. A cursor is not valid for the list of another owner.
    const fn owner(self) -> Option<UserId> {
        match self {
            Self::Audit | Self::Contacts | Self::Blocks | Self::Exceptions | Self::Looks => None,
            Self::Followers(owner) | Self::Following(owner) | Self::FollowRequests(owner) => {
                Some(owner)
            }
        }
    }

    /// The prefix of cursors of this list.
    fn beginning(self) -> Vec<u8> {
        let mut bytes = vec![self.mark()];
        if let Some(owner) = self.owner() {
            bytes.extend_from_slice(owner.as_uuid().as_bytes());
        }
        bytes
    }
}

/// The cursor after `id`.
#[must_use]
pub fn encode_id(list: List, id: Uuid) -> String {
    seal(list, id.as_bytes())
}

/// The id before the next page; `None` if this is not a cursor of that list.
#[must_use]
pub fn decode_id(list: List, cursor: &str) -> Option<Uuid> {
    Uuid::from_slice(&open(list, cursor)?).ok()
}

/// The cursor after `position`.
#[must_use]
pub fn encode_position(list: List, position: Position) -> String {
    let mut content = position.at.as_micros().to_be_bytes().to_vec();
    content.extend_from_slice(position.id.as_bytes());
    seal(list, &content)
}

/// The position before the next page; `None` if this is not a cursor of that list.
#[must_use]
pub fn decode_position(list: List, cursor: &str) -> Option<Position> {
    let content = open(list, cursor)?;
    let (micros, id) = content.split_first_chunk()?;
    let micros = i64::from_be_bytes(*micros);
    // Within the range that every store can compare.
    let at = Timestamp::from_micros(micros).filter(|_| YEARS_1970_TO_9999.contains(&micros));
    Some(Position {
        at: at?,
        id: Uuid::from_slice(id).ok()?,
    })
}

fn seal(list: List, content: &[u8]) -> String {
    let mut bytes = list.beginning();
    bytes.extend_from_slice(content);
    bytes.push(checksum(&bytes));
    URL_SAFE_NO_PAD.encode(bytes)
}

fn open(list: List, cursor: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (sum, sealed) = bytes.split_last()?;
    let content = sealed.strip_prefix(&*list.beginning())?;
    (*sum == checksum(sealed)).then(|| content.to_vec())
}

// Detects accidental changes, not forgeries: a forged cursor shows no other user's entries.
fn checksum(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0x5a, |sum: u8, byte| sum.rotate_left(3) ^ byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(0x0190_f3c4_7a5e_7cc3_9b1e_3f2a_4d5c_6b7a);

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        assert_eq!(
            decode_id(List::Audit, &encode_id(List::Audit, ID)),
            Some(ID)
        );
        for micros in [0, 1_769_855_445_123_456, YEARS_1970_TO_9999.end - 1] {
            let at = Timestamp::from_micros(micros).unwrap();
            let position = Position { at, id: ID };
            let cursor = encode_position(List::Contacts, position);
            assert_eq!(decode_position(List::Contacts, &cursor), Some(position));
        }
    }

    #[test]
    fn a_cursor_of_a_time_that_no_store_knows_is_none() {
        for micros in [i64::MIN, -1, YEARS_1970_TO_9999.end, i64::MAX] {
            let mut content = micros.to_be_bytes().to_vec();
            content.extend_from_slice(ID.as_bytes());
            let cursor = seal(List::Contacts, &content);
            assert_eq!(decode_position(List::Contacts, &cursor), None, "{micros}");
        }
    }

    #[test]
    fn a_cursor_of_another_list_is_none() {
        let at = Timestamp::from_micros(7).unwrap();
        let cursor = encode_position(List::Contacts, Position { at, id: ID });
        assert_eq!(decode_position(List::Blocks, &cursor), None);
        assert_eq!(decode_id(List::Contacts, &cursor), None);
        let cursor = encode_id(List::Contacts, ID);
        assert_eq!(decode_position(List::Contacts, &cursor), None);
    }

    #[test]
    fn a_cursor_of_somebody_elses_list_is_none() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (one, other) = (UserId::from_uuid(one), UserId::from_uuid(other));
        let at = Timestamp::from_micros(7).unwrap();
        let position = Position { at, id: ID };
        for of in [List::Followers, List::Following, List::FollowRequests] {
            let cursor = encode_position(of(one), position);
            assert_eq!(decode_position(of(one), &cursor), Some(position));
            assert_eq!(decode_position(of(other), &cursor), None);
        }
    }

    #[test]
    fn anything_else_is_no_cursor() {
        let cursor = encode_id(List::Audit, Uuid::from_u128(7));
        let changed: String = cursor.chars().rev().collect();
        for text in [
            "",
            "x",
            "!!!",
            "not-a-cursor",
            &cursor[..cursor.len() - 1],
            &changed,
            &format!("{cursor}AA"),
        ] {
            assert_eq!(decode_id(List::Audit, text), None, "{text}");
            assert_eq!(decode_position(List::Audit, text), None, "{text}");
        }
    }
}
