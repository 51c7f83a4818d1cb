//! Ready-made enforcement: what a service shows once it is known what is allowed. No rule of its own;
//! what is allowed, [`crate::decisions`] says.

use serde_json::{Map, Value};

use crate::decisions::{Action, Decision, Facts, decide};

/// What is left of a profile that the viewer may not see.
const LIMITED_MEMBERS: [&str; 4] = ["user_id", "username", "display_name", "avatar_url"];

/// How much of a profile is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// As it came.
    Full,
    /// Cut to what everybody may see.
    Limited,
}

impl Visibility {
    /// The name in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Limited => "limited",
        }
    }
}

/// A profile as a viewer may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct EnforcedProfile {
    /// How much of it is left.
    pub visibility: Visibility,
    /// The profile's members.
    pub profile: Map<String, Value>,
}

/// Cuts a profile to what the viewer may see of it.
#[must_use]
pub fn enforce_profile(facts: &Facts, mut profile: Map<String, Value>) -> EnforcedProfile {
    let may = |action| allowed(action, facts);
    let visibility = if may(Action::ViewProfile) {
        Visibility::Full
    } else {
        profile.retain(|member, _| {
            LIMITED_MEMBERS.contains(&member.as_str())
                || member == "last_seen"
                || member == "is_online"
        });
        Visibility::Limited
    };
    if !may(Action::ViewOnlineStatus) {
        profile.remove("is_online");
    }
    if !may(Action::ViewLastSeen) {
        profile.insert("last_seen".to_owned(), Value::Null);
        let text = "last seen unavailable".into();
        profile.insert("last_seen_text".to_owned(), text);
    }
    EnforcedProfile {
        visibility,
        profile,
    }
}

/// How far a message got with its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptStatus {
    /// On its way.
    Sent,
    /// On the recipient's device.
    Delivered,
    /// Read.
    Read,
}

impl ReceiptStatus {
    /// Every status, in the order in which a message passes them.
    pub const ALL: [Self; 3] = [Self::Sent, Self::Delivered, Self::Read];

    /// The name in requests and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// What the sender may learn of a message: the status, and whether the time of reading stays with it.
#[must_use]
pub fn enforce_receipt(facts: &Facts, status: ReceiptStatus) -> (ReceiptStatus, bool) {
    match (allowed(Action::ViewReadReceipts, facts), status) {
        (true, status) => (status, true),
        (false, ReceiptStatus::Read) => (ReceiptStatus::Delivered, false),
        (false, status) => (status, false),
    }
}

fn allowed(action: Action, facts: &Facts) -> bool {
    let Decision { allowed, .. } = decide(action, facts, false);
    allowed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audience::Audience;
    use crate::decisions::Relationship;

    fn profile() -> Map<String, Value> {
        let profile = json!({"user_id": "u", "username": "ann", "display_name": "Ann", "avatar_url": null,
            "bio": "…", "last_seen": "2026-01-31T10:30:45Z", "last_seen_text": "a minute ago", "is_online": true});
        profile.as_object().unwrap().clone()
    }

    #[test]
    fn an_open_profile_stays_whole() {
        let enforced = enforce_profile(&Facts::default(), profile());
        assert_eq!(enforced.visibility, Visibility::Full);
        assert_eq!(enforced.profile, profile());
    }

    #[test]
    fn a_closed_profile_is_cut_and_says_nothing_of_presence() {
        let mut facts = Facts::default();
        facts.settings.messaging.who_can_see_profile = Audience::Nobody;
        let enforced = enforce_profile(&facts, profile());
        assert_eq!(enforced.visibility, Visibility::Limited);
        assert_eq!(
            Value::from(enforced.profile),
            json!({"user_id": "u", "username": "ann", "display_name": "Ann", "avatar_url": null,
                "last_seen": null, "last_seen_text": "last seen unavailable"})
        );
    }

    #[test]
    fn a_hidden_last_seen_leaves_the_rest_of_the_profile() {
        let mut facts = Facts::default();
        facts.settings.messaging.show_last_seen = false;
        let enforced = enforce_profile(&facts, profile());
        assert_eq!(enforced.visibility, Visibility::Full);
        assert_eq!(enforced.profile["is_online"], json!(true));
        assert_eq!(enforced.profile["bio"], json!("…"));
        assert_eq!(enforced.profile["last_seen"], Value::Null);
        assert_eq!(
            enforced.profile["last_seen_text"],
            json!("last seen unavailable")
        );
    }

    #[test]
    fn hidden_receipts_say_delivered_and_never_when() {
        let mut hidden = Facts::default();
        hidden.settings.messaging.show_read_receipts = false;
        let blocked = Facts {
            relationship: Relationship {
                is_blocked: true,
                ..Relationship::default()
            },
            ..Facts::default()
        };
        for facts in [hidden, blocked] {
            for (status, shown) in [
                (ReceiptStatus::Sent, ReceiptStatus::Sent),
                (ReceiptStatus::Delivered, ReceiptStatus::Delivered),
                (ReceiptStatus::Read, ReceiptStatus::Delivered),
            ] {
                assert_eq!(enforce_receipt(&facts, status), (shown, false));
            }
        }
        for status in ReceiptStatus::ALL {
            assert_eq!(enforce_receipt(&Facts::default(), status), (status, true));
        }
    }
}
