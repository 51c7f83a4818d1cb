use super::*;

fn checked(rule: &Value) -> Result<(), String> {
    let definitions = json!({
        "short": {"type": "string", "maxLength": 5},
        "long": {"type": "string"},
        "self": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/self"}},
    });
    check(rule.as_object().unwrap(), Some(&definitions))
}

#[test]
fn a_rule_that_bounds_what_it_allows_is_taken() {
    let short = json!({"type": "string", "maxLength": 5});
    for rule in [
        json!({"enum": ["a", {"b": []}]}),
        json!({"const": []}),
        json!({"type": "boolean"}),
        json!({"type": ["null", "integer"]}),
        json!({"type": "number"}),
        short.clone(),
        json!({"type": "string", "format": "date"}),
        json!({"type": "string", "format": "iana-time-zone"}),
        json!({"type": "string", "pattern": "^#[0-9a-f]{6}$"}),
        json!({"type": "string", "pattern": "^(a|bc?)$"}),
        json!({"type": "array", "maxItems": 3, "items": short}),
        json!({"type": "array", "prefixItems": [short, {"type": "null"}], "items": false}),
        json!({"type": "object", "additionalProperties": false, "properties": {"a": short}}),
        json!({"type": "object", "maxProperties": 3, "additionalProperties": short}),
        json!({"type": "object", "maxProperties": 3, "additionalProperties": false,
            "patternProperties": {"^x": short}}),
        json!({"$ref": "#/$defs/short"}),
        json!({"type": "string", "allOf": [{"minLength": 1}, {"maxLength": 5}]}),
        json!({"anyOf": [{"type": "null"}, {"$ref": "#/$defs/short"}]}),
        json!({"maxLength": 5, "oneOf": [{"type": "null"}, {"type": "string"}]}),
        json!({"type": "string", "anyOf": [{"maxLength": 5}, {"pattern": "^x{9}$"}]}),
    ] {
        assert_eq!(checked(&rule), Ok(()), "{rule}");
    }
}

#[test]
fn a_rule_without_a_bound_is_refused_and_the_place_is_named() {
    let long = json!({"type": "string"});
    for (rule, fault) in [
        (
            long.clone(),
            "allows texts of any length; give it maxLength",
        ),
        (
            json!({}),
            "allows texts of any length; give it a type, or maxLength",
        ),
        (
            json!({"type": ["null", "string"]}),
            "allows texts of any length",
        ),
        (
            json!({"type": "string", "format": "email"}),
            "texts of any length",
        ),
        (
            json!({"type": "string", "pattern": "^a+$"}),
            "texts of any length",
        ),
        (
            json!({"type": "string", "pattern": "^a"}),
            "texts of any length",
        ),
        (
            json!({"type": "string", "pattern": "a{3}$"}),
            "texts of any length",
        ),
        (
            json!({"type": "string", "pattern": "^a$|b"}),
            "texts of any length",
        ),
        (
            json!({"type": "array", "items": {"type": "null"}}),
            "give it maxItems",
        ),
        (
            json!({"type": "array", "maxItems": 3}),
            "allows items of any kind",
        ),
        (
            json!({"type": "array", "maxItems": 3, "items": long}),
            "items: allows texts",
        ),
        (
            json!({"type": "array", "maxItems": 3, "items": true}),
            "items: allows anything",
        ),
        (
            json!({"type": "array", "items": false, "prefixItems": [long]}),
            "prefixItems: allows texts",
        ),
        (
            json!({"type": "object"}),
            "give it maxProperties, or additionalProperties: false",
        ),
        (
            json!({"type": "object", "maxProperties": 3}),
            "allows members of any kind",
        ),
        (
            json!({"type": "object", "maxProperties": 3, "additionalProperties": long}),
            "additionalProperties: allows texts",
        ),
        (
            json!({"type": "object", "additionalProperties": false,
                "patternProperties": {"x": {"type": "null"}}}),
            "objects of any number of members",
        ),
        (
            json!({"type": "object", "additionalProperties": false,
                "properties": {"a": {"type": "array", "maxItems": 1, "items": long}}}),
            "a: items: allows texts",
        ),
        (
            json!({"$ref": "#/$defs/long"}),
            "allows texts of any length",
        ),
        (
            json!({"$ref": "#/$defs/none"}),
            "allows texts of any length",
        ),
        (json!({"$ref": "#/$defs/self"}), "refers to itself"),
        (
            json!({"anyOf": [{"type": "null"}, long]}),
            "allows texts of any length",
        ),
        (json!({"oneOf": []}), "allows texts of any length"),
        (
            json!({"allOf": [{"minLength": 1}]}),
            "allows texts of any length",
        ),
    ] {
        let refused = checked(&rule).unwrap_err();
        assert!(refused.contains(fault), "{rule}: {refused}");
    }
}

#[test]
fn integers_are_bound_wherever_they_stand_and_nothing_else_is() {
    let mut rule = json!({
        "type": "array",
        "items": {"anyOf": [{"type": "integer", "minimum": 5}, {"type": ["null", "integer"]}]},
        "default": [{"type": "integer"}],
        "contains": {"type": ["number", "integer"]},
        "not": {"type": "integer", "minimum": -1e300, "maximum": 7},
    });
    bound_integers(&mut rule);
    let (least, most) = (i64::MIN, i64::MAX);
    let expected = json!({
        "type": "array",
        "items": {"anyOf": [
            {"type": "integer", "minimum": 5, "maximum": most},
            {"type": ["null", "integer"], "minimum": least, "maximum": most},
        ]},
        "default": [{"type": "integer"}],
        "contains": {"type": ["number", "integer"]},
        "not": {"type": "integer", "minimum": least, "maximum": 7},
    });
    assert_eq!(rule, expected);
}
