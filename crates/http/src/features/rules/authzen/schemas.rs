//! The schema of the reasons of an evaluation.

use std::borrow::Cow;

use privet_domain::rules::decisions::Reason;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::request::Unknown;
use crate::schemas::names;

/// The reason of an evaluation: a reason of decisions, or the unknown part of the request.
pub struct EvaluationReasonSchema;

impl PartialSchema for EvaluationReasonSchema {
    fn schema() -> RefOr<Schema> {
        names(
            Reason::ALL
                .map(Reason::as_str)
                .into_iter()
                .chain(Unknown::ALL.map(Unknown::as_str)),
        )
    }
}

impl ToSchema for EvaluationReasonSchema {
    fn name() -> Cow<'static, str> {
        "EvaluationReason".into()
    }
}
