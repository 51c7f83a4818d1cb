//! What can go wrong with an operation, derived from the operation itself, and shown by the very code
//! that shapes errors, so that the document promises no other shape than the one that is sent.

use std::time::Duration;

use actix_web::http::StatusCode;
use privet_application::rate_limits::Quota;
use privet_domain::{FieldError, Timestamp};
use utoipa::Modify;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use super::failure_schemas;
use crate::body::LARGEST_BODY;
use crate::errors::{ApiError, Family, Refusal, Unauthenticated, render_body};

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

fn failures(path: &str, operation: &Operation) -> Vec<(&'static str, ApiError)> {
    let mut failures = Vec::new();
    if operation.request_body.is_some() {
        let wrong = vec![FieldError::new("<member>", "What is wrong with it.")];
        let malformed = "Malformed JSON: expected value at line 1 column 1.".to_owned();
        failures.push(("malformed", ApiError::Malformed(malformed)));
        failures.push(("not an object", ApiError::NotAnObject));
        failures.push(("wrong members", ApiError::InvalidMembers(wrong)));
        failures.push(("too large", ApiError::PayloadTooLarge(LARGEST_BODY)));
        failures.push(("not JSON", ApiError::UnsupportedMediaType));
        let too_slow = ApiError::Framework(StatusCode::REQUEST_TIMEOUT);
        failures.push(("too slow", too_slow));
    }
    if takes(operation, |place, _| *place == ParameterIn::Query) {
        let wrong = vec![FieldError::new(
            "limit",
            "must be a whole number from 1 to 200",
        )];
        failures.push(("wrong parameters", ApiError::InvalidQuery(wrong)));
    }
    if takes(operation, |_, name| name == "If-Match") {
        failures.push(("another version", ApiError::PreconditionFailed));
    }
    if operation.security.is_some() {
        let quota = Quota::per_minute(120);
        let refusal = Refusal {
            limit: "general",
            quota,
            retry_after: Duration::from_secs(12),
        };
        failures.push(("no token", Unauthenticated::Missing.into()));
        failures.push(("expired", Unauthenticated::Expired.into()));
        failures.push(("invalid", Unauthenticated::Invalid.into()));
        failures.push(("erased", Unauthenticated::Erased.into()));
        failures.push(("too many", ApiError::RateLimited(refusal)));
        failures.push(("failed", ApiError::Internal));
        failures.push(("database away", ApiError::Unavailable(Vec::new())));
    }
    if path == "/health/ready" {
        failures.push(("database away", ApiError::Unavailable(vec!["database"])));
    }
    failures
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
    for (status, answer) in &mut operation.responses.responses {
        let RefOr::T(answer) = answer else { continue };
        let fields: &[(&str, &str)] = match status.as_str() {
            "200" | "304" if versioned => {
                &[("ETag", "The strong entity tag of the version that stands.")]
            }
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
            let text = ObjectBuilder::new().schema_type(Type::String).build();
            let field = HeaderBuilder::new()
                .schema(Some(text))
                .description(Some(*description))
                .build();
            answer.headers.insert((*name).to_owned(), field.into());
        }
    }
}

fn a_moment() -> Timestamp {
    Timestamp::truncate(std::time::UNIX_EPOCH.into())
}
