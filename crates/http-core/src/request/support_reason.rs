//! The header with which the product's staff say why they look at a user's data or change it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use privet_domain::FieldError;
use privet_domain::settings::looks::{InvalidSupportReason, SupportReason};

use crate::errors::ApiError;

/// The name of the header.
pub const SUPPORT_REASON: &str = "Support-Reason";

/// The reason in the request. A missing, repeated or invalid one is 400.
pub struct SupportReasonHeader(pub SupportReason);

impl FromRequest for SupportReasonHeader {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request).map(Self).map_err(|error| wrong(&error)))
    }
}

fn parse(request: &HttpRequest) -> Result<SupportReason, InvalidSupportReason> {
    let mut fields = request.headers().get_all(SUPPORT_REASON);
    let field = fields.next().ok_or(InvalidSupportReason)?;
    if fields.next().is_some() {
        return Err(InvalidSupportReason);
    }
    // White space around the value is no part of it (RFC 9110, section 5.5).
    let text = field.to_str().map_err(|_| InvalidSupportReason)?;
    SupportReason::parse(text.trim_matches([' ', '\t']))
}

/// The error of a request without a valid reason.
#[must_use]
pub fn wrong(error: &InvalidSupportReason) -> ApiError {
    let wrong = FieldError::new(SUPPORT_REASON, error.to_string());
    ApiError::InvalidParameters(vec![wrong])
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn reason(values: &[&str]) -> Option<String> {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header((SUPPORT_REASON, *value));
        }
        let parsed = parse(&request.to_http_request()).ok();
        parsed.map(|reason| reason.as_str().to_owned())
    }

    #[test]
    fn there_is_exactly_one_reason() {
        assert_eq!(reason(&["ticket 4711"]).as_deref(), Some("ticket 4711"));
        assert_eq!(reason(&[" padded\t"]).as_deref(), Some("padded"));
        for values in [&[][..], &[""], &["  "], &["one", "other"]] {
            assert_eq!(reason(values), None, "{values:?}");
        }
    }
}
