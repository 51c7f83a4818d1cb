//! Schemas of the document that no body's own type can tell: closed lists, and the preferences, whose
//! shape is data.

use std::borrow::Cow;

use privet_domain::audience::Audience;
use privet_domain::decisions::{Action, Reason};
use privet_domain::enforcement::ReceiptStatus;
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

/// What a viewer may want of a subject.
pub struct ActionSchema;

impl PartialSchema for ActionSchema {
    fn schema() -> RefOr<Schema> {
        names(Action::ALL.map(Action::as_str))
    }
}

impl ToSchema for ActionSchema {
    fn name() -> Cow<'static, str> {
        "Action".into()
    }
}

/// Why something is allowed or not.
pub struct ReasonSchema;

impl PartialSchema for ReasonSchema {
    fn schema() -> RefOr<Schema> {
        names(Reason::ALL.map(Reason::as_str))
    }
}

impl ToSchema for ReasonSchema {
    fn name() -> Cow<'static, str> {
        "Reason".into()
    }
}

/// How far a message got.
pub struct ReceiptStatusSchema;

impl PartialSchema for ReceiptStatusSchema {
    fn schema() -> RefOr<Schema> {
        names(ReceiptStatus::ALL.map(ReceiptStatus::as_str))
    }
}

impl ToSchema for ReceiptStatusSchema {
    fn name() -> Cow<'static, str> {
        "ReceiptStatus".into()
    }
}

/// The product's own id of a message.
pub struct MessageIdSchema;

impl PartialSchema for MessageIdSchema {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::String, Type::Integer]))
            .examples(["m-1"])
            .into()
    }
}

impl ToSchema for MessageIdSchema {
    fn name() -> Cow<'static, str> {
        "MessageId".into()
    }
}

/// Every action and whether it is allowed.
pub struct PermissionsSchema;

impl PartialSchema for PermissionsSchema {
    fn schema() -> RefOr<Schema> {
        let allowed = || ObjectBuilder::new().schema_type(Type::Boolean);
        let permissions =
            Action::ALL
                .into_iter()
                .fold(ObjectBuilder::new(), |permissions, action| {
                    let name = action.as_str();
                    permissions.property(name, allowed()).required(name)
                });
        permissions.schema_type(Type::Object).into()
    }
}

impl ToSchema for PermissionsSchema {
    fn name() -> Cow<'static, str> {
        "Permissions".into()
    }
}

fn names<const N: usize>(names: [&'static str; N]) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .into()
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
