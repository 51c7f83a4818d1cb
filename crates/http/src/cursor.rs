//! Cursors: where the next page of a list begins. Opaque to callers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// Lists whose cursors cannot be taken for one another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Audit entries.
    Audit,
}

impl List {
    const fn mark(self) -> u8 {
        match self {
            Self::Audit => 1,
        }
    }
}

/// The cursor that goes on behind `id`.
pub fn encode(list: List, id: Uuid) -> String {
    let mut bytes = Vec::with_capacity(18);
    bytes.push(list.mark());
    bytes.extend_from_slice(id.as_bytes());
    bytes.push(checksum(&bytes));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The id to go on behind; `None` where this is no cursor of that list.
pub fn decode(list: List, cursor: &str) -> Option<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (sum, content) = bytes.split_last()?;
    let (mark, id) = content.split_first()?;
    let sound = *mark == list.mark() && *sum == checksum(content);
    Uuid::from_slice(id).ok().filter(|_| sound)
}

// Finds slips of the pen, not forgers: a forged cursor shows nobody else's entries.
fn checksum(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0x5a, |sum: u8, byte| sum.rotate_left(3) ^ byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_id() {
        let id = Uuid::from_u128(0x0190_f3c4_7a5e_7cc3_9b1e_3f2a_4d5c_6b7a);
        assert_eq!(decode(List::Audit, &encode(List::Audit, id)), Some(id));
    }

    #[test]
    fn anything_else_is_no_cursor() {
        let cursor = encode(List::Audit, Uuid::from_u128(7));
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
            assert_eq!(decode(List::Audit, text), None, "{text}");
        }
    }
}
