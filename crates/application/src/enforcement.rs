//! Enforcement: what services show, cut to what is allowed. No rule of its own.

use privet_domain::UserId;
use privet_domain::decisions::{Action, Facts, decide};
use privet_domain::enforcement::{
    EnforcedProfile, Profile, ReceiptStatus, enforce_profile, enforce_receipt,
};
use privet_domain::messaging_privacy::DisappearingAfter;

use crate::decisions::{Check, Inquiry, Needs, Question, counts};
use crate::{Privet, StoreError};

/// What is decided about each profile.
const PROFILE_ACTIONS: [Action; 3] = [
    Action::ViewProfile,
    Action::ViewOnlineStatus,
    Action::ViewLastSeen,
];

/// Counts what enforcement decides within: these actions, for each of the facts.
fn count(actions: &[Action], facts: &[Facts]) {
    let decided = |facts| move |action: &Action| (*action, decide(*action, facts, false));
    counts::count(
        facts
            .iter()
            .flat_map(|facts| actions.iter().map(decided(facts))),
    );
}

/// A message's receipt: whose, and how far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Who got the message.
    pub recipient: UserId,
    /// How far it got.
    pub status: ReceiptStatus,
}

/// Who may be added to a group and who may not, each in the order in which they were named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupAdditions {
    /// Those who may.
    pub allowed: Vec<UserId>,
    /// Those who may not.
    pub refused: Vec<UserId>,
}

impl Privet {
    /// Cuts profiles to what the viewer may see of them, in order.
    pub async fn enforce_profiles(
        &self,
        viewer: UserId,
        profiles: Vec<(UserId, Profile)>,
    ) -> Result<Vec<EnforcedProfile>, StoreError> {
        let needs = Needs::of(PROFILE_ACTIONS);
        let inquiry = |subject: UserId| Inquiry {
            question: Question { viewer, subject },
            needs,
        };
        let inquiries = profiles.iter().map(|(subject, _)| inquiry(*subject));
        let facts = self.facts(inquiries.collect()).await?;
        count(&PROFILE_ACTIONS, &facts);
        let enforced = profiles
            .into_iter()
            .zip(&facts)
            .map(|((_, profile), facts)| enforce_profile(facts, profile));
        Ok(enforced.collect())
    }

    /// What the sender may learn of each receipt, in order: its status, and whether the time of reading
    /// stays with it.
    pub async fn enforce_receipts(
        &self,
        sender: UserId,
        receipts: &[Receipt],
    ) -> Result<Vec<(ReceiptStatus, bool)>, StoreError> {
        let inquiries = receipts.iter().map(|receipt| Inquiry {
            question: Question {
                viewer: sender,
                subject: receipt.recipient,
            },
            needs: Needs::of([Action::ViewReadReceipts]),
        });
        let facts = self.facts(inquiries.collect()).await?;
        count(&[Action::ViewReadReceipts], &facts);
        let enforced = receipts
            .iter()
            .zip(&facts)
            .map(|(receipt, facts)| enforce_receipt(facts, receipt.status));
        Ok(enforced.collect())
    }

    /// Who of the recipients may be told that somebody is typing.
    pub async fn enforce_typing(
        &self,
        typist: UserId,
        recipients: Vec<UserId>,
    ) -> Result<Vec<UserId>, StoreError> {
        let check = |viewer: &UserId| Check {
            question: Question {
                viewer: *viewer,
                subject: typist,
            },
            action: Action::ViewTyping,
            viewer_is_admin: false,
        };
        let checks: Vec<_> = recipients.iter().map(check).collect();
        let decisions = self.decide(&checks).await?;
        let told = recipients
            .into_iter()
            .zip(decisions)
            .filter_map(|(recipient, decision)| decision.allowed.then_some(recipient));
        Ok(told.collect())
    }

    /// Who of the invitees the actor may add to a group.
    pub async fn enforce_group_additions(
        &self,
        actor: UserId,
        actor_is_admin: bool,
        invitees: Vec<UserId>,
    ) -> Result<GroupAdditions, StoreError> {
        let check = |subject: &UserId| Check {
            question: Question {
                viewer: actor,
                subject: *subject,
            },
            action: Action::AddToGroup,
            viewer_is_admin: actor_is_admin,
        };
        let checks: Vec<_> = invitees.iter().map(check).collect();
        let decisions = self.decide(&checks).await?;
        let mut additions = GroupAdditions::default();
        for (invitee, decision) in invitees.into_iter().zip(decisions) {
            if decision.allowed {
                additions.allowed.push(invitee);
            } else {
                additions.refused.push(invitee);
            }
        }
        Ok(additions)
    }

    /// After how long each sender's new messages disappear, in order; `None` where they stay.
    pub async fn enforce_message_expiry(
        &self,
        senders: &[UserId],
    ) -> Result<Vec<Option<DisappearingAfter>>, StoreError> {
        let inquiries = senders.iter().map(|sender| Inquiry {
            question: Question {
                viewer: *sender,
                subject: *sender,
            },
            needs: Needs::default(),
        });
        let facts = self.facts(inquiries.collect()).await?;
        let expiries = facts
            .iter()
            .map(|facts| facts.settings.messaging.disappearing_messages_default);
        Ok(expiries.collect())
    }
}
