//! What can go wrong with an operation, derived from the operation itself, and shown by the very code
//! that shapes errors, so that the document promises no other shape than the one that is sent.

use std::time::Duration;

use actix_web::http::StatusCode;
use privet_application::rate_limits::Limit;
use privet_domain::{FieldError, Timestamp};
use utoipa::Modify;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use super::failure_schemas;
use crate::admission::NO_ACCOUNT;
use crate::body::{LARGEST_BATCH, LARGEST_BODY, SLOWEST_BODY};
use crate::errors::{ApiError, Family, Refusal, Unauthenticated, render_body};
use crate::scopes::Scope;

/// Adds to every operation the failures it can answer, and to every answer its fields.
pub struct Failures;

impl Modify for Failures {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        components.schemas.extend(failure_schemas::all());
        for (path, item) in &mut document.paths.paths {
            let family = Family::of(path);
            for operation in operations(item) {
                for (name, error) in failures(path, operation) {
                    add_failure(family, operation, name, &error);
                }
                describe_fields(operation);
            }
            for (operation, field) in [
                (&mut item.patch, "Accept-Patch"),
                (&mut item.post, "Accept-Post"),
            ] {
                describe_media_type(operation.as_mut(), field);
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

/// A failure by its name, for examples.
type Named = (&'static str, ApiError);

/// The operations that may answer something, its name, and how it is made.
type OwnAnswer = (&'static [&'static str], &'static str, fn() -> ApiError);

/// What an operation may answer besides what every other like it may.
const ANSWERS_OF_THEIR_OWN: &[OwnAnswer] = &[
    (
        &["add_contact", "get_contact", "remove_contact"],
        "none such",
        || ApiError::Absent("There is no such contact."),
    ),
    (
        &["add_block", "get_block", "remove_block"],
        "none such",
        || ApiError::Absent("There is no such block."),
    ),
    (
        &[
            "follow",
            "unfollow",
            "check_follow",
            "list_followers",
            "list_following",
            "remove_follower",
            "get_follow_stats",
        ],
        "none such",
        || ApiError::Absent("There is no such user, follow or request."),
    ),
    (
        &["accept_follow_request", "decline_follow_request"],
        "none such",
        || ApiError::Absent("There is no such request."),
    ),
    (
        &["accept_follow_request", "decline_follow_request"],
        "accepted before",
        || ApiError::Conflict("The request was accepted before."),
    ),
    (&["erase_me"], "a service", || {
        ApiError::Forbidden(NO_ACCOUNT)
    }),
    (&["list_followers", "list_following"], "private", || {
        ApiError::Forbidden("This is for the account's accepted followers.")
    }),
];

fn failures(path: &str, operation: &Operation) -> Vec<Named> {
    let mut failures = Vec::new();
    if operation.request_body.is_some() {
        add_body_failures(path, &mut failures);
    }
    let wrong = |name, message| ApiError::InvalidParameters(vec![FieldError::new(name, message)]);
    if takes(operation, |place, name| {
        *place == ParameterIn::Query && name == "limit"
    }) {
        let error = wrong("limit", "must be a whole number from 1 to 200");
        failures.push(("wrong parameters", error));
    }
    if takes(operation, |place, name| {
        *place == ParameterIn::Query && name == "size"
    }) {
        let error = wrong("size", "must be a whole number from 1 to 100");
        failures.push(("wrong parameters", error));
    }
    for name in ["userId", "followId"] {
        if takes(operation, |_, taken| taken == name) {
            failures.push(("not an id", wrong(name, "must be a UUID")));
        }
    }
    if takes(operation, |_, name| name == "If-Match") {
        failures.push(("another version", ApiError::PreconditionFailed));
    }
    if operation.security.is_some() {
        add_gate_failures(operation, &mut failures);
    }
    let id = operation.operation_id.as_deref().unwrap_or_default();
    for (operations, name, error) in ANSWERS_OF_THEIR_OWN {
        if operations.contains(&id) {
            failures.push((*name, error()));
        }
    }
    if path == "/health/ready" {
        failures.push(("database away", ApiError::Unavailable(vec!["database"])));
    }
    failures
}

fn add_body_failures(path: &str, failures: &mut Vec<Named>) {
    let wrong = vec![FieldError::new("<member>", "What is wrong with it.")];
    let malformed = "Malformed JSON: expected value at line 1 column 1.".to_owned();
    failures.push(("malformed", ApiError::Malformed(malformed)));
    failures.push(("not an object", ApiError::NotAnObject));
    failures.push(("wrong members", ApiError::InvalidMembers(wrong)));
    let takes_many = path.starts_with("/api/v1/privacy/decisions")
        || path.starts_with("/api/v1/privacy/enforce/")
        || path == "/access/v1/evaluations";
    let largest = if takes_many {
        LARGEST_BATCH
    } else {
        LARGEST_BODY
    };
    failures.push(("too large", ApiError::PayloadTooLarge(largest)));
    // To AuthZEN a body of another type is malformed.
    if !path.starts_with("/access/") {
        failures.push(("not JSON", ApiError::UnsupportedMediaType));
        failures.push(("compressed", ApiError::Compressed));
    }
    failures.push(("too slow", ApiError::TooSlow(SLOWEST_BODY)));
}

fn add_gate_failures(operation: &Operation, failures: &mut Vec<Named>) {
    let refusal = Refusal {
        limit: Limit::General,
        quota: Limit::General.default_quota(),
        retry_after: Duration::from_secs(12),
    };
    failures.push(("no token", Unauthenticated::Missing.into()));
    failures.push(("expired", Unauthenticated::Expired.into()));
    failures.push(("invalid", Unauthenticated::Invalid.into()));
    let mut scopes = Scope::ALL.into_iter();
    if let Some(scope) = scopes.find(|scope| asks_for(operation, scope.as_str())) {
        failures.push(("no scope", ApiError::MissingScope(scope)));
        failures.push(("too many without the scope", ApiError::RateLimited(refusal)));
    } else {
        failures.push(("erased", Unauthenticated::Erased.into()));
        failures.push(("too many", ApiError::RateLimited(refusal)));
        failures.push(("too many at once", ApiError::TooManyAtOnce));
    }
    failures.push(("failed", ApiError::Internal));
    failures.push(("database away", ApiError::Unavailable(Vec::new())));
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

fn add_failure(family: Family, operation: &mut Operation, name: &str, error: &ApiError) {
    let status = family.status(error, &error.failure());
    let answers = &mut operation.responses.responses;
    let answer = answers
        .entry(status.as_str().to_owned())
        .or_insert_with(|| answer(family, status).into());
    let RefOr::T(answer) = answer else { return };
    let body = render_body(family, error, a_moment());
    let example = ExampleBuilder::new()
        .summary(name)
        .value(Some(body))
        .build();
    for content in answer.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        content
            .examples
            .insert(name.replace(' ', "_"), example.clone().into());
    }
}

fn answer(family: Family, status: StatusCode) -> Response {
    let reference = Ref::from_schema_name(failure_schemas::name(family));
    let content = ContentBuilder::new().schema(Some(reference)).build();
    let reason = status.canonical_reason().unwrap_or("Error");
    ResponseBuilder::new()
        .description(reason)
        .content(family.media_type(), content)
        .build()
}

fn describe_fields(operation: &mut Operation) {
    let versioned = takes(operation, |_, name| {
        name == "If-Match" || name == "If-None-Match"
    });
    let is_export = operation.operation_id.as_deref() == Some("export");
    for (status, answer) in &mut operation.responses.responses {
        let RefOr::T(answer) = answer else { continue };
        let fields: &[(&str, &str)] = match status.as_str() {
            "200" | "304" if versioned => &[
                ("ETag", "The strong entity tag of the version that stands."),
                ("Cache-Control", "`private, no-cache`."),
                ("Vary", "`Authorization`."),
            ],
            "200" if is_export => &[(
                "Content-Disposition",
                "`attachment; filename=\"privet-export.json\"`.",
            )],
            "415" => &[(
                "Accept",
                "`application/json`, where the body is of another type.",
            )],
            "401" => &[("WWW-Authenticate", "`Bearer`.")],
            "429" => &[
                ("Retry-After", "Whole seconds, at least 1."),
                ("RateLimit", "What is left: `\"general\";r=0;t=12`."),
                (
                    "RateLimit-Policy",
                    "What is allowed: `\"general\";q=120;w=60`.",
                ),
            ],
            "503" => &[("Retry-After", "Whole seconds, at least 1.")],
            _ => &[],
        };
        for (name, description) in fields {
            describe_field(answer, name, description);
        }
    }
}

/// Says by what a 415 tells what a body may be sent as, besides `Accept`.
fn describe_media_type(operation: Option<&mut Operation>, name: &str) {
    let answers = operation.map(|operation| &mut operation.responses.responses);
    if let Some(RefOr::T(answer)) = answers.and_then(|answers| answers.get_mut("415")) {
        describe_field(answer, name, "The same as `Accept`.");
    }
}

fn describe_field(answer: &mut Response, name: &str, description: &str) {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    let field = HeaderBuilder::new()
        .schema(Some(text))
        .description(Some(description))
        .build();
    answer.headers.insert(name.to_owned(), field.into());
}

fn a_moment() -> Timestamp {
    Timestamp::truncate(std::time::UNIX_EPOCH.into())
}
