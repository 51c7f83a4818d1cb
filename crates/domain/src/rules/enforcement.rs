//! Enforcement: what a service may show, given the decisions. It has no rules of its own; [`super::decisions`]
//! decides.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::decisions::{Decision, Facts, decide};
use crate::UserId;
use crate::catalogue::{Catalogue, CoreAction};

/// The members of a limited profile, besides those of presence.
const LIMITED_MEMBERS: [&str; 4] = ["user_id", "username", "display_name", "avatar_url"];

/// The visibility of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Unchanged.
    Full,
    /// Limited to the members that everyone may see.
    Limited,
}

impl Visibility {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Limited => "limited",
        }
    }
}

/// The members of a profile in order. Their content belongs to the product and is copied as text, because a number
/// that is parsed and written again may change.
#[derive(Debug, Clone, Default)]
pub struct Profile(Vec<(String, Member)>);

/// The content of a member.
#[derive(Debug, Clone)]
pub enum Member {
    /// The original JSON text.
    Given(Box<RawValue>),
    /// A text that Privet sets, or null.
    Put(Option<Cow<'static, str>>),
}

impl Profile {
    /// The profile of this user with these members. Each name occurs once.
    #[must_use]
    pub fn of(user_id: UserId, members: Vec<(String, Box<RawValue>)>) -> Self {
        let members = members.into_iter();
        let mut profile = Self(
            members
                .map(|(name, value)| (name, Member::Given(value)))
                .collect(),
        );
        profile.put("user_id", Some(user_id.to_string().into()));
        profile
    }

    /// The members in order.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.0.iter().map(|(name, member)| (name.as_str(), member))
    }

    fn put(&mut self, name: &str, text: Option<Cow<'static, str>>) {
        let put = Member::Put(text);
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, member)) => *member = put,
            None => self.0.push((name.to_owned(), put)),
        }
    }

    fn retain(&mut self, keeps: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| keeps(name));
    }
}

/// A profile as a viewer may see it.
#[derive(Debug, Clone)]
pub struct EnforcedProfile {
    /// Its visibility.
    pub visibility: Visibility,
    /// The profile.
    pub profile: Profile,
}

/// Limits a profile to what the viewer may see. Whether the profile is limited or not, the members of presence stay where
/// their own actions are allowed.
#[must_use]
pub fn enforce_profile(
    catalogue: &Catalogue,
    facts: &Facts,
    mut profile: Profile,
) -> EnforcedProfile {
    let may = |action| allowed(catalogue, action, facts);
    let shows_online = may(CoreAction::ViewOnlineStatus);
    let shows_last_seen = may(CoreAction::ViewLastSeen);
    let visibility = if may(CoreAction::ViewProfile) {
        Visibility::Full
    } else {
        Visibility::Limited
    };
    profile.retain(|member| match member {
        "is_online" => shows_online,
        "last_seen" | "last_seen_text" if shows_last_seen => true,
        _ => visibility == Visibility::Full || LIMITED_MEMBERS.contains(&member),
    });
    if !shows_last_seen {
        profile.put("last_seen", None);
        profile.put("last_seen_text", Some("last seen unavailable".into()));
    }
    EnforcedProfile {
        visibility,
        profile,
    }
}

/// The delivery status of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptStatus {
    /// Sent.
    Sent,
    /// Delivered to the recipient's device.
    Delivered,
    /// Read.
    Read,
}

impl ReceiptStatus {
    /// All statuses, in the order in which a message passes them.
    pub const ALL: [Self; 3] = [Self::Sent, Self::Delivered, Self::Read];

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }

    /// The status with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// What the sender may see: the status, and whether the time of reading is included.
#[must_use]
pub fn enforce_receipt(
    catalogue: &Catalogue,
    facts: &Facts,
    status: ReceiptStatus,
) -> (ReceiptStatus, bool) {
    match (
        allowed(catalogue, CoreAction::ViewReadReceipts, facts),
        status,
    ) {
        (true, status) => (status, true),
        (false, ReceiptStatus::Read) => (ReceiptStatus::Delivered, false),
        (false, status) => (status, false),
    }
}

fn allowed(catalogue: &Catalogue, action: CoreAction, facts: &Facts) -> bool {
    let Decision { allowed, .. } = decide(catalogue.core_action(action), facts, false);
    allowed
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};
    use uuid::Uuid;

    use super::super::decisions::Relationship;
    use super::*;
    use crate::catalogue::{Choices, Cohorts};
    use crate::relationships::exceptions::{Exception, Exceptions};

    const OWNER: UserId = UserId::from_uuid(Uuid::nil());

    /// The facts about a stranger and a user with these choices.
    fn facts(choices: Value) -> Facts {
        let Value::Object(choices) = choices else {
            unreachable!()
        };
        let choices = Choices::from_stored(choices);
        Facts::of_stranger(Catalogue::core().in_force(&choices, &Cohorts::default()))
    }

    fn enforced(facts: &Facts) -> EnforcedProfile {
        enforce_profile(&Catalogue::core(), facts, profile())
    }

    fn members() -> Value {
        json!({"user_id": OWNER.to_string(), "username": "ann", "is_online": true, "display_name": "Ann",
            "avatar_url": null, "last_seen_text": "a minute ago", "bio": "…",
            "last_seen": "2026-01-31T10:30:45Z"})
    }

    fn profile() -> Profile {
        let Value::Object(members) = members() else {
            unreachable!()
        };
        let raw = |value: Value| RawValue::from_string(value.to_string()).unwrap();
        let members = members.into_iter().map(|(name, value)| (name, raw(value)));
        Profile::of(OWNER, members.collect())
    }

    /// As text, which shows the order of members.
    fn shown(profile: &Profile) -> String {
        let value = |member: &Member| match member {
            Member::Given(json) => serde_json::from_str(json.get()).unwrap(),
            Member::Put(text) => text.as_deref().into(),
        };
        let members = profile.members();
        let members = members.map(|(name, member)| (name.to_owned(), value(member)));
        Value::Object(members.collect::<Map<_, _>>()).to_string()
    }

    #[test]
    fn an_open_profile_stays_whole() {
        let enforced = enforced(&facts(json!({})));
        assert_eq!(enforced.visibility, Visibility::Full);
        assert_eq!(shown(&enforced.profile), members().to_string());
    }

    #[test]
    fn a_closed_profile_is_cut_and_says_nothing_of_presence() {
        let enforced = enforced(&facts(json!({"messaging.who_can_see_profile": "nobody"})));
        assert_eq!(enforced.visibility, Visibility::Limited);
        let left = json!({"user_id": OWNER.to_string(), "username": "ann", "display_name": "Ann",
            "avatar_url": null, "last_seen": null, "last_seen_text": "last seen unavailable"});
        assert_eq!(shown(&enforced.profile), left.to_string());
    }

    #[test]
    fn a_limited_profile_shows_the_presence_that_an_exception_allows() {
        let always = |action| Exceptions::of([(action, Exception::Always)]);
        let closed = || facts(json!({"messaging.who_can_see_profile": "nobody"}));
        let excepted = |action| {
            let mut facts = closed();
            facts.exceptions = always(action);
            shown(&enforced(&facts).profile)
        };
        let limited = json!({"user_id": OWNER.to_string(), "username": "ann", "display_name": "Ann",
            "avatar_url": null, "last_seen_text": "a minute ago", "last_seen": "2026-01-31T10:30:45Z"});
        assert_eq!(excepted("view_last_seen"), limited.to_string());
        let limited = json!({"user_id": OWNER.to_string(), "username": "ann", "is_online": true, "display_name": "Ann",
            "avatar_url": null, "last_seen": null, "last_seen_text": "last seen unavailable"});
        assert_eq!(excepted("view_online_status"), limited.to_string());
    }

    #[test]
    fn a_hidden_last_seen_leaves_the_rest_of_the_profile() {
        let enforced = enforced(&facts(json!({"messaging.show_last_seen": false})));
        assert_eq!(enforced.visibility, Visibility::Full);
        let mut left = members();
        left["last_seen"] = Value::Null;
        left["last_seen_text"] = "last seen unavailable".into();
        assert_eq!(shown(&enforced.profile), left.to_string());
    }

    #[test]
    fn hidden_receipts_say_delivered_and_never_when() {
        let core = Catalogue::core();
        let hidden = facts(json!({"messaging.show_read_receipts": false}));
        let blocked = Facts {
            relationship: Relationship {
                is_blocked: true,
                ..Relationship::default()
            },
            ..facts(json!({}))
        };
        for facts in [hidden, blocked] {
            for (status, shown) in [
                (ReceiptStatus::Sent, ReceiptStatus::Sent),
                (ReceiptStatus::Delivered, ReceiptStatus::Delivered),
                (ReceiptStatus::Read, ReceiptStatus::Delivered),
            ] {
                assert_eq!(enforce_receipt(&core, &facts, status), (shown, false));
            }
        }
        for status in ReceiptStatus::ALL {
            assert_eq!(
                enforce_receipt(&core, &facts(json!({})), status),
                (status, true)
            );
        }
    }
}
