//! A user's row as bytes. Whoever changes what is written here gives it another name, too: two releases side by side
//! must not read each other's, nor one of them what the other has changed.

use privet_domain::catalogue::{Choices, Family};
use privet_domain::user::{Revision, User, Version, Versions};
use privet_domain::{AccountId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The name of the format: part of the rows' keys, and of what a server is called in the epoch, so that a replica that
/// uses another one suspends it.
pub(crate) const FORMAT: &str = "v2";

/// A row. The user's id is in the key.
#[derive(Serialize, Deserialize)]
struct RowFormat {
    created_at: i64,
    revision: i64,
    account_id: u128,
    choices: String,
    preferences: String,
    versions: Vec<VersionFormat>,
}

/// A family's name, revision, and time in microseconds.
#[derive(Serialize, Deserialize)]
struct VersionFormat(String, i64, i64);

/// The row as bytes.
pub(crate) fn encode(row: &User) -> Vec<u8> {
    let versions = row.versions.iter().map(|(family, version)| {
        let (name, revision) = (family.as_str().to_owned(), version.revision.get());
        VersionFormat(name, revision, version.updated_at.as_micros())
    });
    let format = RowFormat {
        created_at: row.created_at.as_micros(),
        revision: row.revision.get(),
        account_id: row.account_id.as_uuid().as_u128(),
        choices: to_text(&row.choices),
        preferences: to_text(&row.preferences),
        versions: versions.collect(),
    };
    // Writing it cannot fail. Empty bytes would be read as no row.
    postcard::to_stdvec(&format).unwrap_or_default()
}

/// The user's row of these bytes; `None` if they hold none.
pub(crate) fn decode(user_id: UserId, bytes: &[u8]) -> Option<User> {
    let format: RowFormat = postcard::from_bytes(bytes).ok()?;
    let mut versions = Versions::default();
    for VersionFormat(name, revision, updated_at) in format.versions {
        let version = Version {
            revision: Revision::new(revision)?,
            updated_at: Timestamp::from_micros(updated_at)?,
        };
        versions.set(Family::parse(&name)?, version);
    }
    Some(User {
        id: user_id,
        created_at: Timestamp::from_micros(format.created_at)?,
        revision: Revision::new(format.revision)?,
        account_id: AccountId::from_uuid(Uuid::from_u128(format.account_id)),
        choices: from_text(&format.choices)?,
        preferences: from_text(&format.preferences)?,
        versions,
    })
}

/// Choices as JSON text, empty if nothing was chosen: postcard has no values of any type.
fn to_text(choices: &Choices) -> String {
    if choices.is_empty() {
        String::new()
    } else {
        Value::Object(choices.to_stored()).to_string()
    }
}

fn from_text(text: &str) -> Option<Choices> {
    if text.is_empty() {
        Some(Choices::default())
    } else {
        let stored = serde_json::from_str(text).ok()?;
        Some(Choices::from_stored(stored))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: UserId = UserId::from_uuid(Uuid::from_u128(7));

    fn row() -> User {
        let time = |micros| Timestamp::from_micros(micros).unwrap();
        let mut row = User::first_seen(USER, AccountId::from_uuid(Uuid::from_u128(8)), time(-5));
        row.revision = Revision::new(7).unwrap();
        row.choices.choose("account.is_private", true.into());
        row.choices.choose("who_can_call", "nobody".into());
        row.preferences.choose("theme.mode", "dark".into());
        row.preferences.choose("number", 1.5.into());
        let version = Version {
            revision: Revision::new(6).unwrap(),
            updated_at: time(1_800_000_000_000_001),
        };
        row.versions.set(Family::Messaging, version);
        row
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        assert_eq!(decode(USER, &encode(&row())), Some(row()));
    }

    #[test]
    fn bytes_that_are_no_row_are_none() {
        let bytes = encode(&row());
        for length in 0..bytes.len() {
            assert_eq!(decode(USER, &bytes[..length]), None, "{length}");
        }
        assert_eq!(decode(USER, &[255; 200]), None);
    }

    /// What another release wrote under the same name must still be read.
    #[test]
    fn the_format_stays_as_it_is() {
        let choices = br#"{"account.is_private":true,"who_can_call":"nobody"}"#;
        let preferences = br#"{"number":1.5,"theme.mode":"dark"}"#;
        let parts: [&[u8]; 6] = [
            &[9, 14, 8, 51],
            choices,
            &[34],
            preferences,
            b"\x01\x09messaging",
            &[12, 130, 128, 196, 137, 229, 197, 178, 6],
        ];
        assert_eq!(encode(&row()), parts.concat());
    }
}
