//! The media type and the coding of a request body. Own code, because `mime` 0.3 was tried: it refuses a space
//! before a semicolon (`application/json ; charset=utf-8`), which RFC 9110, section 5.6.6, allows.

use actix_web::http::header::{self, HeaderMap, HeaderValue};

/// The type of a body according to the headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// No type.
    None,
    /// The one that is taken, in UTF-8.
    Taken,
    /// Another type.
    Other,
    /// A compressed body of any type.
    Compressed,
}

impl MediaType {
    /// Reads `Content-Encoding` and `Content-Type` of a JSON body.
    pub fn of(headers: &HeaderMap) -> Self {
        Self::of_body(headers, "application/json")
    }

    /// The same for a body of another type.
    pub fn of_body(headers: &HeaderMap, taken: &str) -> Self {
        // A compressed body is refused, because its decompressed size is unknown.
        if !headers.get_all(header::CONTENT_ENCODING).all(is_identity) {
            return Self::Compressed;
        }
        let mut fields = headers.get_all(header::CONTENT_TYPE);
        let Some(value) = fields.next() else {
            return Self::None;
        };
        // A field that is given twice is invalid.
        if fields.next().is_some() {
            return Self::Other;
        }
        let mut parts = value.to_str().unwrap_or_default().split(';').map(str::trim);
        let is_taken = parts
            .next()
            .is_some_and(|kind| kind.eq_ignore_ascii_case(taken));
        let is_utf8 = parts.all(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            !name.trim_end().eq_ignore_ascii_case("charset") || is_utf_8(value.trim_start())
        });
        if is_taken && is_utf8 {
            Self::Taken
        } else {
            Self::Other
        }
    }
}

/// Whether these codings do not change a body. Names are compared without case (RFC 9110, 8.4.1).
fn is_identity(codings: &HeaderValue) -> bool {
    let codings = codings.to_str().unwrap_or("unreadable");
    let mut codings = codings.split(',').map(str::trim);
    codings.all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case("identity"))
}

/// Whether this is UTF-8, by its name or by the alias that many clients send.
fn is_utf_8(charset: &str) -> bool {
    let charset = charset.trim_matches('"');
    ["utf-8", "utf8"]
        .iter()
        .any(|name| charset.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderName;

    use super::*;

    fn kind(fields: &[(HeaderName, &'static str)]) -> MediaType {
        let fields = fields
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        MediaType::of(&fields.collect())
    }

    #[test]
    fn only_json_in_utf_8_is_json() {
        for text in [
            "application/json",
            "Application/JSON",
            "application/json; charset=\"UTF-8\"",
            "application/json;charset=utf8",
            "application/json ; charset=utf-8",
            "application/json; Charset=UTF8",
            "application/json; charset = \"Utf8\"",
            "application/json;",
            "application/json;v=1",
        ] {
            assert_eq!(
                kind(&[(header::CONTENT_TYPE, text)]),
                MediaType::Taken,
                "{text}"
            );
        }
        for text in [
            "text/plain",
            "application/merge-patch+json",
            "application/json; charset=latin1",
            "application/json; charset=utf-16",
            "application/json; charset=utf",
            "application/json; charset=utf-8; charset=latin1",
            "application/json; charset",
            "",
        ] {
            assert_eq!(
                kind(&[(header::CONTENT_TYPE, text)]),
                MediaType::Other,
                "{text}"
            );
        }
        assert_eq!(kind(&[]), MediaType::None);
        let json = (header::CONTENT_TYPE, "application/json");
        assert_eq!(kind(&[json.clone(), json]), MediaType::Other);
    }

    #[test]
    fn a_body_that_is_coded_is_not_read() {
        let coded = |codings: &[&'static str]| {
            let fields = codings.iter().map(|text| (header::CONTENT_ENCODING, *text));
            let json = (header::CONTENT_TYPE, "application/json");
            kind(&fields.chain([json]).collect::<Vec<_>>())
        };
        for codings in [
            &["identity"][..],
            &["Identity"],
            &["IDENTITY, identity"],
            &["identity", "identity"],
            &[""],
        ] {
            assert_eq!(coded(codings), MediaType::Taken, "{codings:?}");
        }
        for codings in [
            &["gzip"][..],
            &["GZIP"],
            &["identity, br"],
            &["identity", "gzip"],
            &["identity;q=1"],
        ] {
            assert_eq!(coded(codings), MediaType::Compressed, "{codings:?}");
        }
    }
}
