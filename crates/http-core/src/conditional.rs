//! Entity tags and conditional requests (RFC 9110, sections 8.8 and 13).

pub mod static_answers;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, EntityTag, Header, HeaderValue, IfMatch, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use privet_application::settings::precondition::{Precondition, VersionTags};
use serde::Serialize;

use crate::errors::ApiError;
use crate::response::answers::{json, private_no_cache_head};

/// The conditions of a request: `If-Match` by strong comparison, `If-None-Match` by weak comparison. Text that is
/// not a tag matches no version, so that nothing is overwritten by mistake. There is no `Last-Modified`: date
/// conditions are ignored.
#[must_use]
pub fn precondition(request: &HttpRequest) -> Precondition {
    let headers = request.headers();
    let if_match = || match IfMatch::parse(request) {
        Ok(IfMatch::Any) => VersionTags::Any,
        Ok(IfMatch::Items(tags)) => one_of(tags.into_iter().filter(|tag| !tag.weak)),
        Err(_) => one_of([]),
    };
    let if_none_match = || match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => VersionTags::Any,
        Ok(IfNoneMatch::Items(tags)) => one_of(tags),
        Err(_) => one_of([]),
    };
    Precondition {
        is_one_of: headers.contains_key(header::IF_MATCH).then(if_match),
        is_none_of: headers
            .contains_key(header::IF_NONE_MATCH)
            .then(if_none_match),
    }
}

fn one_of(tags: impl IntoIterator<Item = EntityTag>) -> VersionTags {
    let names = tags.into_iter().map(|tag| tag.tag().to_owned());
    VersionTags::OneOf(names.collect())
}

/// The answer to a `GET` of settings: 412 if `If-Match` does not match, 304 if the caller has this version,
/// otherwise the body (RFC 9110, section 13.2.2).
pub fn show(
    request: &HttpRequest,
    tag: &str,
    body: impl Serialize,
) -> Result<HttpResponse, ApiError> {
    unless_known(request, tag, || changed(tag, body))
}

/// The same, with a body that is JSON already.
pub fn show_text(request: &HttpRequest, tag: &str, text: String) -> Result<HttpResponse, ApiError> {
    unless_known(request, tag, || json_text(tag, text.into_bytes()))
}

fn json_text(tag: &str, text: Vec<u8>) -> HttpResponse {
    let json = HeaderValue::from_static("application/json");
    versioned(StatusCode::OK, tag).content_type(json).body(text)
}

fn unless_known(
    request: &HttpRequest,
    tag: &str,
    answer: impl FnOnce() -> HttpResponse,
) -> Result<HttpResponse, ApiError> {
    let Precondition {
        is_one_of,
        is_none_of,
    } = precondition(request);
    if is_one_of.is_some_and(|wanted| !wanted.name(tag)) {
        return Err(ApiError::PreconditionFailed);
    }
    if is_none_of.is_some_and(|known| known.name(tag)) {
        return Ok(versioned(StatusCode::NOT_MODIFIED, tag).finish());
    }
    Ok(answer())
}

/// The answer to a `GET` that supports only `If-None-Match`, with a tag made from the body: 304 if the caller has this
/// version, otherwise the body.
pub fn show_by_content(
    request: &HttpRequest,
    body: &impl Serialize,
) -> Result<HttpResponse, ApiError> {
    let text = serde_json::to_vec(body).map_err(|_| ApiError::Internal)?;
    let tag = content_tag(&text);
    let known = precondition(request).is_none_of;
    if known.is_some_and(|known| known.name(&tag)) {
        return Ok(versioned(StatusCode::NOT_MODIFIED, &tag).finish());
    }
    Ok(json_text(&tag, text))
}

/// A tag for exactly these bytes: half of their SHA-256.
fn content_tag(content: &[u8]) -> String {
    let hash = digest(&SHA256, content);
    let hash = hash.as_ref();
    BASE64_URL_SAFE_NO_PAD.encode(hash.get(..16).unwrap_or(hash))
}

/// The answer to an update, with the tag of the new version.
pub fn changed(tag: &str, body: impl Serialize) -> HttpResponse {
    json(versioned(StatusCode::OK, tag), &body)
}

fn versioned(status: StatusCode, tag: &str) -> HttpResponseBuilder {
    let mut response = private_no_cache_head(status);
    // `EntityTag` checks and writes the tag letter by letter.
    response.insert_header((header::ETAG, ["\"", tag, "\""].concat()));
    response
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn wanted(fields: &[&str]) -> Option<VersionTags> {
        let mut request = TestRequest::default();
        for field in fields {
            request = request.append_header((header::IF_MATCH, *field));
        }
        precondition(&request.to_http_request()).is_one_of
    }

    fn versions(tags: &[&str]) -> VersionTags {
        VersionTags::OneOf(tags.iter().map(|tag| (*tag).to_owned()).collect())
    }

    #[test]
    fn lists_of_tags_are_read_over_several_fields() {
        assert_eq!(wanted(&[]), None);
        assert_eq!(wanted(&["*"]), Some(VersionTags::Any));
        assert_eq!(wanted(&["\"a\""]), Some(versions(&["a"])));
        assert_eq!(
            wanted(&["\"a\" , \"b\",", "\"d\""]),
            Some(versions(&["a", "b", "d"]))
        );
    }

    #[test]
    fn a_weak_tag_and_text_that_is_no_tag_match_nothing() {
        assert_eq!(wanted(&["W/\"a\", \"b\""]), Some(versions(&["b"])));
        // Privet's own tags contain no comma, at which the list is split.
        assert_eq!(wanted(&["\"a,b\", \"c\""]), Some(versions(&["c"])));
        for text in ["", "a", "\"a", "\"a\" \"b\"", "w/\"a\""] {
            assert_eq!(wanted(&[text]), Some(versions(&[])), "{text}");
        }
    }

    #[test]
    fn a_version_that_must_not_stand_is_compared_weakly() {
        let request = TestRequest::default()
            .insert_header((header::IF_NONE_MATCH, "W/\"a\", \"b\""))
            .to_http_request();
        let expected = Precondition {
            is_one_of: None,
            is_none_of: Some(versions(&["a", "b"])),
        };
        assert_eq!(precondition(&request), expected);
    }

    #[test]
    fn a_version_that_is_not_the_wanted_one_is_not_shown() {
        for (wanted, known, status) in [
            ("\"v0\"", None, 412),
            ("W/\"v1\"", None, 412),
            ("", None, 412),
            ("\"v0\"", Some("\"v1\""), 412),
            ("\"v1\"", Some("\"v1\""), 304),
            ("*", Some("*"), 304),
            ("\"v1\"", Some("\"v0\""), 200),
            ("*", None, 200),
        ] {
            let mut request = TestRequest::default().insert_header((header::IF_MATCH, wanted));
            if let Some(known) = known {
                request = request.insert_header((header::IF_NONE_MATCH, known));
            }
            let answer = show(&request.to_http_request(), "v1", "body");
            let answered = match &answer {
                Ok(response) => response.status(),
                Err(error) => error.failure().status,
            };
            assert_eq!(answered.as_u16(), status, "{wanted} {known:?}");
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
            let response = show(&request, "v1", "body").unwrap();
            assert_eq!(response.status().as_u16(), status, "{field}");
            assert_eq!(response.headers().get(header::ETAG).unwrap(), "\"v1\"");
        }
    }
}
