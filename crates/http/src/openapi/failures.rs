//! The failures of an operation, derived from its definition. The examples are rendered by the code that renders
//! errors, so that the document always shows the real format.

use std::time::Duration;

use privet_application::changes::MOST_CHANGES;
use privet_application::rate_limits::Limit;
use privet_domain::{FieldError, Timestamp};
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Body, Caller, Endpoint, Failure};
use privet_http_core::errors::{ApiError, Family, Unauthenticated, render_body};
use privet_http_core::request::body::SLOWEST_BODY;
use privet_http_core::response::rate_limits::Refusal;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::failure_schemas;

/// Adds the possible failures of an endpoint to its operation.
pub fn add(endpoint: &Endpoint, operation: &mut Operation) {
    let family = Family::of(&endpoint.path);
    for failure in failures(endpoint, operation) {
        add_failure(family, operation, &failure);
    }
}

fn failures(endpoint: &Endpoint, operation: &Operation) -> Vec<Failure> {
    let mut failures = Vec::new();
    if let Some(body) = &endpoint.body {
        add_body_failures(*body, &mut failures);
    }
    add_parameter_failures(operation, &mut failures);
    if takes(operation, |_, name| name == "If-Match") {
        let meaning = "`If-Match` does not match the current version, or `If-None-Match` matches it on a change. Nothing changed.";
        let error = ApiError::PreconditionFailed;
        failures.push(Failure::new("another version", meaning, error));
    }
    match endpoint.caller {
        Caller::Anyone => {}
        Caller::User(limit)
        | Caller::UserRow(limit)
        | Caller::SettingsChange(limit)
        | Caller::UserStream(limit)
        | Caller::UserAndNoService(limit) => {
            add_caller_failures(None, limit, &mut failures);
        }
        Caller::Service(scope) => add_caller_failures(Some(scope), Limit::General, &mut failures),
    }
    failures.extend(endpoint.failures());
    failures
}

fn add_parameter_failures(operation: &Operation, failures: &mut Vec<Failure>) {
    let wrong = |name, message| ApiError::InvalidParameters(vec![FieldError::new(name, message)]);
    let is_feed = takes(operation, |_, name| name == "wait");
    let most_items = if is_feed { MOST_CHANGES } else { 200 };
    for (taken, most) in [("limit", most_items), ("size", 100)] {
        if takes(operation, |place, name| {
            *place == ParameterIn::Query && name == taken
        }) {
            let error = wrong(taken, format!("must be a whole number from 1 to {most}"));
            let meaning = "A query parameter has an invalid value or is given twice.";
            failures.push(Failure::new("wrong parameters", meaning, error));
        }
    }
    for name in ["userId", "followId"] {
        if takes(operation, |_, taken| taken == name) {
            let meaning = format!("`{name}` is not a UUID.");
            let error = wrong(name, "must be a UUID".to_owned());
            failures.push(Failure::new("not an id", meaning, error));
        }
    }
}

fn add_body_failures(body: Body, failures: &mut Vec<Failure>) {
    let wrong = vec![FieldError::new("<member>", "What is wrong with it.")];
    let malformed = "Malformed JSON: expected value at line 1 column 1.".to_owned();
    let mut add = |name, meaning: &str, error| failures.push(Failure::new(name, meaning, error));
    add(
        "malformed",
        "The body is not valid JSON.",
        ApiError::Malformed(malformed),
    );
    add(
        "not an object",
        "The body is not an object.",
        ApiError::NotAnObject,
    );
    let meaning =
        "A member of the body is missing, unknown or has an invalid value. Nothing changed.";
    add("wrong members", meaning, ApiError::InvalidMembers(wrong));
    let largest = body.largest;
    let meaning = format!("The body has more than {largest} bytes.");
    add("too large", &meaning, ApiError::PayloadTooLarge(largest));
    // In AuthZEN a body of another type is malformed.
    if !body.is_of_any_type {
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

fn add_caller_failures(scope: Option<Scope>, limit: Limit, failures: &mut Vec<Failure>) {
    add_token_failures(scope, failures);
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
    let mut add = |name, meaning: &str, error| failures.push(Failure::new(name, meaning, error));
    add("too many", &meaning, ApiError::RateLimited(refusal));
    if scope.is_none() {
        let meaning = "The caller has too many concurrent requests.";
        add("too many at once", meaning, ApiError::TooManyAtOnce);
    }
    let meaning = "The service failed. The log has the cause under the request id.";
    add("failed", meaning, ApiError::Internal);
    let meaning = "The database is unreachable, or did not answer in time. A change may or may not have been made: repeat it.";
    add("database away", meaning, ApiError::Unavailable(Vec::new()));
}

fn add_token_failures(scope: Option<Scope>, failures: &mut Vec<Failure>) {
    let meaning = if scope.is_some() {
        "The token is missing, expired or invalid."
    } else {
        "The token is missing, expired or invalid, or its account was erased."
    };
    for (name, why) in [
        ("no token", Unauthenticated::Missing),
        ("expired", Unauthenticated::Expired),
        ("invalid", Unauthenticated::Invalid),
    ] {
        failures.push(Failure::new(name, meaning, why));
    }
    match scope {
        Some(scope) => {
            let meaning = format!("The token does not have the scope `{}`.", scope.as_str());
            failures.push(Failure::new(
                "no scope",
                meaning,
                ApiError::MissingScope(scope.as_str()),
            ));
        }
        None => failures.push(Failure::new("erased", meaning, Unauthenticated::Erased)),
    }
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

fn add_failure(family: Family, operation: &mut Operation, failure: &Failure) {
    let Failure {
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
