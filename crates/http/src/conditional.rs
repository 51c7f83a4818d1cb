//! Entity tags and conditional requests (RFC 9110, sections 8.8 and 13).

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use privet_application::Precondition;
use serde::Serialize;

use crate::answers::{json, private_head};

/// The condition in `If-Match`. Weak tags never match (strong comparison); a field that is no list of
/// tags holds none, so that nothing is overwritten by mistake.
pub fn if_match(request: &HttpRequest) -> Precondition {
    match tags(request.headers(), &header::IF_MATCH) {
        None => Precondition::None,
        Some(Tags::Any) => Precondition::Exists,
        Some(Tags::Listed(tags)) => {
            let strong = tags.into_iter().filter(|tag| !tag.weak);
            Precondition::OneOf(strong.map(|tag| tag.opaque).collect())
        }
    }
}

/// The answer to a `GET` of settings: 304 where the caller has this version, else the body.
pub fn show(request: &HttpRequest, tag: &str, body: impl Serialize) -> HttpResponse {
    let known = match tags(request.headers(), &header::IF_NONE_MATCH) {
        None => false,
        Some(Tags::Any) => true,
        Some(Tags::Listed(tags)) => tags.iter().any(|listed| listed.opaque == tag),
    };
    if known {
        versioned(StatusCode::NOT_MODIFIED, tag).finish()
    } else {
        changed(tag, body)
    }
}

/// The answer to an update, with the tag of the version that stands now.
pub fn changed(tag: &str, body: impl Serialize) -> HttpResponse {
    json(versioned(StatusCode::OK, tag), &body)
}

fn versioned(status: StatusCode, tag: &str) -> HttpResponseBuilder {
    let mut response = private_head(status);
    response.insert_header((header::ETAG, format!("\"{tag}\"")));
    response
}

enum Tags {
    Any,
    Listed(Vec<Tag>),
}

#[derive(Debug, PartialEq, Eq)]
struct Tag {
    weak: bool,
    opaque: String,
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Option<Tags> {
    let mut fields = headers.get_all(name).peekable();
    fields.peek()?;
    let mut listed = Vec::new();
    for field in fields {
        let text = field.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Some(Tags::Any);
        }
        listed.extend(parse(text).unwrap_or_default());
    }
    Some(Tags::Listed(listed))
}

/// `entity-tag *( OWS "," OWS entity-tag )`; a tag's text may hold commas.
fn parse(mut text: &str) -> Option<Vec<Tag>> {
    let mut tags = Vec::new();
    loop {
        text = text.trim_start_matches([' ', '\t', ',']);
        if text.is_empty() {
            return Some(tags);
        }
        let (weak, quoted) = text
            .strip_prefix("W/")
            .map_or((false, text), |rest| (true, rest));
        let (opaque, rest) = quoted.strip_prefix('"')?.split_once('"')?;
        tags.push(Tag {
            weak,
            opaque: opaque.to_owned(),
        });
        text = rest.trim_start();
        if !text.is_empty() && !text.starts_with(',') {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn precondition(fields: &[&str]) -> Precondition {
        let mut request = TestRequest::default();
        for field in fields {
            request = request.append_header((header::IF_MATCH, *field));
        }
        if_match(&request.to_http_request())
    }

    fn one_of(tags: &[&str]) -> Precondition {
        Precondition::OneOf(tags.iter().map(|tag| (*tag).to_owned()).collect())
    }

    #[test]
    fn lists_of_tags_are_read_over_several_fields() {
        assert_eq!(precondition(&[]), Precondition::None);
        assert_eq!(precondition(&["*"]), Precondition::Exists);
        assert_eq!(precondition(&["\"a\""]), one_of(&["a"]));
        assert_eq!(
            precondition(&["\"a\" , \"b,c\",", "\"d\""]),
            one_of(&["a", "b,c", "d"])
        );
    }

    #[test]
    fn a_weak_tag_and_text_that_is_no_tag_match_nothing() {
        assert_eq!(precondition(&["W/\"a\", \"b\""]), one_of(&["b"]));
        for text in ["", "a", "\"a", "\"a\" \"b\"", "w/\"a\""] {
            assert_eq!(precondition(&[text]), one_of(&[]), "{text}");
        }
    }

    #[test]
    fn a_known_version_is_not_sent_again() {
        for (field, status) in [
            ("\"v1\"", 304),
            ("W/\"v1\"", 304),
            ("*", 304),
            ("\"v0\", \"v1\"", 304),
            ("\"v0\"", 200),
            ("v1", 200),
        ] {
            let request = TestRequest::default()
                .insert_header((header::IF_NONE_MATCH, field))
                .to_http_request();
            let response = show(&request, "v1", "body");
            assert_eq!(response.status().as_u16(), status, "{field}");
            assert_eq!(response.headers().get(header::ETAG).unwrap(), "\"v1\"");
        }
    }
}
