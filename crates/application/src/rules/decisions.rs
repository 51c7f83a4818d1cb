//! Decisions: may a viewer perform an action on a subject, and why?

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::catalogue::{ActionRule, Catalogue, Choices, Cohorts, CoreAction};
use privet_domain::relationships::exceptions::Exceptions;
use privet_domain::rules::decisions::{Decision, Facts, Relationship, Viewer, decide};

use super::RuleService;
use crate::StoreError;

/// The maximum number of pairs in one call.
pub const MOST_PAIRS: usize = 1_000;

/// A viewer and the subject whose settings apply. They may be the same user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    /// The viewer.
    pub viewer: UserId,
    /// The user whose settings apply.
    pub subject: UserId,
}

/// The facts to read about a pair, besides settings, erasures and blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent needs, each true or false"
)]
pub struct Needs {
    /// Whether each of the two added the other as a contact, and marked the contact as a close friend. What the viewer did
    /// may be left out if the subject did not add the viewer, unless `viewer` is needed.
    pub contacts: bool,
    /// Whether the viewer follows the subject.
    pub follows: bool,
    /// Whether the subject follows the viewer.
    pub followed: bool,
    /// The viewer's choices, cohorts and exceptions for the subject.
    pub viewer: bool,
}

impl Needs {
    /// The facts that these actions need.
    #[must_use]
    pub fn of<'a>(rules: impl IntoIterator<Item = &'a ActionRule>) -> Self {
        rules.into_iter().fold(Self::default(), |needs, rule| Self {
            contacts: needs.contacts || rule.asks_for_contacts(),
            follows: needs.follows || rule.asks_for_follows(),
            followed: needs.followed || rule.asks_for_followed(),
            viewer: needs.viewer || rule.is_reciprocal(),
        })
    }
}

/// A pair whose facts are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inquiry {
    /// The viewer and the subject.
    pub question: Question,
    /// The facts to read.
    pub needs: Needs,
}

/// The facts of a store about one of the two users. Empty for a user without a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StoredParty {
    /// The user's choices.
    pub choices: Choices,
    /// The user's cohorts.
    pub cohorts: Cohorts,
    /// The user's exceptions for the other.
    pub exceptions: Exceptions,
}

/// The facts of a store about a pair.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StoredFacts {
    /// Of the subject.
    pub subject: StoredParty,
    /// Of the viewer; may be `None` if it was not requested.
    pub viewer: Option<StoredParty>,
    /// The relationship of the two. A fact that was not requested may be `false`.
    pub relationship: Relationship,
}

impl StoredFacts {
    /// The facts of decisions, by this catalogue.
    #[must_use]
    pub fn in_force(self, catalogue: &Catalogue) -> Facts {
        let settings = |party: &StoredParty| catalogue.in_force(&party.choices, &party.cohorts);
        Facts {
            settings: settings(&self.subject),
            exceptions: self.subject.exceptions,
            relationship: self.relationship,
            viewer: match self.viewer {
                None => Viewer::Unread,
                Some(viewer) => Viewer::Known {
                    settings: settings(&viewer),
                    exceptions: viewer.exceptions,
                },
            },
        }
    }
}

/// Reads the facts of decisions.
#[async_trait]
pub trait DecisionStore: Send + Sync {
    /// The facts of each pair, in order, from one snapshot. The snapshot MUST contain all changes acknowledged
    /// before the call. On a distributed database the pairs may have different snapshots: the facts of each pair MUST be
    /// true together at one moment during the call.
    async fn facts(&self, inquiries: &[Inquiry]) -> Result<Vec<StoredFacts>, StoreError>;
}

/// A decision to make, by a rule of the catalogue in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check<'a> {
    /// The viewer and the subject.
    pub question: Question,
    /// The rule of the action.
    pub rule: &'a ActionRule,
    /// Whether the viewer administrates the group in question.
    pub viewer_is_admin: bool,
}

impl RuleService {
    /// Decides all checks, in order, from one snapshot; on a distributed database from one for each check. Their rules
    /// are those of `catalogue`.
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

    /// Decides all actions of a viewer on a subject, in the order of the catalogue.
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

    /// Whether the viewer may see the subject's lists of followers and of followed users. Exceptions do not count.
    pub async fn may_see_follow_lists(&self, question: Question) -> Result<bool, StoreError> {
        let catalogue = self.catalogue.get();
        let rule = catalogue.core_action(CoreAction::ViewContent);
        let facts = self.facts_of_one(&catalogue, question, Needs::of([rule]));
        let decision = decide(rule, &facts.await?.without_exceptions(), false);
        self.metrics.count([(rule.name(), decision)]);
        Ok(decision.allowed)
    }

    pub(super) async fn facts_of_one(
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

    /// The facts of each pair.
    pub(super) async fn facts(
        &self,
        catalogue: &Catalogue,
        inquiries: Vec<Inquiry>,
    ) -> Result<Vec<Facts>, StoreError> {
        if inquiries.is_empty() {
            return Ok(Vec::new());
        }
        let stored = self.store.facts(&inquiries).await?;
        // If one were missing, pairs would get the facts of others.
        if stored.len() != inquiries.len() {
            return Err(StoreError::internal("not every pair has its facts"));
        }
        let facts = stored.into_iter();
        Ok(facts.map(|stored| stored.in_force(catalogue)).collect())
    }
}
