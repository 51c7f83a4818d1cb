//! Decisions and enforcement over fakes. The rules themselves are tested in the domain; here is which facts they are
//! given, in which order the answers come, and what of the stores reaches them.

mod counting;
mod decisions;
mod enforcement;
mod exceptions;
mod explanations;
mod facts;
mod filter;
mod reciprocity;

use privet_domain::catalogue::{Catalogue, CoreAction, Family};
use privet_domain::relationships::exceptions::{Exception, Exceptions};
use privet_domain::rules::reason::Reason;
use privet_domain::{Pair, UserId};
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
    choose(Services::new(), wanted).await
}

/// The same by the catalogue `messenger`.
async fn messenger_with(wanted: &Value) -> Services {
    choose(Services::by(Catalogue::messenger()), wanted).await
}

async fn choose(services: Services, wanted: &Value) -> Services {
    services
        .change(SUBJECT, Family::Messaging, wanted)
        .await
        .unwrap();
    services
}

/// The exceptions of one user for another.
async fn except(services: &Services, of: Pair, action: &str, exception: Exception) {
    let exceptions = Exceptions::of([(action, exception)]);
    let set = services.relationships.set_exceptions(of, &exceptions);
    set.await.unwrap();
}

async fn reason(services: &Services, question: Question, action: CoreAction) -> Reason {
    let decision = services.rules.decide_core_action(question, action).await;
    decision.unwrap().reason
}
