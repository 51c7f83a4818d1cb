//! Enforcement: filters data by decisions. It has no rules of its own.

use privet_domain::UserId;
use privet_domain::catalogue::{Catalogue, CoreAction};
use privet_domain::rules::decisions::{Facts, decide};
use privet_domain::rules::enforcement::{
    EnforcedProfile, Profile, ReceiptStatus, enforce_profile, enforce_receipt,
};
use serde_json::Value;

use super::RuleService;
use super::decisions::{Check, Inquiry, Needs, Question};
use crate::StoreError;

/// The actions that are decided for each profile.
const PROFILE_ACTIONS: [CoreAction; 3] = [
    CoreAction::ViewProfile,
    CoreAction::ViewOnlineStatus,
    CoreAction::ViewLastSeen,
];

/// The setting with the lifetime of messages.
const MESSAGE_EXPIRY: &str = "messaging.disappearing_messages_default";

/// The receipt of a message: recipient and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The recipient of the message.
    pub recipient: UserId,
    /// The status.
    pub status: ReceiptStatus,
}

/// The users who may be added to a group, and those who may not, in the order of the request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupAdditions {
    /// The users who may be added.
    pub allowed: Vec<UserId>,
    /// The users who may not be added.
    pub refused: Vec<UserId>,
}

impl RuleService {
    /// Counts the decisions of enforcement: these actions, for each of the facts.
    fn count(&self, catalogue: &Catalogue, actions: &[CoreAction], facts: &[Facts]) {
        let rules = actions.iter().map(|action| catalogue.core_action(*action));
        let decided = rules.flat_map(|rule| {
            let decide = move |facts| (rule.name(), decide(rule, facts, false));
            facts.iter().map(decide)
        });
        self.metrics.count(decided);
    }

    /// Limits profiles to what the viewer may see, in order.
    pub async fn enforce_profiles(
        &self,
        viewer: UserId,
        profiles: Vec<(UserId, Profile)>,
    ) -> Result<Vec<EnforcedProfile>, StoreError> {
        let catalogue = self.catalogue.get();
        let rules = PROFILE_ACTIONS.map(|action| catalogue.core_action(action));
        let needs = Needs::of(rules);
        let inquiry = |subject: UserId| Inquiry {
            question: Question { viewer, subject },
            needs,
        };
        let inquiries = profiles.iter().map(|(subject, _)| inquiry(*subject));
        let facts = self.facts(&catalogue, inquiries.collect()).await?;
        self.count(&catalogue, &PROFILE_ACTIONS, &facts);
        let enforced = profiles
            .into_iter()
            .zip(&facts)
            .map(|((_, profile), facts)| enforce_profile(&catalogue, facts, profile));
        Ok(enforced.collect())
    }

    /// For each receipt, in order: the status that the sender may see, and whether the time of reading is
    /// included.
    pub async fn enforce_receipts(
        &self,
        sender: UserId,
        receipts: &[Receipt],
    ) -> Result<Vec<(ReceiptStatus, bool)>, StoreError> {
        let catalogue = self.catalogue.get();
        let action = CoreAction::ViewReadReceipts;
        let needs = Needs::of([catalogue.core_action(action)]);
        let inquiries = receipts.iter().map(|receipt| Inquiry {
            question: Question {
                viewer: sender,
                subject: receipt.recipient,
            },
            needs,
        });
        let facts = self.facts(&catalogue, inquiries.collect()).await?;
        self.count(&catalogue, &[action], &facts);
        let enforced = receipts
            .iter()
            .zip(&facts)
            .map(|(receipt, facts)| enforce_receipt(&catalogue, facts, receipt.status));
        Ok(enforced.collect())
    }

    /// The recipients who may see that a user is typing.
    pub async fn enforce_typing(
        &self,
        typist: UserId,
        recipients: Vec<UserId>,
    ) -> Result<Vec<UserId>, StoreError> {
        let catalogue = self.catalogue.get();
        let rule = catalogue.core_action(CoreAction::ViewTyping);
        let check = |viewer: &UserId| Check {
            question: Question {
                viewer: *viewer,
                subject: typist,
            },
            rule,
            viewer_is_admin: false,
        };
        let checks: Vec<_> = recipients.iter().map(check).collect();
        let decisions = self.decide(&catalogue, &checks).await?;
        let told = recipients
            .into_iter()
            .zip(decisions)
            .filter_map(|(recipient, decision)| decision.allowed.then_some(recipient));
        Ok(told.collect())
    }

    /// The invitees whom the actor may add to a group.
    pub async fn enforce_group_additions(
        &self,
        actor: UserId,
        actor_is_admin: bool,
        invitees: Vec<UserId>,
    ) -> Result<GroupAdditions, StoreError> {
        let catalogue = self.catalogue.get();
        let rule = catalogue.core_action(CoreAction::AddToGroup);
        let check = |subject: &UserId| Check {
            question: Question {
                viewer: actor,
                subject: *subject,
            },
            rule,
            viewer_is_admin: actor_is_admin,
        };
        let checks: Vec<_> = invitees.iter().map(check).collect();
        let decisions = self.decide(&catalogue, &checks).await?;
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

    /// For each sender, in order: the number of seconds after which new messages disappear, a value of the
    /// setting; null if they do not.
    pub async fn enforce_message_expiry(
        &self,
        senders: &[UserId],
    ) -> Result<Vec<Value>, StoreError> {
        let catalogue = self.catalogue.get();
        let Some((setting, _)) = catalogue.find(MESSAGE_EXPIRY) else {
            return Err(StoreError::internal("the catalogue has no message expiry"));
        };
        let inquiries = senders.iter().map(|sender| Inquiry {
            question: Question {
                viewer: *sender,
                subject: *sender,
            },
            needs: Needs::default(),
        });
        let facts = self.facts(&catalogue, inquiries.collect()).await?;
        let expiries = facts
            .iter()
            .map(|facts| facts.settings.value(&catalogue, setting));
        Ok(expiries.collect())
    }
}
