//! What a request's header says of its body.

use actix_web::http::header::{self, HeaderMap};

/// What the caller says the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// Nothing.
    None,
    /// JSON in UTF-8.
    Json,
    /// Something else.
    Other,
    /// Something that would have to be unpacked.
    Compressed,
}

impl MediaType {
    /// What its header says.
    pub fn of(headers: &HeaderMap) -> Self {
        // A compressed body is not read: what it grows to cannot be told beforehand.
        if headers
            .get(header::CONTENT_ENCODING)
            .is_some_and(|coding| coding != "identity")
        {
            return Self::Compressed;
        }
        let mut fields = headers.get_all(header::CONTENT_TYPE);
        let Some(value) = fields.next() else {
            return Self::None;
        };
        // Which of two would count?
        if fields.next().is_some() {
            return Self::Other;
        }
        let mut parts = value.to_str().unwrap_or_default().split(';').map(str::trim);
        let is_json = parts
            .next()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
        let is_utf8 = parts.all(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let charset = value.trim_matches('"');
            !name.eq_ignore_ascii_case("charset") || charset.eq_ignore_ascii_case("utf-8")
        });
        if is_json && is_utf8 {
            Self::Json
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

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
            "application/json;v=1",
        ] {
            assert_eq!(
                kind(&[(header::CONTENT_TYPE, text)]),
                MediaType::Json,
                "{text}"
            );
        }
        for text in [
            "text/plain",
            "application/merge-patch+json",
            "application/json; charset=latin1",
            "",
        ] {
            assert_eq!(
                kind(&[(header::CONTENT_TYPE, text)]),
                MediaType::Other,
                "{text}"
            );
        }
        assert_eq!(kind(&[]), MediaType::None);
        let zipped = [
            (header::CONTENT_TYPE, "application/json"),
            (header::CONTENT_ENCODING, "gzip"),
        ];
        assert_eq!(kind(&zipped), MediaType::Compressed);
        let json = (header::CONTENT_TYPE, "application/json");
        assert_eq!(kind(&[json.clone(), json]), MediaType::Other);
    }
}
