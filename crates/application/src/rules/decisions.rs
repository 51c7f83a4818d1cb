//! Decisions: whether viewers may do something to subjects, and why.

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::catalogue::{ActionRule, Catalogue, Choices, CoreAction};
use privet_domain::rules::decisions::{Decision, Facts, Relationship, decide};

use super::RuleService;
use crate::StoreError;

/// The most pairs that are decided about at once.
pub const MOST_PAIRS: usize = 1_000;

/// Whose settings count for whom. The two may be the same user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    /// Who acts.
    pub viewer: UserId,
    /// Whose settings count.
    pub subject: UserId,
}

/// What has to be known of a pair, besides the settings and whether anybody is erased or blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Whether the two are mutual contacts.
    pub contacts: bool,
    /// Whether the viewer is an accepted follower.
    pub follows: bool,
}

impl Needs {
    /// What these actions ask for.
    #[must_use]
    pub fn of<'a>(rules: impl IntoIterator<Item = &'a ActionRule>) -> Self {
        rules.into_iter().fold(Self::default(), |needs, rule| Self {
            contacts: needs.contacts || rule.asks_for_contacts(),
            follows: needs.follows || rule.asks_for_follows(),
        })
    }
}

/// A pair to learn the facts about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inquiry {
    /// Whose settings count for whom.
    pub question: Question,
    /// What has to be known of them.
    pub needs: Needs,
}

/// What a store knows of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFacts {
    /// What the subject chose; empty for a user without a row.
    pub choices: Choices,
    /// How the two stand to each other. A fact that is not needed may be `false`.
    pub relationship: Relationship,
}

/// Reads what decisions are made from.
#[async_trait]
pub trait DecisionStore: Send + Sync {
    /// What is known of each pair, in order, all from one snapshot. The snapshot MUST hold every change acknowledged
    /// before the call.
    async fn facts(&self, inquiries: &[Inquiry]) -> Result<Vec<StoredFacts>, StoreError>;
}

/// Something to decide, by a rule of the catalogue in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check<'a> {
    /// Who acts, on whom.
    pub question: Question,
    /// What they want.
    pub rule: &'a ActionRule,
    /// Whether the viewer administrates the group that it is about.
    pub viewer_is_admin: bool,
}

impl RuleService {
    /// Decides all checks, in order, from one snapshot. Their rules are those of `catalogue`.
    pub async fn decide(
        &self,
        catalogue: &Catalogue,
        checks: &[Check<'_>],
    ) -> Result<Vec<Decision>, StoreError> {
        let inquiries = checks.iter().map(|check| Inquiry {
            question: check.question,
            needs: Needs::of([check.rule]),
        });
        let facts = self.facts(catalogue, inquiries.collect()).await?;
        let decisions = checks
            .iter()
            .zip(&facts)
            .map(|(check, facts)| decide(check.rule, facts, check.viewer_is_admin));
        let decisions: Vec<_> = decisions.collect();
        let actions = checks.iter().map(|check| check.rule.name());
        self.metrics.count(actions.zip(decisions.iter().copied()));
        Ok(decisions)
    }

    /// Decides every action of one viewer on one subject, in the order of the catalogue.
    pub async fn decide_all_actions<'a>(
        &self,
        catalogue: &'a Catalogue,
        question: Question,
        viewer_is_admin: bool,
    ) -> Result<Vec<(&'a ActionRule, Decision)>, StoreError> {
        let rules = catalogue.actions();
        let facts = self
            .facts_of_one(catalogue, question, Needs::of(rules))
            .await?;
        let decided = |rule| (rule, decide(rule, &facts, viewer_is_admin));
        let decisions: Vec<_> = rules.iter().map(decided).collect();
        let counted = decisions
            .iter()
            .map(|(rule, decision)| (rule.name(), *decision));
        self.metrics.count(counted);
        Ok(decisions)
    }

    /// Decides one of the built-in actions.
    pub async fn decide_core_action(
        &self,
        question: Question,
        action: CoreAction,
    ) -> Result<Decision, StoreError> {
        let catalogue = self.catalogue.get();
        let rule = catalogue.core_action(action);
        let facts = self
            .facts_of_one(&catalogue, question, Needs::of([rule]))
            .await?;
        let decision = decide(rule, &facts, false);
        self.metrics.count([(rule.name(), decision)]);
        Ok(decision)
    }

    async fn facts_of_one(
        &self,
        catalogue: &Catalogue,
        question: Question,
        needs: Needs,
    ) -> Result<Facts, StoreError> {
        let facts = self
            .facts(catalogue, vec![Inquiry { question, needs }])
            .await?;
        let mut facts = facts.into_iter();
        facts
            .next()
            .ok_or_else(|| StoreError::internal("a pair has no facts"))
    }

    /// The facts about each pair, one for each.
    pub(super) async fn facts(
        &self,
        catalogue: &Catalogue,
        inquiries: Vec<Inquiry>,
    ) -> Result<Vec<Facts>, StoreError> {
        if inquiries.is_empty() {
            return Ok(Vec::new());
        }
        let stored = self.store.facts(&inquiries).await?;
        // With one too few, a pair would get the facts of another.
        if stored.len() != inquiries.len() {
            return Err(StoreError::internal("not every pair has its facts"));
        }
        let facts = stored.into_iter().map(|stored| Facts {
            settings: catalogue.in_force(&stored.choices),
            relationship: stored.relationship,
        });
        Ok(facts.collect())
    }
}
