//! Reads evaluations that have only the usual members, as most do. That takes a third of the instructions: their texts are
//! borrowed from the body, and no JSON value is built.

use privet_domain::catalogue::Catalogue;
use serde::Deserialize;

use super::request::{self, Entity, Evaluation};

/// An evaluation without further members, and without escapes in its texts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainEvaluation<'a> {
    #[serde(borrow)]
    subject: PlainEntity<'a>,
    action: PlainAction<'a>,
    resource: PlainEntity<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainEntity<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    id: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainAction<'a> {
    name: &'a str,
}

impl<'a> PlainEvaluation<'a> {
    /// `None` if the body is anything else, for which [`request::parse_evaluation`] has an answer or an error.
    pub fn read(body: &'a [u8]) -> Option<Self> {
        // `Deserialize` takes an array for an object.
        if body.contains(&b'[') {
            return None;
        }
        serde_json::from_slice(body).ok()
    }

    /// The evaluation. Its action, types and ids may be unknown.
    pub fn evaluation<'c>(&self, catalogue: &'c Catalogue) -> Evaluation<'c> {
        let entity = |it: &PlainEntity<'a>| Entity {
            kind: it.kind,
            id: it.id,
            properties: None,
        };
        let (subject, resource) = (entity(&self.subject), entity(&self.resource));
        request::check(catalogue, self.action.name, &subject, &resource, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = r#"{"type":"user","id":"5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d"}"#;

    fn body(action: &str, more: &str) -> String {
        format!(r#"{{"subject":{USER},"action":{action},"resource":{USER}{more}}}"#)
    }

    #[test]
    fn an_evaluation_with_the_usual_members_is_read() {
        let catalogue = Catalogue::core();
        let text = body(r#"{"name":"view_profile"}"#, "");
        let plain = PlainEvaluation::read(text.as_bytes()).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        let expected = request::parse_evaluation(&catalogue, &value).unwrap();
        assert!(expected.is_ok());
        assert_eq!(plain.evaluation(&catalogue), expected);
    }

    #[test]
    fn any_other_body_is_left_to_the_parser_of_all() {
        let usual = r#"{"name":"view_profile"}"#;
        for text in [
            body(usual, r#","context":{}"#),
            body(usual, r#","action":{"name":"follow"}"#),
            body(r#"{"name":"view_profile","properties":{}}"#, ""),
            body(r#"{"name":"view\u005fprofile"}"#, ""),
            body(r#"["view_profile"]"#, ""),
            body(r#"{"name":1}"#, ""),
            body("{}", ""),
            format!("{} {{}}", body(usual, "")),
            String::new(),
        ] {
            assert!(PlainEvaluation::read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
