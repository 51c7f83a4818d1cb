//! Schemas of the preferences, generated from the schema in force (the operator's or the built-in one). Generated
//! clients thus know all keys.

use std::borrow::Cow;

use privet_domain::catalogue::preferences::PreferencesSchema;
use serde_json::{Map, Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::schemas::names::{VERBATIM, pascal};
use crate::schemas::nullable::or_null;

/// All preferences as a tree of groups.
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

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(parts(&PreferencesSchema::built_in()));
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

/// The schemas of these preferences, by name.
#[must_use]
pub fn of(preferences: &PreferencesSchema) -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![
        (PreferencesTree::name().into_owned(), tree(preferences)),
        (
            PreferencesUpdateSchema::name().into_owned(),
            update(preferences),
        ),
        (PreferenceNameSchema::name().into_owned(), name(preferences)),
    ];
    schemas.extend(parts(preferences));
    schemas
}

/// The schemas of groups, and of keys with a list of values. The tree and changes both use them.
fn parts(preferences: &PreferencesSchema) -> Vec<(String, RefOr<Schema>)> {
    let mut parts = Vec::new();
    walk(
        "",
        preferences.document().as_object(),
        &mut |name, member| {
            if let Some(part) = part_name(name, member) {
                parts.push((changed(&part), schema_of(or_null(change_of(name, member)))));
                parts.push((part, schema_of(shape_of(name, member))));
            }
        },
    );
    parts
}

/// `ThemePreferences` for a group, `ThemeModePreference` for a key. A key with a basic type gets no name.
fn part_name(name: &str, member: &Member<'_>) -> Option<String> {
    match member {
        Member::Group(_) => Some(format!("{}Preferences", pascal(name))),
        Member::Key(key) if key.contains_key("enum") => Some(format!("{}Preference", pascal(name))),
        Member::Key(_) => None,
    }
}

/// The name of the same schema in a change.
fn changed(part: &str) -> String {
    format!("Update{part}")
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A schema that is copied unchanged: the builders do not support all of JSON Schema.
fn schema_of(schema: Value) -> RefOr<Schema> {
    // All under one name, because the builders do not keep the order of several.
    let extensions: Extensions = [(VERBATIM, schema)].into_iter().collect();
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .extensions(Some(extensions))
        .into()
}

/// The default of each key by its dotted name.
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

/// The members of a group, by name.
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

/// The rule of a key. If it refers to a definition in the operator's file, only a part of it is copied, because
/// the definition is not in this document.
fn rule(key: &Map<String, Value>, without: &[&str]) -> Value {
    let refers = Value::Object(key.clone()).to_string().contains("\"$ref\"");
    let said = key.iter().filter(|(keyword, _)| {
        let plain = !refers || ["description", "default"].contains(&keyword.as_str());
        plain && !without.contains(&keyword.as_str())
    });
    let said = said.map(|(keyword, said)| (keyword.clone(), said.clone()));
    with_type(said.collect()).into()
}

/// The rule with the type of its listed values. Many generators need it.
fn with_type(mut rule: Map<String, Value>) -> Map<String, Value> {
    let values = rule.get("enum").and_then(Value::as_array);
    let is_text = values.is_some_and(|values| values.iter().all(Value::is_string));
    if is_text && !rule.contains_key("type") {
        rule.insert("type".to_owned(), "string".into());
    }
    rule
}

fn tree(preferences: &PreferencesSchema) -> RefOr<Schema> {
    let root = preferences.document().as_object();
    let mut tree = root.map(|root| group("", root)).unwrap_or_default();
    tree.insert("description".to_owned(), "All keys, in groups.".into());
    schema_of(tree.into())
}

/// A group with its members.
fn group(prefix: &str, declared: &Map<String, Value>) -> Map<String, Value> {
    let shown = members(declared).map(|(name, member)| {
        let shown = member_of(&format!("{prefix}{name}"), &member, shape_of, |part| part);
        (name.clone(), shown)
    });
    let properties: Map<String, Value> = shown.collect();
    let required: Vec<_> = properties.keys().cloned().collect();
    let mut group = Map::new();
    group.insert("type".to_owned(), "object".into());
    group.insert("required".to_owned(), required.into());
    group.insert("properties".to_owned(), properties.into());
    group
}

/// The schema of a member in the tree.
fn shape_of(name: &str, member: &Member<'_>) -> Value {
    match member {
        Member::Key(key) => rule(key, &[]),
        Member::Group(inner) => group(&format!("{name}."), inner).into(),
    }
}

/// The schema of a member in a change, without `null`.
fn change_of(name: &str, member: &Member<'_>) -> Value {
    match member {
        Member::Key(key) => rule(key, &["default"]),
        Member::Group(inner) => changes(&format!("{name}."), inner).into(),
    }
}

/// A reference to the member's schema if that has a name, otherwise the schema.
fn member_of(
    name: &str,
    member: &Member<'_>,
    schema: impl Fn(&str, &Member<'_>) -> Value,
    named: impl Fn(String) -> String,
) -> Value {
    match part_name(name, member) {
        Some(part) => reference(&named(part)),
        None => schema(name, member),
    }
}

fn update(preferences: &PreferencesSchema) -> RefOr<Schema> {
    let root = preferences.document().as_object();
    let mut update = root.map(|root| changes("", root)).unwrap_or_default();
    let description = "Any part of the tree, dotted keys, or both, but no key twice. `null` resets a key or a group to its default.";
    update.insert("description".to_owned(), description.into());
    schema_of(update.into())
}

/// Any part of a group: its members, and keys below them by dotted names. The rule that no key may be given twice
/// is not expressed, because request generators do not support `dependentSchemas`.
fn changes(prefix: &str, group: &Map<String, Value>) -> Map<String, Value> {
    let mut properties = Map::new();
    walk("", Some(group), &mut |name, member| {
        let of_key = |name: &str, member: &Member<'_>| or_null(change_of(name, member));
        let path = format!("{prefix}{name}");
        let wanted = member_of(&path, member, of_key, |part| changed(&part));
        properties.insert(name.to_owned(), wanted);
    });
    let mut changes = Map::new();
    changes.insert("type".to_owned(), "object".into());
    changes.insert("additionalProperties".to_owned(), false.into());
    changes.insert("properties".to_owned(), properties.into());
    changes
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
