//! Enforcement: what services show, cut to what is allowed. No rule of its own.

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

/// What is decided about each profile.
const PROFILE_ACTIONS: [CoreAction; 3] = [
    CoreAction::ViewProfile,
    CoreAction::ViewOnlineStatus,
    CoreAction::ViewLastSeen,
];

/// The setting that says after how long messages disappear.
const MESSAGE_EXPIRY: &str = "messaging.disappearing_messages_default";

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

impl RuleService {
    /// Counts what enforcement decides within: these actions, for each of the facts.
    fn count(&self, catalogue: &Catalogue, actions: &[CoreAction], facts: &[Facts]) {
        let rules = actions.iter().map(|action| catalogue.core_action(*action));
        let decided = rules.flat_map(|rule| {
            let decide = move |facts| (rule.name(), decide(rule, facts, false));
            facts.iter().map(decide)
        });
        self.metrics.count(decided);
    }

    /// Cuts profiles to what the viewer may see of them, in order.
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

    /// What the sender may learn of each receipt, in order: its status, and whether the time of reading
    /// stays with it.
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

    /// Who of the recipients may be told that somebody is typing.
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

    /// Who of the invitees the actor may add to a group.
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

    /// After how many seconds each sender's new messages disappear, in order: a value of the setting, null where they
    /// stay.
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
