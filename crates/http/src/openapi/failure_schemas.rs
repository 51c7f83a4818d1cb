//! Schemas of the three shapes of errors.

use serde_json::json;
use utoipa::openapi::schema::{AdditionalProperties, Array, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{OneOfBuilder, RefOr, Schema};

use crate::errors::Family;

/// The name of a family's schema among the components.
pub const fn name(family: Family) -> &'static str {
    match family {
        Family::UsersMe => "UsersMeError",
        Family::Envelope => "EnvelopeError",
        Family::Problem => "Problem",
    }
}

/// Every family's schema.
pub fn all() -> impl Iterator<Item = (String, RefOr<Schema>)> {
    [Family::UsersMe, Family::Envelope, Family::Problem]
        .into_iter()
        .map(|family| (name(family).to_owned(), schema(family)))
}

fn schema(family: Family) -> RefOr<Schema> {
    match family {
        Family::UsersMe => users_me(),
        Family::Envelope => envelope(),
        Family::Problem => problem(),
    }
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn object() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Object)
}

/// Messages by field, `non_field_errors` for the body as a whole; or `detail`.
fn users_me() -> RefOr<Schema> {
    let detail = object().property("detail", text()).required("detail");
    let by_field = object().additional_properties(Some(AdditionalProperties::RefOr(
        Array::new(text().build()).into(),
    )));
    OneOfBuilder::new().item(detail).item(by_field).into()
}

fn envelope() -> RefOr<Schema> {
    let messages =
        object().additional_properties(Some(AdditionalProperties::RefOr(text().build().into())));
    object()
        .property(
            "success",
            ObjectBuilder::new()
                .schema_type(Type::Boolean)
                .enum_values(Some([false])),
        )
        .required("success")
        .property(
            "httpStatus",
            text().examples([json!("UNPROCESSABLE_ENTITY")]),
        )
        .required("httpStatus")
        .property("message", text())
        .required("message")
        .property("action_time", text())
        .required("action_time")
        .property("data", OneOfBuilder::new().item(text()).item(messages))
        .required("data")
        .into()
}

fn problem() -> RefOr<Schema> {
    let error = object()
        .property("field", text())
        .required("field")
        .property("message", text())
        .required("message");
    object()
        .description(Some("RFC 9457 problem details."))
        .property("type", text())
        .required("type")
        .property("title", text())
        .required("title")
        .property(
            "status",
            ObjectBuilder::new().schema_type(SchemaType::Type(Type::Integer)),
        )
        .required("status")
        .property("detail", text())
        .required("detail")
        .property("code", text().enum_values(Some(CODES)))
        .required("code")
        .property("errors", Array::new(error.build()))
        .into()
}

const CODES: [&str; 12] = [
    "UNAUTHORIZED",
    "FORBIDDEN",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "INVALID_REQUEST",
    "PAYLOAD_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "CONFLICT",
    "PRECONDITION_FAILED",
    "RATE_LIMITED",
    "UNAVAILABLE",
    "INTERNAL_ERROR",
];
