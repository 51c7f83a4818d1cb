//! Schemas of exceptions and of explained decisions, by action.

use std::borrow::Cow;

use privet_domain::catalogue::{ActionRule, Catalogue};
use privet_domain::relationships::exceptions::Exception;
use privet_domain::rules::explanations::MadeUpViewer;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{ReasonSchema, SettingNameSchema, names};

/// The schemas by action of this catalogue, by name.
#[must_use]
pub fn of(catalogue: &Catalogue) -> Vec<(String, RefOr<Schema>)> {
    vec![
        (ExceptionsSchema::name().into_owned(), exceptions(catalogue)),
        (
            ExplainedDecisionsSchema::name().into_owned(),
            explained_decisions(catalogue),
        ),
        // Only parameters refer to it, and these bring no schemas along.
        (
            MadeUpViewerSchema::name().into_owned(),
            MadeUpViewerSchema::schema(),
        ),
    ]
}

/// A made-up viewer with one relationship to the caller.
pub struct MadeUpViewerSchema;

impl PartialSchema for MadeUpViewerSchema {
    fn schema() -> RefOr<Schema> {
        names(MadeUpViewer::ALL.map(MadeUpViewer::as_str))
    }
}

impl ToSchema for MadeUpViewerSchema {
    fn name() -> Cow<'static, str> {
        "MadeUpViewer".into()
    }
}

/// A decision for each action, with the settings that it comes from.
pub struct ExplainedDecisionsSchema;

impl PartialSchema for ExplainedDecisionsSchema {
    fn schema() -> RefOr<Schema> {
        explained_decisions(&Catalogue::core())
    }
}

fn explained_decisions(catalogue: &Catalogue) -> RefOr<Schema> {
    let decision = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("allowed", ObjectBuilder::new().schema_type(Type::Boolean))
        .required("allowed")
        .property("reason", Ref::from_schema_name(ReasonSchema::name()))
        .required("reason")
        .property(
            "settings",
            ArrayBuilder::new().items(Ref::from_schema_name(SettingNameSchema::name())),
        )
        .required("settings")
        .build();
    let schema = ObjectBuilder::new().schema_type(Type::Object);
    let actions = catalogue.actions().iter().map(ActionRule::name);
    actions
        .fold(schema, |schema, action| {
            schema.property(action, decision.clone()).required(action)
        })
        .into()
}

impl ToSchema for ExplainedDecisionsSchema {
    fn name() -> Cow<'static, str> {
        "ExplainedDecisions".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ReasonSchema::name().into_owned(), ReasonSchema::schema()));
        let name = SettingNameSchema::name().into_owned();
        schemas.push((name, SettingNameSchema::schema()));
    }
}

/// Exceptions by action.
pub struct ExceptionsSchema;

impl PartialSchema for ExceptionsSchema {
    fn schema() -> RefOr<Schema> {
        exceptions(&Catalogue::core())
    }
}

fn exceptions(catalogue: &Catalogue) -> RefOr<Schema> {
    let exception = || names(Exception::ALL.map(Exception::as_str));
    let schema = ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .min_properties(Some(1));
    let actions = catalogue.actions().iter().map(ActionRule::name);
    actions
        .fold(schema, |schema, action| {
            schema.property(action, exception())
        })
        .into()
}

impl ToSchema for ExceptionsSchema {
    fn name() -> Cow<'static, str> {
        "Exceptions".into()
    }
}
