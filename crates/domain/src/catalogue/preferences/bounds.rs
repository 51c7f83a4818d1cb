//! Checks that a rule bounds its values: texts, lists and objects take space in the database, in caches and in
//! answers. Also the bounds of integers, which stores and clients require.

use serde_json::{Map, Value, json};

use regex_syntax::hir::Look;

use super::formats::IANA_TIME_ZONE;

/// Formats whose texts are always short.
const SHORT_FORMATS: [&str; 5] = ["date", "uuid", "ipv4", "ipv6", IANA_TIME_ZONE];

/// The maximum nesting depth of rules. A recursive rule exceeds it.
const DEEPEST: usize = 16;

/// Keywords that combine rules. Each combined rule is checked together with the keywords beside them.
const COMBINATIONS: [&str; 4] = ["$ref", "allOf", "anyOf", "oneOf"];

/// Keywords whose content is data, not a schema.
const DATA: [&str; 4] = ["enum", "const", "default", "examples"];

type Rule = Map<String, Value>;

/// The value that a rule does not bound, and its place in the rule.
type Unbounded = String;

/// Fails if the rule of a key allows texts, lists or objects of unlimited size. `definitions` is the content of
/// `$defs`.
pub(super) fn check(rule: &Rule, definitions: Option<&Value>) -> Result<(), Unbounded> {
    let bounds = Bounds { definitions };
    bounds.check(rule, 0)
}

struct Bounds<'a> {
    definitions: Option<&'a Value>,
}

impl Bounds<'_> {
    fn check(&self, rule: &Rule, depth: usize) -> Result<(), Unbounded> {
        if rule.contains_key("enum") || rule.contains_key("const") {
            return Ok(());
        }
        if depth > DEEPEST {
            return Err("lies too deep, or refers to itself".to_owned());
        }
        let Err(own) = self.check_types(rule, depth) else {
            return Ok(());
        };
        let mut beside = rule.clone();
        beside.retain(|keyword, _| !COMBINATIONS.contains(&keyword.as_str()));
        let branch = |branch: &Value| match branch {
            Value::Object(branch) => {
                let mut merged = beside.clone();
                merged.extend(branch.clone());
                self.check(&merged, depth + 1)
            }
            Value::Bool(false) => Ok(()),
            _ => Err(own.clone()),
        };
        let mut fault = own.clone();
        // With `allOf` one bounded rule is sufficient; with alternatives each rule must be bounded.
        for all in ["allOf", "$ref"] {
            for rule in self.branches(rule, all) {
                match branch(rule) {
                    Ok(()) => return Ok(()),
                    Err(other) => fault = other,
                }
            }
        }
        for any in ["anyOf", "oneOf"] {
            let mut branches = self.branches(rule, any).into_iter().map(branch).peekable();
            if branches.peek().is_some() {
                match branches.collect::<Result<(), _>>() {
                    Ok(()) => return Ok(()),
                    Err(other) => fault = other,
                }
            }
        }
        Err(fault)
    }

    /// The rules that this keyword combines.
    fn branches<'b>(&'b self, rule: &'b Rule, keyword: &str) -> Vec<&'b Value> {
        match rule.get(keyword) {
            Some(Value::Array(rules)) => rules.iter().collect(),
            Some(Value::String(reference)) => self.definition(reference).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn definition(&self, reference: &str) -> Option<&Value> {
        let pointer = reference.strip_prefix("#/$defs")?;
        self.definitions?.pointer(pointer)
    }

    fn check_types(&self, rule: &Rule, depth: usize) -> Result<(), Unbounded> {
        let takes = |kind: &str| match rule.get("type") {
            None => true,
            Some(Value::Array(kinds)) => kinds.iter().any(|each| each == kind),
            Some(only) => only == kind,
        };
        if takes("string") && !is_short(rule) {
            return Err(lacks(rule, "texts of any length", "maxLength"));
        }
        if takes("array") {
            self.check_list(rule, depth)?;
        }
        if takes("object") {
            self.check_object(rule, depth)?;
        }
        Ok(())
    }

    fn check_list(&self, rule: &Rule, depth: usize) -> Result<(), Unbounded> {
        let items = rule.get("items");
        if items != Some(&Value::Bool(false)) {
            if !has_number(rule, "maxItems") {
                return Err(lacks(rule, "lists of any length", "maxItems"));
            }
            let Some(items) = items else {
                return Err(lacks(rule, "items of any kind", "items"));
            };
            self.check_part("items", items, depth)?;
        }
        let first = rule.get("prefixItems").and_then(Value::as_array);
        for item in first.into_iter().flatten() {
            self.check_part("prefixItems", item, depth)?;
        }
        Ok(())
    }

    fn check_object(&self, rule: &Rule, depth: usize) -> Result<(), Unbounded> {
        let others = rule.get("additionalProperties");
        let is_closed = others == Some(&Value::Bool(false));
        let by_pattern = rule.get("patternProperties").and_then(Value::as_object);
        if !(has_number(rule, "maxProperties") || is_closed && by_pattern.is_none()) {
            let keywords = "maxProperties, or additionalProperties: false";
            return Err(lacks(rule, "objects of any number of members", keywords));
        }
        match others {
            None => return Err(lacks(rule, "members of any kind", "additionalProperties")),
            Some(others) => self.check_part("additionalProperties", others, depth)?,
        }
        let named = rule.get("properties").and_then(Value::as_object);
        for (name, member) in named.into_iter().chain(by_pattern).flatten() {
            self.check_part(name, member, depth)?;
        }
        Ok(())
    }

    /// A rule for a part of the value.
    fn check_part(&self, place: &str, rule: &Value, depth: usize) -> Result<(), Unbounded> {
        let checked = match rule {
            Value::Object(rule) => self.check(rule, depth + 1),
            Value::Bool(false) => Ok(()),
            _ => Err("allows anything; give it a type".to_owned()),
        };
        checked.map_err(|fault| format!("{place}: {fault}"))
    }
}

fn lacks(rule: &Rule, what: &str, keyword: &str) -> Unbounded {
    if rule.contains_key("type") {
        format!("allows {what}; give it {keyword}")
    } else {
        format!("allows {what}; give it a type, or {keyword}")
    }
}

fn has_number(rule: &Rule, keyword: &str) -> bool {
    rule.get(keyword).is_some_and(Value::is_number)
}

fn is_short(rule: &Rule) -> bool {
    let text = |name: &str| rule.get(name).and_then(Value::as_str);
    has_number(rule, "maxLength")
        || text("format").is_some_and(|format| SHORT_FORMATS.contains(&format))
        || text("pattern").is_some_and(is_pattern_of_short_texts)
}

/// Whether the pattern matches only whole texts of bounded length.
fn is_pattern_of_short_texts(pattern: &str) -> bool {
    regex_syntax::parse(pattern).is_ok_and(|expression| {
        let properties = expression.properties();
        properties.maximum_len().is_some()
            && properties.look_set_prefix().contains(Look::Start)
            && properties.look_set_suffix().contains(Look::End)
    })
}

/// Makes each rule for integers refuse values outside signed 64-bit integers.
pub(super) fn bound_integers(rule: &mut Value) {
    match rule {
        Value::Array(rules) => rules.iter_mut().for_each(bound_integers),
        Value::Object(rule) => {
            if takes_integers_only(rule) {
                // A bound outside this range has no effect.
                let keeps = |bound: Option<&Value>| {
                    let bound = bound.and_then(Value::as_f64);
                    bound.is_some_and(|bound| bound.abs() < LIMIT)
                };
                if !keeps(rule.get("minimum")) {
                    rule.insert("minimum".to_owned(), json!(i64::MIN));
                }
                if !keeps(rule.get("maximum")) {
                    rule.insert("maximum".to_owned(), json!(i64::MAX));
                }
            }
            for (keyword, rules) in rule.iter_mut() {
                if !DATA.contains(&keyword.as_str()) {
                    bound_integers(rules);
                }
            }
        }
        _ => {}
    }
}

/// The first number (2^63) that a signed 64-bit integer cannot hold.
const LIMIT: f64 = 9_223_372_036_854_775_808.0;

/// Whether this number is outside signed 64-bit integers. The lowest valid double also represents smaller
/// integers; a valid integer is parsed as an integer, not as a double.
pub(super) fn is_beyond_64_bits(value: &Value) -> bool {
    let is_beyond = |number: f64| number.abs() >= LIMIT;
    value.as_i64().is_none() && value.as_f64().is_some_and(is_beyond)
}

fn takes_integers_only(rule: &Rule) -> bool {
    match rule.get("type") {
        Some(Value::Array(kinds)) => {
            let names = |kind: &str| kinds.iter().any(|each| each == kind);
            names("integer") && !names("number")
        }
        Some(only) => only == "integer",
        None => false,
    }
}

#[cfg(test)]
mod tests;
