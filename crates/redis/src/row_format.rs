//! A user's row as bytes. Whoever changes what is written here gives it another name, too: two releases side by side
//! must not read each other's, nor one of them what the other has changed.

use privet_domain::account_privacy::AccountPrivacy;
use privet_domain::audience::Audience;
use privet_domain::email_contact::EmailContact;
use privet_domain::messaging_privacy::{DisappearingAfter, MessagingPrivacy};
use privet_domain::preferences::ChosenPreferences;
use privet_domain::user::{Revision, User, Versioned};
use privet_domain::{AccountId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name of the format: part of the rows' keys, and of what a server is called in the epoch, so that a replica that
/// uses another one suspends it.
pub(crate) const FORMAT: &str = "v1";

/// A row, flat. The user's id is in the key.
#[derive(Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are those of `User`, flat"
)]
struct RowFormat {
    created_at: i64,
    revision: i64,
    account_id: u128,
    account: Version,
    is_private: bool,
    email: Version,
    allow_email_contact: bool,
    messaging: Version,
    show_read_receipts: bool,
    show_last_seen: bool,
    show_typing_indicator: bool,
    who_can_see_profile: u8,
    who_can_add_to_groups: u8,
    disappearing_messages_default: Option<u32>,
    preferences: Version,
    /// JSON, which no format without names of its own can hold.
    chosen: String,
}

/// When a family last changed: its revision, and the time in microseconds.
#[derive(Serialize, Deserialize)]
struct Version(i64, i64);

impl Version {
    fn of<T>(family: &Versioned<T>) -> Self {
        Self(family.revision.get(), family.updated_at.as_micros())
    }

    fn with<T>(&self, value: T) -> Option<Versioned<T>> {
        Some(Versioned {
            value,
            revision: Revision::new(self.0)?,
            updated_at: Timestamp::from_micros(self.1)?,
        })
    }
}

/// The row as bytes.
pub(crate) fn encode(row: &User) -> Vec<u8> {
    let messaging = &row.messaging_privacy.value;
    let disappearing = messaging.disappearing_messages_default;
    let format = RowFormat {
        created_at: row.created_at.as_micros(),
        revision: row.revision.get(),
        account_id: row.account_id.as_uuid().as_u128(),
        account: Version::of(&row.account_privacy),
        is_private: row.account_privacy.value.is_private,
        email: Version::of(&row.email_contact),
        allow_email_contact: row.email_contact.value.allow_email_contact,
        messaging: Version::of(&row.messaging_privacy),
        show_read_receipts: messaging.show_read_receipts,
        show_last_seen: messaging.show_last_seen,
        show_typing_indicator: messaging.show_typing_indicator,
        who_can_see_profile: audience_number(messaging.who_can_see_profile),
        who_can_add_to_groups: audience_number(messaging.who_can_add_to_groups),
        disappearing_messages_default: disappearing.map(DisappearingAfter::as_seconds),
        preferences: Version::of(&row.preferences),
        chosen: serde_json::Value::Object(row.preferences.value.to_stored()).to_string(),
    };
    // Nothing in it can fail to be written; and no bytes are no row.
    postcard::to_stdvec(&format).unwrap_or_default()
}

/// The user's row of these bytes; `None` where they are none.
pub(crate) fn decode(user_id: UserId, bytes: &[u8]) -> Option<User> {
    let format: RowFormat = postcard::from_bytes(bytes).ok()?;
    let messaging = MessagingPrivacy {
        show_read_receipts: format.show_read_receipts,
        show_last_seen: format.show_last_seen,
        show_typing_indicator: format.show_typing_indicator,
        who_can_see_profile: audience(format.who_can_see_profile)?,
        who_can_add_to_groups: audience(format.who_can_add_to_groups)?,
        disappearing_messages_default: match format.disappearing_messages_default {
            None => None,
            Some(seconds) => Some(DisappearingAfter::from_seconds(seconds.into())?),
        },
    };
    let account = AccountPrivacy {
        is_private: format.is_private,
    };
    let email = EmailContact {
        allow_email_contact: format.allow_email_contact,
    };
    let chosen = ChosenPreferences::from_stored(serde_json::from_str(&format.chosen).ok()?);
    Some(User {
        id: user_id,
        created_at: Timestamp::from_micros(format.created_at)?,
        revision: Revision::new(format.revision)?,
        account_id: AccountId::from_uuid(Uuid::from_u128(format.account_id)),
        account_privacy: format.account.with(account)?,
        email_contact: format.email.with(email)?,
        messaging_privacy: format.messaging.with(messaging)?,
        preferences: format.preferences.with(chosen)?,
    })
}

fn audience_number(audience: Audience) -> u8 {
    match audience {
        Audience::Everyone => 0,
        Audience::Contacts => 1,
        Audience::Nobody => 2,
    }
}

fn audience(number: u8) -> Option<Audience> {
    Audience::ALL
        .into_iter()
        .find(|audience| audience_number(*audience) == number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const USER: UserId = UserId::from_uuid(Uuid::from_u128(7));

    fn row() -> User {
        let time = |micros| Timestamp::from_micros(micros).unwrap();
        let mut row = User::first_seen(USER, AccountId::from_uuid(Uuid::from_u128(8)), time(-5));
        row.revision = Revision::new(7).unwrap();
        row.account_privacy.value.is_private = !row.account_privacy.value.is_private;
        row.email_contact.value.allow_email_contact ^= true;
        row.messaging_privacy = Versioned {
            value: MessagingPrivacy {
                show_read_receipts: false,
                show_last_seen: true,
                show_typing_indicator: false,
                who_can_see_profile: Audience::Contacts,
                who_can_add_to_groups: Audience::Nobody,
                disappearing_messages_default: DisappearingAfter::from_seconds(86_400),
            },
            revision: Revision::new(6).unwrap(),
            updated_at: time(1_800_000_000_000_001),
        };
        let chosen = json!({"theme.mode": "dark", "number": 1.5});
        row.preferences.value = ChosenPreferences::from_stored(chosen.as_object().unwrap().clone());
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
        let known = [
            9, 14, 8, 2, 9, 1, 2, 9, 0, 12, 130, 128, 196, 137, 229, 197, 178, 6, 0, 1, 0, 1, 2, 1,
            128, 163, 5, 2, 9, 34,
        ];
        let chosen = br#"{"number":1.5,"theme.mode":"dark"}"#;
        assert_eq!(encode(&row()), [&known[..], chosen].concat());
    }
}
