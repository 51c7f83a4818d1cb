//! The JSON Schema of an operator's catalogue. It describes the structure; only the program checks rules across
//! entries.

use serde_json::{Value, json};

use super::document::EXTENDABLE;
use super::setting::SettingType;
use super::{MOST_ACTIONS, MOST_MESSAGING_SETTINGS};

pub(super) fn json_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Privet catalogue",
        "description": "An operator's settings and actions, on top of the built-in ones.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "extends": {"description": "The built-in catalogue below this one.", "enum": EXTENDABLE, "default": "core"},
            "settings": {
                "description": "New settings of the messaging family, and changes of built-in ones.",
                "type": "object",
                "propertyNames": {"pattern": "^([a-z]+\\.)?[a-z][a-z0-9_]{0,62}$"},
                "maxProperties": MOST_MESSAGING_SETTINGS,
                "additionalProperties": setting(),
            },
            "actions": {
                "description": "New actions, and changes of built-in ones.",
                "type": "object",
                "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,62}$"},
                "maxProperties": MOST_ACTIONS,
                "additionalProperties": action(),
            },
        },
    })
}

fn setting() -> Value {
    json!({
        "description": "A new setting needs type, title, description and default, and values unless it is a switch.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "type": {"description": "What kind of values it takes.", "enum": SettingType::ALL.map(SettingType::as_str)},
            "title": {"description": "A few words for people.", "type": "string", "minLength": 1, "maxLength": 100},
            "description": {"description": "A sentence for people.", "type": "string", "minLength": 1, "maxLength": 500},
            "values": {
                "description": "Names of audiences, at least two, or for a choice distinct scalars.",
                "type": "array", "minItems": 1, "maxItems": 100, "uniqueItems": true,
                "items": {"type": ["null", "boolean", "number", "string"]},
            },
            "default": {"description": "One of the values."},
        },
    })
}

fn action() -> Value {
    json!({
        "description": "A new action needs title, description and needs.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "title": {"description": "A few words for people.", "type": "string", "minLength": 1, "maxLength": 100},
            "description": {"description": "A sentence for people.", "type": "string", "minLength": 1, "maxLength": 500},
            "needs": {
                "description": "Switches and audiences by name (messaging settings without their family, \
                    email.allow_email_contact in full), and at most one of account and public_account.",
                "type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string"},
            },
            "admin": {"description": "Whether an administrator may whatever the settings.", "type": "boolean", "default": false},
            "reciprocal": {
                "description": "Whether it is refused to a viewer whose own settings refuse it to the subject.",
                "type": "boolean", "default": false,
            },
        },
    })
}
