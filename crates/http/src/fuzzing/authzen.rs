//! Bodies of the AuthZEN endpoints.

use privet_application::rules::decisions::{Check, MOST_PAIRS};
use privet_domain::UserId;
use privet_domain::catalogue::ActionRule;
use serde_json::{Map, Value};

use super::{CORE, LONGEST_ERROR, assert_is_told, read_body};
use crate::features::rules::authzen::batch::{self, Asked};
use crate::features::rules::authzen::plain::PlainEvaluation;
use crate::features::rules::authzen::request::{self, Evaluation, Unknown};
use crate::features::rules::authzen::{EVALUATION, EVALUATIONS};

/// A parsed evaluation equals its text, and unknown members have no effect. What is read without a JSON value is the same.
pub fn authzen_evaluation(data: &[u8]) {
    let plain = PlainEvaluation::read(data);
    let Some(body) = read_body(EVALUATION, data) else {
        assert!(plain.is_none());
        return;
    };
    let asked = request::parse_evaluation(&CORE, &body);
    if let Some(plain) = plain {
        assert_eq!(told(&asked), Ok(plain.evaluation(&CORE)));
    }
    if let Some(members) = body.as_object() {
        let more = with_a_stranger(members);
        assert_eq!(told(&asked), told(&request::parse_evaluation(&CORE, &more)));
    }
    match &asked {
        Ok(evaluation) => assert_asks(evaluation, &body),
        Err(error) => assert_is_told(EVALUATION, error, LONGEST_ERROR),
    }
}

/// Each entry of a batch equals a single evaluation with the defaults applied. No entry is omitted or moved.
pub fn authzen_evaluations(data: &[u8]) {
    let Some(body) = read_body(EVALUATIONS, data) else {
        return;
    };
    match batch::parse(&CORE, &body) {
        Err(error) => assert_is_told(EVALUATIONS, &error, LONGEST_ERROR),
        Ok(Asked::One(evaluation)) => assert_asks(&evaluation, &body),
        Ok(Asked::Several(_, evaluations)) => {
            let entries = body["evaluations"].as_array().expect("it was taken");
            assert_eq!(evaluations.len(), entries.len());
            assert!(entries.len() <= MOST_PAIRS);
            for (evaluation, entry) in evaluations.iter().zip(entries) {
                let alone = alone(&body, entry).map(|body| request::parse_evaluation(&CORE, &body));
                let alone = alone.and_then(Result::ok);
                assert_eq!(evaluation.as_ref().ok(), alone.as_ref(), "{entry}");
            }
        }
    }
}

fn assert_asks(evaluation: &Evaluation<'_>, body: &Value) {
    let entity = |name: &str| (body[name]["type"].as_str(), body[name]["id"].as_str());
    let (subject, resource) = (entity("subject"), entity("resource"));
    let action = body["action"]["name"].as_str();
    let is_known = action.is_some_and(|name| CORE.find_action(name).is_some());
    let users = subject.0 == Some("user") && resource.0 == Some("user");
    let user_id = |id: Option<&str>| UserId::parse(id?).ok();
    let (viewer, owner) = (user_id(subject.1), user_id(resource.1));
    match evaluation {
        Ok(Check {
            question,
            rule,
            viewer_is_admin,
        }) => {
            assert!(users);
            assert_eq!(Some(question.viewer), viewer);
            assert_eq!(Some(question.subject), owner);
            assert_eq!(Some(ActionRule::name(rule)), action);
            let admin = body["subject"]["properties"]["admin"].as_bool();
            assert_eq!(admin.unwrap_or_default(), *viewer_is_admin);
        }
        Err(Unknown::Action) => assert!(!is_known),
        Err(Unknown::Type) => assert!(!users),
        Err(Unknown::Id) => assert!(viewer.is_none() || owner.is_none()),
    }
}

fn told(
    asked: &Result<Evaluation<'static>, privet_http_core::errors::ApiError>,
) -> Result<Evaluation<'static>, String> {
    asked.as_ref().copied().map_err(ToString::to_string)
}

fn with_a_stranger(members: &Map<String, Value>) -> Value {
    let mut members = members.clone();
    members.insert("a member that nobody knows".to_owned(), Value::Null);
    members.into()
}

/// An entry as a single request.
fn alone(top: &Value, entry: &Value) -> Option<Value> {
    let mut members = entry.as_object()?.clone();
    for name in ["subject", "action", "resource"] {
        if let Some(value) = top.get(name) {
            members.entry(name).or_insert_with(|| value.clone());
        }
    }
    Some(members.into())
}
