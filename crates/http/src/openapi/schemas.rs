//! Schemas of the document that no body's own type can tell: closed lists, and the preferences, whose
//! shape is data.

use std::borrow::Cow;

use privet_domain::audience::Audience;
use privet_domain::messaging_privacy::DisappearingAfter;
use privet_domain::preferences::{ChosenPreferences, PreferencesSchema};
use serde_json::json;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Who may see or do something.
pub struct AudienceSchema;

impl PartialSchema for AudienceSchema {
    fn schema() -> RefOr<Schema> {
        let names = Audience::ALL.map(Audience::as_str);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(names))
            .description(Some("`contacts` are mutual ones."))
            .into()
    }
}

impl ToSchema for AudienceSchema {
    fn name() -> Cow<'static, str> {
        "Audience".into()
    }
}

/// After how many seconds messages disappear.
pub struct DisappearingAfterSchema;

impl PartialSchema for DisappearingAfterSchema {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .enum_values(Some(DisappearingAfter::CHOICES))
            .description(Some("Seconds."))
            .into()
    }
}

impl ToSchema for DisappearingAfterSchema {
    fn name() -> Cow<'static, str> {
        "DisappearingAfter".into()
    }
}

/// Preferences as a tree of groups.
pub struct PreferencesTree;

impl PartialSchema for PreferencesTree {
    fn schema() -> RefOr<Schema> {
        let built_in = PreferencesSchema::built_in();
        let example = built_in.effective_tree(&ChosenPreferences::default());
        any_object(
            "Groups of keys, as `GET /api/users/me/preferences/schema/` declares them.",
            example,
        )
    }
}

impl ToSchema for PreferencesTree {
    fn name() -> Cow<'static, str> {
        "Preferences".into()
    }
}

/// A JSON Schema.
pub struct PreferencesSchemaDocument;

impl PartialSchema for PreferencesSchemaDocument {
    fn schema() -> RefOr<Schema> {
        let example = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"theme": {"type": "object", "properties": {"mode": {
                "description": "Light, dark, or whatever the device says.",
                "enum": ["light", "dark", "system"],
                "default": "system",
            }}}},
        });
        any_object("A JSON Schema, draft 2020-12.", example)
    }
}

impl ToSchema for PreferencesSchemaDocument {
    fn name() -> Cow<'static, str> {
        "PreferencesSchema".into()
    }
}

fn any_object(description: &str, example: serde_json::Value) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .description(Some(description))
        .examples([example])
        .into()
}
