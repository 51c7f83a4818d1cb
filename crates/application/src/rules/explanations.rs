//! Explanations and previews for the owner of the settings. They contain no rules of their own.

use privet_domain::UserId;
use privet_domain::catalogue::{ActionRule, Catalogue};
use privet_domain::rules::decisions::Facts;
use privet_domain::rules::enforcement::{EnforcedProfile, Profile, enforce_profile};
use privet_domain::rules::explanations::{Explanation, MadeUpViewer, explain};

use super::RuleService;
use super::decisions::{Needs, Question};
use super::enforcement::PROFILE_ACTIONS;
use crate::StoreError;

/// A viewer of the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// A user.
    User(UserId),
    /// A made-up viewer.
    MadeUp(MadeUpViewer),
}

impl RuleService {
    /// The decisions that services get now for this viewer and the owner, for all actions of the catalogue; `None` if the
    /// viewer is erased.
    pub async fn explain<'a>(
        &self,
        catalogue: &'a Catalogue,
        owner: UserId,
        view: View,
    ) -> Result<Option<Vec<Explanation<'a>>>, StoreError> {
        let facts = self.facts_of_view(catalogue, owner, view, catalogue.actions());
        Ok(facts.await?.map(|facts| explain(catalogue, &facts)))
    }

    /// The owner's profile as this viewer sees it; `None` if the viewer is erased.
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
            // Only the owner's settings are needed.
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
