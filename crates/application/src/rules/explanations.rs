//! Why somebody may do something, and what they see of a profile: for the one whose settings count. No rule of its own.

use privet_domain::UserId;
use privet_domain::catalogue::{ActionRule, Catalogue};
use privet_domain::rules::decisions::Facts;
use privet_domain::rules::enforcement::{EnforcedProfile, Profile, enforce_profile};
use privet_domain::rules::explanations::{Explanation, MadeUpViewer, explain};

use super::RuleService;
use super::decisions::{Needs, Question};
use super::enforcement::PROFILE_ACTIONS;
use crate::StoreError;

/// Whose view of an owner is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Another user's.
    User(UserId),
    /// Somebody's who is made up.
    MadeUp(MadeUpViewer),
}

impl RuleService {
    /// What services are told about the owner and this viewer now, for every action of the catalogue; `None` where the
    /// viewer was erased.
    pub async fn explain<'a>(
        &self,
        catalogue: &'a Catalogue,
        owner: UserId,
        view: View,
    ) -> Result<Option<Vec<Explanation<'a>>>, StoreError> {
        let facts = self.facts_of_view(catalogue, owner, view, catalogue.actions());
        Ok(facts.await?.map(|facts| explain(catalogue, &facts)))
    }

    /// The owner's profile as this viewer is shown it; `None` where the viewer was erased.
    pub async fn preview(
        &self,
        owner: UserId,
        view: View,
        profile: Profile,
    ) -> Result<Option<EnforcedProfile>, StoreError> {
        let catalogue = self.catalogue.get();
        let rules = PROFILE_ACTIONS.map(|action| catalogue.core_action(action));
        let facts = self.facts_of_view(&catalogue, owner, view, rules).await?;
        Ok(facts.map(|facts| enforce_profile(&catalogue, &facts, profile)))
    }

    async fn facts_of_view<'a>(
        &self,
        catalogue: &Catalogue,
        owner: UserId,
        view: View,
        rules: impl IntoIterator<Item = &'a ActionRule>,
    ) -> Result<Option<Facts>, StoreError> {
        let (viewer, needs) = match view {
            View::User(viewer) => (viewer, Needs::of(rules)),
            // Of the owner, only the settings count.
            View::MadeUp(_) => (owner, Needs::default()),
        };
        let question = Question {
            viewer,
            subject: owner,
        };
        let facts = self.facts_of_one(catalogue, question, needs).await?;
        Ok(match view {
            View::User(_) if facts.relationship.is_erased => None,
            View::User(_) => Some(facts),
            View::MadeUp(viewer) => Some(viewer.facts(facts.settings)),
        })
    }
}
