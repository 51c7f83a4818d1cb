//! Why somebody may do something, for the one whose settings count. No rule of its own: what is allowed,
//! [`super::decisions`] says.

use super::decisions::{Decision, Facts, Relationship, Ties, Viewer, decide};
use crate::catalogue::{ActionRule, Catalogue, EffectiveSettings, Need, Setting};
use crate::relationships::exceptions::Exceptions;

/// A decision about one action, and the settings that the action needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// The action.
    pub rule: &'a ActionRule,
    /// What a service would be told.
    pub decision: Decision,
}

/// Every action of the catalogue by these facts, in its order.
#[must_use]
pub fn explain<'a>(catalogue: &'a Catalogue, facts: &Facts) -> Vec<Explanation<'a>> {
    let rules = catalogue.actions().iter();
    rules
        .map(|rule| Explanation {
            rule,
            decision: decide(rule, facts, false),
        })
        .collect()
}

/// The dotted names of the settings that an action needs, in the order in which they are asked.
pub fn settings_of<'a>(
    catalogue: &'a Catalogue,
    rule: &'a ActionRule,
) -> impl Iterator<Item = &'a str> {
    let settings = rule.needs().iter().map(|need| Need::setting(*need).get());
    settings.filter_map(|index| catalogue.settings().get(index).map(Setting::name))
}

/// Somebody who is made up, to show an owner what people of a kind may do. They are nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeUpViewer {
    /// Somebody who has nothing to do with the owner.
    Stranger,
    /// Somebody whom the owner added as a contact.
    AddedContact,
    /// A mutual contact.
    Contact,
    /// A mutual contact whom the owner marked as a close friend.
    CloseFriend,
    /// An accepted follower.
    Follower,
    /// Somebody whom the owner follows.
    Followed,
    /// A follower whom the owner follows.
    MutualFollower,
}

impl MadeUpViewer {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Stranger,
        Self::AddedContact,
        Self::Contact,
        Self::CloseFriend,
        Self::Follower,
        Self::Followed,
        Self::MutualFollower,
    ];

    /// The name in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::AddedContact => "added_contact",
            Self::Contact => "contact",
            Self::CloseFriend => "close_friend",
            Self::Follower => "follower",
            Self::Followed => "followed",
            Self::MutualFollower => "mutual_follower",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// The facts about them and an owner with these settings: without exceptions, and with reciprocity met.
    #[must_use]
    pub fn facts(self, settings: EffectiveSettings) -> Facts {
        Facts {
            settings,
            exceptions: Exceptions::default(),
            relationship: self.relationship(),
            viewer: Viewer::Reciprocating,
        }
    }

    fn relationship(self) -> Relationship {
        let is_contact = matches!(self, Self::Contact | Self::CloseFriend);
        let is_mutual_follower = self == Self::MutualFollower;
        Relationship {
            subject: Ties {
                added: is_contact || self == Self::AddedContact,
                close_friend: self == Self::CloseFriend,
                follows: is_mutual_follower || self == Self::Followed,
            },
            viewer: Ties {
                added: is_contact,
                close_friend: false,
                follows: is_mutual_follower || self == Self::Follower,
            },
            ..Relationship::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalogue::audience::Audience;
    use crate::catalogue::{Choices, Cohorts};

    /// Who belongs to which audience, of the made-up viewers.
    #[test]
    fn a_made_up_viewer_belongs_to_the_audiences_of_their_kind() {
        let catalogue = Catalogue::messenger();
        let (_, rule) = catalogue.find_action("send_message").unwrap();
        let belongs = |viewer: MadeUpViewer, audience: Audience| {
            let mut choices = Choices::default();
            choices.choose("messaging.who_can_message", audience.as_str().into());
            let settings = catalogue.in_force(&choices, &Cohorts::default());
            decide(rule, &viewer.facts(settings), false).allowed
        };
        for (viewer, expected) in [
            (MadeUpViewer::Stranger, json!(["everyone"])),
            (
                MadeUpViewer::AddedContact,
                json!(["everyone", "added_contacts"]),
            ),
            (
                MadeUpViewer::Contact,
                json!(["everyone", "contacts", "added_contacts"]),
            ),
            (
                MadeUpViewer::CloseFriend,
                json!(["everyone", "contacts", "added_contacts", "close_friends"]),
            ),
            (MadeUpViewer::Follower, json!(["everyone", "followers"])),
            (MadeUpViewer::Followed, json!(["everyone", "following"])),
            (
                MadeUpViewer::MutualFollower,
                json!(["everyone", "followers", "following", "mutual_followers"]),
            ),
        ] {
            let audiences = Audience::ALL.into_iter().filter(|it| belongs(viewer, *it));
            let names: Vec<_> = audiences.map(Audience::as_str).collect();
            assert_eq!(json!(names), expected, "{viewer:?}");
            assert_eq!(MadeUpViewer::parse(viewer.as_str()), Some(viewer));
        }
    }

    #[test]
    fn reciprocity_is_met_by_a_made_up_viewer() {
        let catalogue = Catalogue::messenger();
        let facts = MadeUpViewer::Stranger.facts(catalogue.defaults().clone());
        let explained = explain(&catalogue, &facts);
        assert_eq!(explained.len(), catalogue.actions().len());
        for explanation in explained {
            let is_refused = ["view_birthday", "view_phone_number", "view_stories"]
                .contains(&explanation.rule.name());
            assert_eq!(explanation.decision.allowed, !is_refused);
        }
    }

    #[test]
    fn the_settings_of_an_action_have_dotted_names() {
        let core = Catalogue::core();
        let settings = |name| {
            let (_, rule) = core.find_action(name).unwrap();
            settings_of(&core, rule).collect::<Vec<_>>()
        };
        assert_eq!(settings("view_content"), ["account.is_private"]);
        assert_eq!(settings("follow_without_approval"), ["account.is_private"]);
        assert_eq!(
            settings("view_last_seen"),
            ["messaging.show_last_seen", "messaging.who_can_see_profile"]
        );
    }
}
