//! What a change of messaging privacy sets, as one number that reads and decisions tell again.

use serde::Deserialize;
use serde_json::{Value as Json, json};

/// The values of a duration.
const DURATIONS: [Option<u32>; 5] = [None, Some(300), Some(3_600), Some(86_400), Some(604_800)];
/// The values of an audience, and the reason that each of them gives a stranger.
const AUDIENCES: [(&str, &str); 3] = [
    ("everyone", "everyone"),
    ("contacts", "not_a_contact"),
    ("nobody", "nobody"),
];

/// How many values there are.
const VALUES: u16 = 360;
/// How many of them decisions tell apart.
const TELLINGS: u16 = 72;

/// The actions that are asked about, each of which tells a part of the value.
pub const ACTIONS: [&str; 5] = [
    "view_read_receipts",
    "view_last_seen",
    "view_typing",
    "view_profile",
    "add_to_group",
];

/// All of messaging privacy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value(u16);

/// As much of a value as decisions tell: not the duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling(u16);

/// The settings in an answer.
#[derive(Debug, Deserialize)]
struct Shown {
    show_read_receipts: bool,
    show_last_seen: bool,
    show_typing_indicator: bool,
    who_can_see_profile: String,
    who_can_add_to_groups: String,
    disappearing_messages_default: Option<u32>,
}

/// The decisions in an answer.
#[derive(Debug, Deserialize)]
struct Decisions {
    decisions: [Decision; 5],
}

#[derive(Debug, Deserialize)]
struct Decision {
    allowed: bool,
    reason: String,
}

impl Value {
    /// What nobody has changed yet.
    pub const DEFAULT: Self = Self(0);

    /// What the change with this number sets. Those of changes that come one after the other differ, also
    /// in what decisions tell.
    pub fn of_change(number: u64) -> Self {
        Self(u16::try_from(number % u64::from(VALUES)).unwrap())
    }

    /// What decisions tell of it.
    pub const fn telling(self) -> Telling {
        Telling(self.0 % TELLINGS)
    }

    /// The body of the change.
    pub fn body(self) -> String {
        let [receipts, last_seen, typing] = [1, 2, 4].map(|part| (self.0 / part).is_multiple_of(2));
        let [profile, groups] = [8, 24].map(|part| AUDIENCES[usize::from(self.0 / part % 3)].0);
        let duration = DURATIONS[usize::from(self.0 / TELLINGS)];
        let settings = json!({
            "show_read_receipts": receipts,
            "show_last_seen": last_seen,
            "show_typing_indicator": typing,
            "who_can_see_profile": profile,
            "who_can_add_to_groups": groups,
            "disappearing_messages_default": duration,
        });
        json!({"settings": settings}).to_string()
    }

    /// The value in the answer to a read.
    pub fn shown(body: &[u8]) -> Option<Self> {
        let shown: Shown = serde_json::from_slice(body).ok()?;
        let audience = |shown: &str| {
            let position = AUDIENCES.iter().position(|(name, _)| *name == shown)?;
            u16::try_from(position).ok()
        };
        let duration = shown.disappearing_messages_default;
        let duration = DURATIONS.iter().position(|value| *value == duration)?;
        let value = u16::from(!shown.show_read_receipts)
            + 2 * u16::from(!shown.show_last_seen)
            + 4 * u16::from(!shown.show_typing_indicator)
            + 8 * audience(&shown.who_can_see_profile)?
            + 24 * audience(&shown.who_can_add_to_groups)?
            + TELLINGS * u16::try_from(duration).ok()?;
        Some(Self(value))
    }
}

impl Telling {
    /// What the answer to the question about all actions tells; nothing if it contradicts itself.
    pub fn told(body: &[u8]) -> Option<Self> {
        let Decisions { decisions } = serde_json::from_slice(body).ok()?;
        let [receipts, last_seen, typing, profile, groups] = decisions;
        let audience = |decision: &Decision| {
            let mut reasons = AUDIENCES.iter().map(|(_, reason)| *reason);
            let position = reasons.position(|reason| reason == decision.reason)?;
            (decision.allowed == (position == 0)).then_some(position)
        };
        let hides_last_seen = last_seen.reason == "setting_off";
        let same_audience = last_seen.reason == profile.reason;
        if !hides_last_seen && !same_audience {
            return None;
        }
        let telling = usize::from(!receipts.allowed)
            + 2 * usize::from(hides_last_seen)
            + 4 * usize::from(!typing.allowed)
            + 8 * audience(&profile)?
            + 24 * audience(&groups)?;
        u16::try_from(telling).ok().map(Self)
    }
}

/// The body of the question that makes decisions tell.
pub fn question(viewer: &str, subject: &str) -> String {
    let check = |action| json!({"viewer": viewer, "subject": subject, "action": action});
    let checks: Vec<Json> = ACTIONS.into_iter().map(check).collect();
    json!({"checks": checks}).to_string()
}

#[test]
fn every_value_is_read_as_it_was_set() {
    for number in 0..u64::from(VALUES) {
        let value = Value::of_change(number);
        let body: Json = serde_json::from_str(&value.body()).unwrap();
        assert_eq!(
            Value::shown(body["settings"].to_string().as_bytes()),
            Some(value)
        );
    }
}
