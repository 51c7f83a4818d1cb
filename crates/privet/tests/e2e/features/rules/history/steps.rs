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
    /// Marks a contact as a close friend, or not.
    Mark(User, User, bool),
    /// The first always, or never, lets the second do these.
    Except(User, User, Exceptions),
    /// The first takes back the exceptions for the second.
    Unexcept(User, User),
    /// A service says whether somebody is a minor.
    Classify(User, bool),
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
    Calls(Audience),
    Email(bool),
    Private(bool),
}

/// Two actions, each with whether it is always or never allowed. Of one that is named twice the later counts.
pub type Exceptions = [(&'static str, bool); 2];

/// An audience by its name.
pub type Audience = &'static str;

/// Every audience.
pub const AUDIENCES: [Audience; 8] = [
    "everyone",
    "contacts",
    "added_contacts",
    "close_friends",
    "followers",
    "following",
    "mutual_followers",
    "nobody",
];

/// The actions that histories have exceptions for.
const EXCEPTED: [&str; 5] = [
    "view_last_seen",
    "view_content",
    "follow_without_approval",
    "add_to_group",
    "call",
];

impl Setting {
    /// Its name on its own path, and the value.
    pub fn named(self) -> (&'static str, Value) {
        match self {
            Self::LastSeen(on) => ("show_last_seen", json!(on)),
            Self::Receipts(on) => ("show_read_receipts", json!(on)),
            Self::Typing(on) => ("show_typing_indicator", json!(on)),
            Self::Profile(audience) => ("who_can_see_profile", json!(audience)),
            Self::Groups(audience) => ("who_can_add_to_groups", json!(audience)),
            Self::Calls(audience) => ("who_can_call", json!(audience)),
            Self::Email(on) => ("allow_email_contact", json!(on)),
            Self::Private(on) => ("isPrivate", json!(on)),
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
        1 => distinct(|one, other| Step::Mark(one, other, true)),
        1 => distinct(|one, other| Step::Mark(one, other, false)),
        4 => (user(), user(), [exception(), exception()])
            .prop_map(|(one, other, exceptions)| Step::Except(one, other, exceptions)),
        1 => distinct(Step::Unexcept),
        2 => (user(), any::<bool>()).prop_map(|(user, minor)| Step::Classify(user, minor)),
        6 => (user(), setting()).prop_map(|(user, setting)| Step::Set(user, setting)),
        1 => user().prop_map(Step::Erase),
        1 => user().prop_map(Step::Leave),
    ];
    prop::collection::vec(step, 1..=25)
}

/// What shows whatever is left of contacts and follows: no blocks, no exceptions, and nothing open to everybody.
pub fn uncovering() -> impl Iterator<Item = Step> {
    let alone = |(one, other)| [Step::Unblock(one, other), Step::Unexcept(one, other)];
    let unblocked = pairs().flat_map(alone);
    let closed = User::ALL.into_iter().flat_map(|user| {
        [
            Step::Set(user, Setting::Private(true)),
            Step::Set(user, Setting::Profile("contacts")),
            Step::Set(user, Setting::Calls("close_friends")),
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

fn exception() -> impl Strategy<Value = (&'static str, bool)> {
    (select(&EXCEPTED[..]), any::<bool>())
}

fn setting() -> impl Strategy<Value = Setting> {
    let audience = || select(&AUDIENCES[..]);
    prop_oneof![
        1 => any::<bool>().prop_map(Setting::LastSeen),
        1 => any::<bool>().prop_map(Setting::Receipts),
        1 => any::<bool>().prop_map(Setting::Typing),
        1 => audience().prop_map(Setting::Profile),
        1 => audience().prop_map(Setting::Groups),
        1 => audience().prop_map(Setting::Calls),
        1 => any::<bool>().prop_map(Setting::Email),
        2 => any::<bool>().prop_map(Setting::Private),
    ]
}
