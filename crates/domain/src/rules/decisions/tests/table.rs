//! The table of the built-in actions in readable form.

use serde_json::{Map, Value};

use super::Relationship;

/// A row of the table: an action and its conditions in order. The first condition that gives an answer decides.
type Row = (&'static str, &'static [Question]);

#[derive(Clone, Copy)]
enum Question {
    Profile,
    Groups,
    LastSeenShown,
    Receipts,
    Typing,
    Email,
    Admin,
    Public,
    Follower,
    Private,
}

const TABLE: [Row; 9] = [
    ("view_profile", &[Question::Profile]),
    ("view_online_status", &[Question::Profile]),
    (
        "view_last_seen",
        &[Question::LastSeenShown, Question::Profile],
    ),
    ("view_read_receipts", &[Question::Receipts]),
    ("view_typing", &[Question::Typing]),
    ("add_to_group", &[Question::Admin, Question::Groups]),
    ("send_email", &[Question::Email]),
    (
        "view_content",
        &[Question::Public, Question::Follower, Question::Private],
    ),
    (
        "follow_without_approval",
        &[Question::Public, Question::Private],
    ),
];

pub(super) fn expected(
    action: &str,
    choices: &Map<String, Value>,
    relationship: Relationship,
    admin: bool,
) -> (bool, &'static str) {
    for (holds, allowed, reason) in [
        (relationship.is_oneself, true, "self"),
        (relationship.is_erased, false, "erased"),
        (relationship.is_blocked, false, "blocked"),
    ] {
        if holds {
            return (allowed, reason);
        }
    }
    let (_, questions) = TABLE.iter().find(|(name, _)| *name == action).unwrap();
    let mut questions = questions.iter();
    let answered = questions.find_map(|question| answer(*question, choices, relationship, admin));
    answered.unwrap()
}

fn answer(
    question: Question,
    choices: &Map<String, Value>,
    relationship: Relationship,
    admin: bool,
) -> Option<(bool, &'static str)> {
    let is_on = |name: &str, default| choices.get(name).map_or(default, |it| it == true);
    let is_private = is_on("account.is_private", false);
    let audience = |name: &str| match choices
        .get(name)
        .map_or("everyone", |it| it.as_str().unwrap())
    {
        "everyone" => (true, "everyone"),
        "contacts" if relationship.are_mutual_contacts => (true, "mutual_contact"),
        "contacts" => (false, "not_a_contact"),
        "nobody" => (false, "nobody"),
        other => panic!("{other}"),
    };
    let switch = |name| {
        if is_on(name, true) {
            (true, "setting_on")
        } else {
            (false, "setting_off")
        }
    };
    match question {
        Question::Profile => Some(audience("messaging.who_can_see_profile")),
        Question::Groups => Some(audience("messaging.who_can_add_to_groups")),
        Question::LastSeenShown => {
            (!is_on("messaging.show_last_seen", true)).then_some((false, "setting_off"))
        }
        Question::Receipts => Some(switch("messaging.show_read_receipts")),
        Question::Typing => Some(switch("messaging.show_typing_indicator")),
        Question::Email => Some(switch("email.allow_email_contact")),
        Question::Admin => {
            let (allowed, _) = audience("messaging.who_can_add_to_groups");
            (admin && !allowed).then_some((true, "admin"))
        }
        Question::Public => (!is_private).then_some((true, "public_account")),
        Question::Follower => relationship
            .is_accepted_follower
            .then_some((true, "accepted_follower")),
        Question::Private => Some((false, "private_account")),
    }
}
