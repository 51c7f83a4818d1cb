//! Decisions and enforcement over fakes. The rules themselves are tested in the domain; here is which facts they are
//! given, in which order the answers come, and what of the stores reaches them.

mod counting;
mod decisions;
mod enforcement;
mod facts;

use privet_domain::UserId;
use privet_domain::catalogue::{CoreAction, Family};
use privet_domain::rules::decisions::Reason;
use serde_json::Value;

use super::decisions::Question;
use crate::fakes::{Services, user};

fn question(viewer: u128, subject: u128) -> Question {
    Question {
        viewer: user(viewer),
        subject: user(subject),
    }
}

/// The subject of the tests is user 2.
const SUBJECT: UserId = user(2);

/// Services where the subject chose this of their messaging settings.
async fn with(wanted: &Value) -> Services {
    let services = Services::new();
    services
        .change(SUBJECT, Family::Messaging, wanted)
        .await
        .unwrap();
    services
}

async fn reason(services: &Services, question: Question, action: CoreAction) -> Reason {
    let decision = services.rules.decide_core_action(question, action).await;
    decision.unwrap().reason
}
