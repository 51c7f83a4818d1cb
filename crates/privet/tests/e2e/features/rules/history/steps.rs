//! What users do in a history.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// One of the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    Ann,
    Bob,
    Cid,
    Dee,
}

impl User {
    pub const ALL: [Self; 4] = [Self::Ann, Self::Bob, Self::Cid, Self::Dee];
}

/// Something that somebody, named first, does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Contact(User, User),
    Uncontact(User, User),
    Block(User, User),
    Unblock(User, User),
    Follow(User, User),
    Unfollow(User, User),
    /// The second asked the first.
    Accept(User, User),
    /// The second asked the first.
    Decline(User, User),
    RemoveFollower(User, User),
    Set(User, Setting),
    /// Erases oneself.
    Leave(User),
    /// A service erases somebody.
    Erase(User),
}

/// Every setting that decides anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    LastSeen(bool),
    Receipts(bool),
    Typing(bool),
    Profile(Audience),
    Groups(Audience),
    Email(bool),
    Private(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Everyone,
    Contacts,
    Nobody,
}

impl Setting {
    /// Its name on its own path, and the value.
    pub fn named(self) -> (&'static str, Value) {
        match self {
            Self::LastSeen(on) => ("show_last_seen", json!(on)),
            Self::Receipts(on) => ("show_read_receipts", json!(on)),
            Self::Typing(on) => ("show_typing_indicator", json!(on)),
            Self::Profile(audience) => ("who_can_see_profile", audience.named()),
            Self::Groups(audience) => ("who_can_add_to_groups", audience.named()),
            Self::Email(on) => ("allow_email_contact", json!(on)),
            Self::Private(on) => ("isPrivate", json!(on)),
        }
    }
}

impl Audience {
    fn named(self) -> Value {
        match self {
            Self::Everyone => json!("everyone"),
            Self::Contacts => json!("contacts"),
            Self::Nobody => json!("nobody"),
        }
    }
}

/// 1 to 25 steps. Erasures are rare: little happens to the erased.
pub fn history() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => pair(Step::Contact),
        1 => distinct(Step::Uncontact),
        2 => pair(Step::Block),
        1 => distinct(Step::Unblock),
        4 => pair(Step::Follow),
        1 => distinct(Step::Unfollow),
        3 => distinct(Step::Accept),
        1 => distinct(Step::Decline),
        1 => distinct(Step::RemoveFollower),
        6 => (user(), setting()).prop_map(|(user, setting)| Step::Set(user, setting)),
        1 => user().prop_map(Step::Erase),
        1 => user().prop_map(Step::Leave),
    ];
    prop::collection::vec(step, 1..=25)
}

/// What shows whatever is left of contacts and follows: no blocks, and nothing open to everybody.
pub fn uncovering() -> impl Iterator<Item = Step> {
    let unblocked = pairs().map(|(one, other)| Step::Unblock(one, other));
    let closed = User::ALL.into_iter().flat_map(|user| {
        [
            Step::Set(user, Setting::Private(true)),
            Step::Set(user, Setting::Profile(Audience::Contacts)),
        ]
    });
    unblocked.chain(closed)
}

/// The more is done by few, the more happens between the same two.
fn user() -> impl Strategy<Value = User> {
    prop_oneof![
        4 => Just(User::Ann),
        4 => Just(User::Bob),
        2 => Just(User::Cid),
        1 => Just(User::Dee),
    ]
}

fn pairs() -> impl Iterator<Item = (User, User)> {
    let all = |one| User::ALL.map(|other| (one, other));
    let all = User::ALL.into_iter().flat_map(all);
    all.filter(|(one, other)| one != other)
}

fn pair(step: fn(User, User) -> Step) -> impl Strategy<Value = Step> {
    (user(), user()).prop_map(move |(one, other)| step(one, other))
}

fn distinct(step: fn(User, User) -> Step) -> impl Strategy<Value = Step> {
    let pair = (user(), user()).prop_filter("oneself", |(one, other)| one != other);
    pair.prop_map(move |(one, other)| step(one, other))
}

fn setting() -> impl Strategy<Value = Setting> {
    let audience = || {
        use Audience::{Contacts, Everyone, Nobody};
        select(&[Contacts, Nobody, Everyone][..])
    };
    prop_oneof![
        1 => any::<bool>().prop_map(Setting::LastSeen),
        1 => any::<bool>().prop_map(Setting::Receipts),
        1 => any::<bool>().prop_map(Setting::Typing),
        1 => audience().prop_map(Setting::Profile),
        1 => audience().prop_map(Setting::Groups),
        1 => any::<bool>().prop_map(Setting::Email),
        2 => any::<bool>().prop_map(Setting::Private),
    ]
}
