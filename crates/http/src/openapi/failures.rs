//! What can go wrong with an operation, derived from the operation itself, and shown by the very code
//! that shapes errors, so that the document promises no other shape than the one that is sent.

use std::time::Duration;

use privet_application::rate_limits::Limit;
use privet_domain::{FieldError, Timestamp};
use privet_http_core::auth::scopes::Scope;
use privet_http_core::errors::{ApiError, Family, Refusal, Unauthenticated, render_body};
use privet_http_core::request::body::{LARGEST_BATCH, LARGEST_BODY, SLOWEST_BODY};
use utoipa::Modify;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use super::failure_schemas;
use super::own_failures::own_failures;

/// Adds to every operation the failures that it can answer.
pub struct Failures;

impl Modify for Failures {
    fn modify(&self, document: &mut OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let family = Family::of(path);
            for operation in operations(item) {
                for failure in failures(path, operation) {
                    add_failure(family, operation, &failure);
                }
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.patch,
        &mut item.post,
        &mut item.delete,
    ]
    .into_iter()
    .filter_map(Option::as_mut)
}

/// A failure: its name, for examples; what it means for the operation; and how it is made.
pub(super) struct Named {
    name: &'static str,
    meaning: String,
    error: ApiError,
}

impl Named {
    pub(super) fn new(
        name: &'static str,
        meaning: impl Into<String>,
        error: impl Into<ApiError>,
    ) -> Self {
        Self {
            name,
            meaning: meaning.into(),
            error: error.into(),
        }
    }
}

fn failures(path: &str, operation: &Operation) -> Vec<Named> {
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let mut failures = Vec::new();
    if operation.request_body.is_some() {
        add_body_failures(path, &mut failures);
    }
    add_parameter_failures(operation, &mut failures);
    if takes(operation, |_, name| name == "If-Match") {
        let meaning = "`If-Match` does not name the version that stands, or `If-None-Match` names it on a change. Nothing changed.";
        let error = ApiError::PreconditionFailed;
        failures.push(Named::new("another version", meaning, error));
    }
    if operation.security.is_some() {
        add_gate_failures(id, operation, &mut failures);
    }
    failures.extend(own_failures(id));
    if path == "/health/ready" {
        let error = ApiError::Unavailable(vec!["database"]);
        let meaning = "Something is away that is needed to serve requests.";
        failures.push(Named::new("database away", meaning, error));
    }
    failures
}

fn add_parameter_failures(operation: &Operation, failures: &mut Vec<Named>) {
    let wrong = |name, message| ApiError::InvalidParameters(vec![FieldError::new(name, message)]);
    for (taken, most) in [("limit", 200), ("size", 100)] {
        if takes(operation, |place, name| {
            *place == ParameterIn::Query && name == taken
        }) {
            let error = wrong(taken, format!("must be a whole number from 1 to {most}"));
            let meaning =
                "A parameter of the query has a value that it does not take, or is given twice.";
            failures.push(Named::new("wrong parameters", meaning, error));
        }
    }
    for name in ["userId", "followId"] {
        if takes(operation, |_, taken| taken == name) {
            let meaning = format!("`{name}` is no UUID.");
            let error = wrong(name, "must be a UUID".to_owned());
            failures.push(Named::new("not an id", meaning, error));
        }
    }
}

fn add_body_failures(path: &str, failures: &mut Vec<Named>) {
    let wrong = vec![FieldError::new("<member>", "What is wrong with it.")];
    let malformed = "Malformed JSON: expected value at line 1 column 1.".to_owned();
    let mut add = |name, meaning: &str, error| failures.push(Named::new(name, meaning, error));
    add(
        "malformed",
        "The body is no valid JSON.",
        ApiError::Malformed(malformed),
    );
    add(
        "not an object",
        "The body is no object.",
        ApiError::NotAnObject,
    );
    let meaning = "A member of the body is missing, not known or has a value that it does not take. Nothing changed.";
    add("wrong members", meaning, ApiError::InvalidMembers(wrong));
    let largest = largest_body(path);
    let meaning = format!("The body has more than {largest} bytes.");
    add("too large", &meaning, ApiError::PayloadTooLarge(largest));
    // To AuthZEN a body of another type is malformed.
    if !path.starts_with("/access/") {
        let meaning = "The body is not sent as `application/json`.";
        add("not JSON", meaning, ApiError::UnsupportedMediaType);
        add(
            "compressed",
            "The body is compressed.",
            ApiError::Compressed,
        );
    }
    let meaning = format!(
        "The body did not arrive within {} seconds.",
        SLOWEST_BODY.as_secs()
    );
    add("too slow", &meaning, ApiError::TooSlow(SLOWEST_BODY));
}

fn largest_body(path: &str) -> usize {
    let takes_many = path.starts_with("/api/v1/privacy/decisions")
        || path.starts_with("/api/v1/privacy/enforce/")
        || path == "/access/v1/evaluations";
    if takes_many {
        LARGEST_BATCH
    } else {
        LARGEST_BODY
    }
}

fn add_gate_failures(id: &str, operation: &Operation, failures: &mut Vec<Named>) {
    let scope = Scope::ALL
        .into_iter()
        .find(|scope| asks_for(operation, scope.as_str()));
    add_token_failures(scope, failures);
    let limit = limit_of(id);
    let quota = limit.default_quota();
    let refusal = Refusal {
        limit,
        quota,
        retry_after: Duration::from_secs(12),
    };
    let who = if scope.is_some() {
        "A caller without the scope"
    } else {
        "The caller"
    };
    let meaning = format!(
        "{who} has used up the quota `{}` ({} requests in {} seconds, unless the operator chose another). Nothing changed.",
        limit.name(),
        quota.requests,
        quota.window.as_secs(),
    );
    let mut add = |name, meaning: &str, error| failures.push(Named::new(name, meaning, error));
    add("too many", &meaning, ApiError::RateLimited(refusal));
    if scope.is_none() {
        let meaning = "The caller has too many requests under way at the same time.";
        add("too many at once", meaning, ApiError::TooManyAtOnce);
    }
    let meaning = "The service failed. Its log says why, by the request id.";
    add("failed", meaning, ApiError::Internal);
    let meaning = "The database cannot be reached, or did not answer in time. Whether a change was made is not known: repeat it.";
    add("database away", meaning, ApiError::Unavailable(Vec::new()));
}

fn add_token_failures(scope: Option<Scope>, failures: &mut Vec<Named>) {
    let meaning = if scope.is_some() {
        "There is no token, or it has expired or is invalid."
    } else {
        "There is no token, or it has expired or is invalid, or its account was deleted."
    };
    for (name, why) in [
        ("no token", Unauthenticated::Missing),
        ("expired", Unauthenticated::Expired),
        ("invalid", Unauthenticated::Invalid),
    ] {
        failures.push(Named::new(name, meaning, why));
    }
    match scope {
        Some(scope) => {
            let meaning = format!("The token does not have the scope `{}`.", scope.as_str());
            failures.push(Named::new(
                "no scope",
                meaning,
                ApiError::MissingScope(scope),
            ));
        }
        None => failures.push(Named::new("erased", meaning, Unauthenticated::Erased)),
    }
}

/// The quota that an operation counts against.
fn limit_of(id: &str) -> Limit {
    match id {
        "get_messaging_privacy" => Limit::MessagingRead,
        "update_messaging_privacy" => Limit::MessagingUpdate,
        "update_email_contact" => Limit::EmailContactUpdate,
        "update_account_privacy" => Limit::AccountUpdate,
        "update_preferences" | "reset_preferences" => Limit::PreferencesUpdate,
        _ => Limit::General,
    }
}

fn asks_for(operation: &Operation, scope: &str) -> bool {
    // What a requirement holds can be read in its JSON only.
    let requirements = serde_json::to_value(&operation.security).unwrap_or_default();
    let scopes = requirements.pointer("/0/bearer").cloned();
    scopes.is_some_and(|scopes| {
        let mut scopes = scopes.as_array().into_iter().flatten();
        scopes.any(|held| held == scope)
    })
}

fn takes(operation: &Operation, wanted: impl Fn(&ParameterIn, &str) -> bool) -> bool {
    operation
        .parameters
        .iter()
        .flatten()
        .any(|parameter| match parameter {
            RefOr::T(parameter) => wanted(&parameter.parameter_in, &parameter.name),
            RefOr::Ref(_) => false,
        })
}

fn add_failure(family: Family, operation: &mut Operation, failure: &Named) {
    let Named {
        name,
        meaning,
        error,
    } = failure;
    let status = family.status(error, &error.failure());
    let answers = &mut operation.responses.responses;
    let answer = answers
        .entry(status.as_str().to_owned())
        .or_insert_with(|| answer(family).into());
    let RefOr::T(answer) = answer else { return };
    if !answer.description.contains(meaning.as_str()) {
        let sep = if answer.description.is_empty() {
            ""
        } else {
            " "
        };
        answer.description = format!("{}{sep}{meaning}", answer.description);
    }
    let body = render_body(family, error, a_moment());
    let example = ExampleBuilder::new()
        .summary(*name)
        .value(Some(body))
        .build();
    for content in answer.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        content
            .examples
            .insert(name.replace(' ', "_"), example.clone().into());
    }
}

fn answer(family: Family) -> Response {
    let reference = Ref::from_schema_name(failure_schemas::name(family));
    let content = ContentBuilder::new().schema(Some(reference)).build();
    ResponseBuilder::new()
        .content(family.media_type(), content)
        .build()
}

fn a_moment() -> Timestamp {
    Timestamp::truncate(std::time::UNIX_EPOCH.into())
}
