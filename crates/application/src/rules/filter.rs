//! Filters: the subjects that allow a viewer an action, or the viewers that a subject allows it.

use privet_domain::UserId;
use privet_domain::catalogue::{ActionRule, Catalogue};

use super::RuleService;
use super::decisions::{Check, Question};
use crate::StoreError;

/// The maximum number of users in one call.
pub const MOST_FILTERED: usize = 10_000;

/// The users to filter, and the other user of all pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// One viewer, many subjects.
    Subjects {
        /// The viewer.
        viewer: UserId,
        /// The users whose settings apply.
        subjects: Vec<UserId>,
    },
    /// Many viewers, one subject.
    Viewers {
        /// The user whose settings apply.
        subject: UserId,
        /// The viewers.
        viewers: Vec<UserId>,
    },
}

impl Filter {
    fn question(&self, user: UserId) -> Question {
        match *self {
            Self::Subjects { viewer, .. } => Question {
                viewer,
                subject: user,
            },
            Self::Viewers { subject, .. } => Question {
                viewer: user,
                subject,
            },
        }
    }

    fn users(&self) -> &[UserId] {
        match self {
            Self::Subjects { subjects, .. } => subjects,
            Self::Viewers { viewers, .. } => viewers,
        }
    }
}

impl RuleService {
    /// The users for whom the rule allows the action, in order, with duplicates, from one snapshot.
    pub async fn filter(
        &self,
        catalogue: &Catalogue,
        rule: &ActionRule,
        filter: &Filter,
        viewer_is_admin: bool,
    ) -> Result<Vec<UserId>, StoreError> {
        let users = filter.users();
        let check = |user: &UserId| Check {
            question: filter.question(*user),
            rule,
            viewer_is_admin,
        };
        let checks: Vec<_> = users.iter().map(check).collect();
        let decisions = self.decide(catalogue, &checks).await?;
        let allowed = users.iter().zip(decisions);
        let allowed = allowed.filter(|(_, decision)| decision.allowed);
        Ok(allowed.map(|(user, _)| *user).collect())
    }
}
