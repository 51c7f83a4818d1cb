//! Schemas of the preferences. Their shape is data: it is made from the schema in force, the operator's
//! or the built-in one, so that clients made from the document know every key of theirs.

use std::borrow::Cow;

use privet_domain::preferences::PreferencesSchema;
use serde_json::{Map, Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Every preference as a tree of groups.
pub struct PreferencesTree;

/// A change of preferences.
pub struct PreferencesUpdateSchema;

/// A key or a group by its dotted name.
pub struct PreferenceNameSchema;

impl PartialSchema for PreferencesTree {
    fn schema() -> RefOr<Schema> {
        tree(&PreferencesSchema::built_in())
    }
}

impl ToSchema for PreferencesTree {
    fn name() -> Cow<'static, str> {
        "Preferences".into()
    }
}

impl PartialSchema for PreferencesUpdateSchema {
    fn schema() -> RefOr<Schema> {
        update(&PreferencesSchema::built_in())
    }
}

impl ToSchema for PreferencesUpdateSchema {
    fn name() -> Cow<'static, str> {
        "UpdatePreferencesRequest".into()
    }
}

impl PartialSchema for PreferenceNameSchema {
    fn schema() -> RefOr<Schema> {
        name(&PreferencesSchema::built_in())
    }
}

impl ToSchema for PreferenceNameSchema {
    fn name() -> Cow<'static, str> {
        "PreferenceName".into()
    }
}

/// The document's schemas of these preferences, by name.
#[must_use]
pub fn of(preferences: &PreferencesSchema) -> [(String, RefOr<Schema>); 3] {
    [
        (PreferencesTree::name().into_owned(), tree(preferences)),
        (
            PreferencesUpdateSchema::name().into_owned(),
            update(preferences),
        ),
        (PreferenceNameSchema::name().into_owned(), name(preferences)),
    ]
}

/// Every key's default by its dotted name.
#[must_use]
pub fn defaults_by_name(preferences: &PreferencesSchema) -> Map<String, Value> {
    let mut found = Map::new();
    walk(
        "",
        preferences.document().as_object(),
        &mut |name, member| {
            if let Member::Key(key) = member {
                let default = key.get("default").cloned();
                found.insert(name.to_owned(), default.unwrap_or_default());
            }
        },
    );
    found
}

enum Member<'a> {
    Group(&'a Map<String, Value>),
    Key(&'a Map<String, Value>),
}

/// What a group holds, by name.
fn members(group: &Map<String, Value>) -> impl Iterator<Item = (&String, Member<'_>)> {
    let properties = group.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .filter_map(|(name, member)| {
            let member = member.as_object()?;
            let is_group = member.get("properties").is_some_and(Value::is_object);
            Some(if is_group && !member.contains_key("default") {
                (name, Member::Group(member))
            } else {
                (name, Member::Key(member))
            })
        })
}

fn walk(prefix: &str, group: Option<&Map<String, Value>>, see: &mut impl FnMut(&str, &Member<'_>)) {
    for (name, member) in group.into_iter().flat_map(members) {
        let name = format!("{prefix}{name}");
        see(&name, &member);
        if let Member::Group(group) = member {
            walk(&format!("{name}."), Some(group), see);
        }
    }
}

/// A key's own rule. One that refers to a definition in the operator's file says less here, where the
/// definition is not.
fn rule(key: &Map<String, Value>, without: &[&str]) -> Value {
    let refers = Value::Object(key.clone()).to_string().contains("\"$ref\"");
    let said = key.iter().filter(|(keyword, _)| {
        let plain = !refers || ["description", "default"].contains(&keyword.as_str());
        plain && !without.contains(&keyword.as_str())
    });
    Value::Object(
        said.map(|(keyword, said)| (keyword.clone(), said.clone()))
            .collect(),
    )
}

fn tree(preferences: &PreferencesSchema) -> RefOr<Schema> {
    fn group(declared: &Map<String, Value>) -> Map<String, Value> {
        let shown = members(declared).map(|(name, member)| {
            let shown = match member {
                Member::Key(key) => rule(key, &[]),
                Member::Group(inner) => {
                    let properties = group(inner);
                    let required: Vec<_> = properties.keys().cloned().collect();
                    json!({"type": "object", "required": required, "properties": properties})
                }
            };
            (name.clone(), shown)
        });
        shown.collect()
    }
    let properties = preferences
        .document()
        .as_object()
        .map(group)
        .unwrap_or_default();
    let required = properties.keys().cloned().collect::<Vec<_>>();
    let object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Every key, in groups."))
        .extensions(Some(verbatim("properties", Value::Object(properties))));
    required
        .into_iter()
        .fold(object, ObjectBuilder::required)
        .into()
}

fn update(preferences: &PreferencesSchema) -> RefOr<Schema> {
    let root = preferences.document().as_object();
    let mut dotted = Map::new();
    walk("", root, &mut |name, member| {
        let Member::Key(key) = member else { return };
        dotted.insert(name.to_owned(), or_default(&rule(key, &["default"])));
    });
    let forms = json!([
        root.map(part).unwrap_or_default(),
        {"description": "Dotted keys.", "type": "object", "additionalProperties": false, "properties": dotted},
    ]);
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .description(Some(
            "A part of the tree, dotted keys, or both, but no key twice. `null` puts a key or a group back to its default.",
        ))
        .extensions(Some(verbatim("anyOf", forms)))
        .into()
}

/// Any part of a group.
fn part(group: &Map<String, Value>) -> Value {
    let properties = members(group).map(|(name, member)| {
        let wanted = match member {
            Member::Key(key) => rule(key, &["default"]),
            Member::Group(inner) => part(inner),
        };
        (name.clone(), or_default(&wanted))
    });
    let properties: Map<String, Value> = properties.collect();
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn or_default(value: &Value) -> Value {
    json!({"anyOf": [value, {"type": "null"}]})
}

fn name(preferences: &PreferencesSchema) -> RefOr<Schema> {
    let mut names = Vec::new();
    walk("", preferences.document().as_object(), &mut |name, _| {
        names.push(name.to_owned());
    });
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .description(Some("A key or a group by its dotted name."))
        .into()
}

/// A keyword whose value is JSON Schema as it stands, which the builders of the document do not know in full.
fn verbatim(keyword: &str, value: Value) -> Extensions {
    [(keyword, value)].into_iter().collect()
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
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .description(Some("A JSON Schema, draft 2020-12."))
            .examples([example])
            .into()
    }
}

impl ToSchema for PreferencesSchemaDocument {
    fn name() -> Cow<'static, str> {
        "PreferencesSchema".into()
    }
}
