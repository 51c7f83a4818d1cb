//! The schema of the reasons that an evaluation gives.

use std::borrow::Cow;

use privet_domain::rules::decisions::Reason;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::request::Unknown;
use crate::schemas::names;

/// Why AuthZEN is answered so: a reason of the decisions, or what Privet does not know.
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
