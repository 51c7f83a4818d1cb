//! A user's row as bytes. Any change of the written data needs a new name of the format: two releases must not
//! read each other's rows, nor rows that only the other release has updated.

use privet_domain::catalogue::{Choices, Cohorts};
use privet_domain::settings::revision::{Revision, Version, Versions};
use privet_domain::settings::user::User;
use privet_domain::{AccountId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name of the format. It is part of the rows' keys and of the server's name in the epoch, so that replicas
/// with another format suspend the epoch.
pub(crate) const FORMAT: &str = "v3";

/// A row. The user's id is in the key.
#[derive(Serialize, Deserialize)]
struct RowFormat<'a> {
    created_at: i64,
    revision: i64,
    account_id: u128,
    /// JSON, because the binary format has no names; empty without choices.
    choices: &'a str,
    /// The same for preferences.
    preferences: &'a str,
    /// The names of the user's cohorts.
    #[serde(borrow)]
    cohorts: Vec<&'a str>,
    /// For each family that changed, and for the cohorts: the name, the revision and the time in microseconds.
    #[serde(borrow)]
    versions: Vec<(&'a str, i64, i64)>,
}

/// The row as bytes.
pub(crate) fn encode(row: &User) -> Vec<u8> {
    fn version((name, version): (&str, Version)) -> (&str, i64, i64) {
        let micros = version.updated_at.as_micros();
        (name, version.revision.get(), micros)
    }
    let (choices, preferences) = (text(&row.choices), text(&row.preferences));
    let format = RowFormat {
        created_at: row.created_at.as_micros(),
        revision: row.revision.get(),
        account_id: row.account_id.as_uuid().as_u128(),
        choices: &choices,
        preferences: &preferences,
        cohorts: row.cohorts.iter().collect(),
        versions: row.versions.named().map(version).collect(),
    };
    // Serializing this cannot fail. Empty bytes would not be a row.
    postcard::to_stdvec(&format).unwrap_or_default()
}

/// The row in these bytes; `None` if they are invalid.
pub(crate) fn decode(user_id: UserId, bytes: &[u8]) -> Option<User> {
    let format: RowFormat<'_> = postcard::from_bytes(bytes).ok()?;
    let mut versions = Versions::default();
    for (name, revision, updated_at) in format.versions {
        let version = Version {
            revision: Revision::new(revision)?,
            updated_at: Timestamp::from_micros(updated_at)?,
        };
        versions.set_named(name, version).then_some(())?;
    }
    Some(User {
        id: user_id,
        created_at: Timestamp::from_micros(format.created_at)?,
        revision: Revision::new(format.revision)?,
        account_id: AccountId::from_uuid(Uuid::from_u128(format.account_id)),
        choices: choices(format.choices)?,
        preferences: choices(format.preferences)?,
        cohorts: Cohorts::of(format.cohorts),
        versions,
    })
}

fn text(choices: &Choices) -> String {
    if choices.is_empty() {
        String::new()
    } else {
        // Serializing this cannot fail.
        serde_json::to_string(choices).unwrap_or_default()
    }
}

fn choices(text: &str) -> Option<Choices> {
    if text.is_empty() {
        return Some(Choices::default());
    }
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use privet_domain::catalogue::Family;

    use super::*;

    const USER: UserId = UserId::from_uuid(Uuid::from_u128(7));

    fn row() -> User {
        let time = |micros| Timestamp::from_micros(micros).unwrap();
        let mut row = User::first_seen(USER, AccountId::from_uuid(Uuid::from_u128(8)), time(-5));
        row.revision = Revision::new(7).unwrap();
        row.choices.choose("account.is_private", true.into());
        row.preferences.choose("number", 1.5.into());
        row.preferences.choose("theme.mode", "dark".into());
        let version = Version {
            revision: Revision::new(6).unwrap(),
            updated_at: time(1_800_000_000_000_001),
        };
        row.versions.set(Family::Account, version);
        row.cohorts = Cohorts::of(["minor"]);
        row
    }

    #[test]
    fn a_row_round_trips() {
        assert_eq!(decode(USER, &encode(&row())), Some(row()));
        let untouched = User::first_seen(USER, row().account_id, row().created_at);
        assert_eq!(decode(USER, &encode(&untouched)), Some(untouched));
    }

    #[test]
    fn invalid_bytes_are_not_decoded() {
        let bytes = encode(&row());
        for length in 0..bytes.len() {
            assert_eq!(decode(USER, &bytes[..length]), None, "{length}");
        }
        assert_eq!(decode(USER, &[255; 200]), None);
    }

    /// Rows of earlier releases with the same format name must still be readable.
    #[test]
    fn the_format_does_not_change() {
        let known = [
            &[9, 14, 8, 27][..],
            br#"{"account.is_private":true}"#,
            &[34],
            br#"{"number":1.5,"theme.mode":"dark"}"#,
            &[1, 5],
            b"minor",
            &[1, 7],
            b"account",
            &[12, 130, 128, 196, 137, 229, 197, 178, 6],
        ];
        assert_eq!(encode(&row()), known.concat());
    }
}
