//! The rules against a second evaluator that is written as the table that people read, over every input
//! there is.

use super::*;
use crate::messaging_privacy::DisappearingAfter;

/// A row of the table: an action, and what is asked, in order. The first question that gives an answer
/// decides.
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

fn expected(action: &str, facts: &Facts, admin: bool) -> (bool, &'static str) {
    let Relationship {
        is_oneself,
        is_erased,
        is_blocked,
        ..
    } = facts.relationship;
    for (holds, allowed, reason) in [
        (is_oneself, true, "self"),
        (is_erased, false, "erased"),
        (is_blocked, false, "blocked"),
    ] {
        if holds {
            return (allowed, reason);
        }
    }
    let (_, questions) = TABLE.iter().find(|(name, _)| *name == action).unwrap();
    let answers = questions
        .iter()
        .find_map(|question| answer(*question, facts, admin));
    answers.unwrap()
}

fn answer(question: Question, facts: &Facts, admin: bool) -> Option<(bool, &'static str)> {
    let Facts {
        settings,
        relationship,
    } = facts;
    let messaging = &settings.messaging;
    let audience = |name: &str| match name {
        "everyone" => (true, "everyone"),
        "contacts" if relationship.are_mutual_contacts => (true, "mutual_contact"),
        "contacts" => (false, "not_a_contact"),
        "nobody" => (false, "nobody"),
        other => panic!("{other}"),
    };
    let switch = |on| {
        if on {
            (true, "setting_on")
        } else {
            (false, "setting_off")
        }
    };
    match question {
        Question::Profile => Some(audience(messaging.who_can_see_profile.as_str())),
        Question::Groups => Some(audience(messaging.who_can_add_to_groups.as_str())),
        Question::LastSeenShown => (!messaging.show_last_seen).then_some((false, "setting_off")),
        Question::Receipts => Some(switch(messaging.show_read_receipts)),
        Question::Typing => Some(switch(messaging.show_typing_indicator)),
        Question::Email => Some(switch(settings.email.allow_email_contact)),
        Question::Admin => {
            let (allowed, _) = audience(messaging.who_can_add_to_groups.as_str());
            (admin && !allowed).then_some((true, "admin"))
        }
        Question::Public => (!settings.account.is_private).then_some((true, "public_account")),
        Question::Follower => relationship
            .is_accepted_follower
            .then_some((true, "accepted_follower")),
        Question::Private => Some((false, "private_account")),
    }
}

const BOOLEANS: [bool; 2] = [false, true];

/// Every combination of everything a user can set.
fn all_settings() -> impl Iterator<Item = SubjectSettings> {
    let durations = DisappearingAfter::CHOICES
        .map(|seconds| DisappearingAfter::from_seconds(u64::from(seconds)));
    let durations: Vec<_> = durations.into_iter().chain([None]).collect();
    (0..32_u32).flat_map(move |switches| {
        let durations = durations.clone();
        let switch = move |place: u32| switches >> place & 1 == 1;
        Audience::ALL.into_iter().flat_map(move |profile| {
            let durations = durations.clone();
            Audience::ALL.into_iter().flat_map(move |groups| {
                let durations = durations.clone();
                durations.into_iter().map(move |duration| SubjectSettings {
                    account: AccountPrivacy {
                        is_private: switch(0),
                    },
                    email: EmailContact {
                        allow_email_contact: switch(1),
                    },
                    messaging: MessagingPrivacy {
                        show_read_receipts: switch(2),
                        show_last_seen: switch(3),
                        show_typing_indicator: switch(4),
                        who_can_see_profile: profile,
                        who_can_add_to_groups: groups,
                        disappearing_messages_default: duration,
                    },
                })
            })
        })
    })
}

fn all_relationships() -> impl Iterator<Item = Relationship> {
    (0..32_u32).map(|bits| {
        let bit = |place: u32| bits >> place & 1 == 1;
        Relationship {
            is_oneself: bit(0),
            is_erased: bit(1),
            is_blocked: bit(2),
            are_mutual_contacts: bit(3),
            is_accepted_follower: bit(4),
        }
    })
}

/// 9 actions x 2 (administrator or not) x 32 relationships x 1,440 settings (five switches, two
/// audiences of three, five durations).
const CASES: u32 = 829_440;

#[test]
fn all_829_440_decisions_are_those_of_the_table() {
    let mut cases = 0;
    for settings in all_settings() {
        for relationship in all_relationships() {
            let facts = Facts {
                settings,
                relationship,
            };
            for action in Action::ALL {
                for admin in BOOLEANS {
                    let Decision { allowed, reason } = decide(action, &facts, admin);
                    let wanted = expected(action.as_str(), &facts, admin);
                    assert_eq!(
                        (allowed, reason.as_str()),
                        wanted,
                        "{action:?} {admin} {facts:?}"
                    );
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, CASES);
}

/// What the stores leave out of their joins.
#[test]
fn no_decision_depends_on_what_its_action_does_not_ask_for() {
    for settings in all_settings() {
        for relationship in all_relationships() {
            for action in Action::ALL {
                let known = Relationship {
                    are_mutual_contacts: relationship.are_mutual_contacts
                        && action.asks_for_contacts(),
                    is_accepted_follower: relationship.is_accepted_follower
                        && action.asks_for_follows(),
                    ..relationship
                };
                for admin in BOOLEANS {
                    let decision = |relationship| {
                        let facts = Facts {
                            settings,
                            relationship,
                        };
                        decide(action, &facts, admin)
                    };
                    assert_eq!(decision(known), decision(relationship), "{action:?}");
                }
            }
        }
    }
}

#[test]
fn every_action_has_a_name_of_its_own() {
    for action in Action::ALL {
        assert_eq!(Action::parse(action.as_str()), Some(action));
    }
    assert_eq!(Action::parse("view_everything"), None);
}
