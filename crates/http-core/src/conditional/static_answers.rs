//! Answers that are the same for all callers: with an entity tag, 304, and gzip compression. Must not contain user
//! data.

use std::io::Write;
use std::sync::OnceLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, AcceptEncoding, ContentEncoding, Encoding, EntityTag, Header, HeaderValue,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;
use privet_application::settings::precondition::Precondition;

use crate::conditional::{content_tag, precondition};
use crate::errors::ApiError;

/// A text or a file. It is compressed once, at the first request for gzip.
pub struct StaticContent {
    plain: Bytes,
    zipped: OnceLock<Option<Bytes>>,
    tag: String,
}

impl StaticContent {
    /// New content, not compressed yet.
    pub fn new(plain: Bytes) -> Self {
        let tag = content_tag(&plain);
        Self {
            plain,
            zipped: OnceLock::new(),
            tag,
        }
    }

    /// The answer to a `GET`: 412 if `If-Match` does not match, 304 if the client has this form, otherwise the
    /// content. `head` adds further header fields.
    pub fn answer(
        &self,
        request: &HttpRequest,
        head: impl Fn(&mut HttpResponseBuilder),
    ) -> Result<HttpResponse, ApiError> {
        let zipped = takes_gzip(request).then(|| self.zipped()).flatten();
        // A strong tag identifies the exact bytes, so each form has its own.
        let tag = match zipped {
            Some(_) => format!("{}-gzip", self.tag),
            None => self.tag.clone(),
        };
        let Precondition {
            is_one_of,
            is_none_of,
        } = precondition(request);
        if is_one_of.is_some_and(|wanted| !wanted.name(&tag)) {
            return Err(ApiError::PreconditionFailed);
        }
        let is_known = is_none_of.is_some_and(|known| known.name(&tag));
        let status = if is_known {
            StatusCode::NOT_MODIFIED
        } else {
            StatusCode::OK
        };
        let mut response = HttpResponse::build(status);
        response.insert_header((header::ETAG, EntityTag::new_strong(tag).to_string()));
        response.append_header((header::VARY, HeaderValue::from_static("Accept-Encoding")));
        head(&mut response);
        if is_known {
            return Ok(response.finish());
        }
        if zipped.is_some() {
            response.insert_header(ContentEncoding::Gzip);
        }
        Ok(response.body(zipped.unwrap_or(&self.plain).clone()))
    }

    fn zipped(&self) -> Option<&Bytes> {
        let zipped = self.zipped.get_or_init(|| zip(&self.plain).ok());
        zipped.as_ref()
    }
}

fn zip(plain: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain)?;
    encoder.finish().map(Bytes::from)
}

fn takes_gzip(request: &HttpRequest) -> bool {
    // Without the field any coding may be sent (RFC 9110, 12.5.3), but clients without it rarely support one.
    if !request.headers().contains_key(header::ACCEPT_ENCODING) {
        return false;
    }
    let Ok(accepted) = AcceptEncoding::parse(request) else {
        return false;
    };
    let supported = [Encoding::gzip(), Encoding::identity()];
    accepted.negotiate(supported.iter()) == Some(Encoding::gzip())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn answer(content: &StaticContent, fields: &[(&'static str, &str)]) -> HttpResponse {
        let mut request = TestRequest::default();
        for field in fields {
            request = request.append_header(*field);
        }
        let answer = content.answer(&request.to_http_request(), |_| ());
        answer.unwrap_or_else(|error| HttpResponse::new(error.failure().status))
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it_only() {
        let content = StaticContent::new(Bytes::from("text ".repeat(100)));
        for (accepted, is_zipped) in [
            ("gzip", true),
            ("gzip, deflate, br", true),
            ("GZIP;q=0.5, identity;q=0.1", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("br", false),
            ("", false),
        ] {
            let answer = answer(&content, &[("Accept-Encoding", accepted)]);
            let headers = answer.headers();
            assert_eq!(
                headers.contains_key("Content-Encoding"),
                is_zipped,
                "{accepted}"
            );
            assert_eq!(
                headers.get("Vary").unwrap(),
                "Accept-Encoding",
                "{accepted}"
            );
        }
        assert!(
            !answer(&content, &[])
                .headers()
                .contains_key("Content-Encoding")
        );
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let content = StaticContent::new(Bytes::from_static(b"text"));
        let gzip = ("Accept-Encoding", "gzip");
        let tag = |answer: &HttpResponse| {
            answer
                .headers()
                .get("ETag")
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        let (plain, zipped) = (tag(&answer(&content, &[])), tag(&answer(&content, &[gzip])));
        assert_ne!(plain, zipped);
        for (known, status) in [
            (plain.as_str(), 200),
            (&zipped, 304),
            (&format!("W/{zipped}"), 304),
            ("*", 304),
            ("x", 200),
        ] {
            let answer = answer(&content, &[gzip, ("If-None-Match", known)]);
            assert_eq!(answer.status().as_u16(), status, "{known}");
            assert_eq!(tag(&answer), zipped, "{known}");
        }
    }

    #[test]
    fn another_version_than_the_wanted_one_is_not_sent() {
        let content = StaticContent::new(Bytes::from_static(b"text"));
        let plain = format!("\"{}\"", content.tag);
        let (weak, both) = (format!("W/{plain}"), format!("\"other\", {plain}"));
        for (wanted, known, status) in [
            (plain.as_str(), "\"other\"", 200),
            (&both, "\"other\"", 200),
            ("*", "\"other\"", 200),
            (&plain, &plain, 304),
            ("\"other\"", &plain, 412),
            (&weak, "\"other\"", 412),
            ("x", "\"other\"", 412),
        ] {
            let fields = [("If-Match", wanted), ("If-None-Match", known)];
            assert_eq!(
                answer(&content, &fields).status().as_u16(),
                status,
                "{wanted}"
            );
        }
        // Each form has its own tag.
        let fields = [("If-Match", plain.as_str()), ("Accept-Encoding", "gzip")];
        assert_eq!(answer(&content, &fields).status().as_u16(), 412);
    }
}
