//! Request bodies: strict JSON. Another media type is 415, too many bytes are 413, a slow body is 408, and an
//! object with a repeated member is malformed, because two parsers could read it differently. `body/media_type.rs`
//! reads the headers, `body/parsing.rs` the JSON.

pub(crate) mod media_type;
mod parsing;

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::errors::ApiError;
use crate::request::unread_body::UnreadBody;

pub use parsing::parse;

use media_type::MediaType;

/// The maximum body of a user's request, in bytes.
pub const LARGEST_BODY: usize = 64 * 1024;

/// The maximum body of a service's request about many users, in bytes.
pub const LARGEST_BATCH: usize = 1024 * 1024;

/// The time in which a body must arrive, which limits clients that send slowly.
pub const SLOWEST_BODY: Duration = Duration::from_secs(10);

/// The largest body that a path takes, in bytes, from the declaration of its endpoint. Stored with the path's resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimit(pub usize);

impl BodyLimit {
    /// The limit of the request's path: 0 if its endpoint declares no body.
    fn of(request: &HttpRequest) -> usize {
        request.app_data::<Self>().map_or(0, |limit| limit.0)
    }
}

/// The JSON value of a request body.
pub struct JsonBody(pub Value);

/// Like [`JsonBody`], for an optional body.
pub struct OptionalJsonBody(pub Option<Value>);

/// The text of a JSON body, which is not parsed yet.
pub struct BodyText(web::BytesMut);

impl BodyText {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.0
    }

    /// The JSON value. Fails with 400 if the text is not strict JSON.
    pub fn value(&self) -> Result<Value, ApiError> {
        parse(&self.0)
    }
}

/// A JSON body with its text, for members that are copied unchanged.
pub struct QuotedJsonBody {
    /// The JSON value.
    pub value: Value,
    /// The text.
    pub text: web::BytesMut,
}

impl FromRequest for JsonBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = receive(request.clone(), payload.take());
        Box::pin(async move { parse(&there(bytes.await?)?).map(Self) })
    }
}

impl FromRequest for BodyText {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = receive(request.clone(), payload.take());
        Box::pin(async move { there(bytes.await?).map(Self) })
    }
}

impl FromRequest for QuotedJsonBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = receive(request.clone(), payload.take());
        Box::pin(async move {
            let text = there(bytes.await?)?;
            let value = parse(&text)?;
            Ok(Self { value, text })
        })
    }
}

impl FromRequest for OptionalJsonBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = receive(request.clone(), payload.take());
        Box::pin(async move {
            let value = bytes.await?.map(|bytes| parse(&bytes));
            value.transpose().map(Self)
        })
    }
}

fn there(body: Option<web::BytesMut>) -> Result<web::BytesMut, ApiError> {
    body.ok_or_else(|| ApiError::Malformed("Malformed JSON: the body is empty.".to_owned()))
}

/// The body, unless it is empty. An empty body has no type, whatever the header says.
async fn receive(
    request: HttpRequest,
    mut payload: Payload,
) -> Result<Option<web::BytesMut>, ApiError> {
    if is_empty(request.headers()) {
        return Ok(None);
    }
    let kind = MediaType::of(request.headers());
    match kind {
        MediaType::Other => return Err(ApiError::UnsupportedMediaType),
        MediaType::Compressed => return Err(ApiError::Compressed),
        MediaType::None | MediaType::Taken => {}
    }
    let (announced, limit) = (announced_length(request.headers()), BodyLimit::of(&request));
    let reading = timeout(SLOWEST_BODY, read(&mut payload, announced, limit)).await;
    let too_slow = |_| Err(ApiError::TooSlow(SLOWEST_BODY));
    let bytes = reading.unwrap_or_else(too_slow).inspect_err(|_| {
        request.extensions_mut().insert(UnreadBody(payload));
    })?;
    match kind {
        _ if bytes.is_empty() => Ok(None),
        MediaType::Taken => Ok(Some(bytes)),
        MediaType::None | MediaType::Other | MediaType::Compressed => {
            Err(ApiError::UnsupportedMediaType)
        }
    }
}

/// Whether there is no body (RFC 9112, 6.3): neither a length nor a transfer coding.
pub(crate) fn is_empty(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH);
    length.is_none_or(|length| length == "0") && !headers.contains_key(header::TRANSFER_ENCODING)
}

/// The declared length of the body.
pub fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

async fn read(
    payload: &mut Payload,
    announced: Option<usize>,
    limit: usize,
) -> Result<web::BytesMut, ApiError> {
    if announced.is_some_and(|length| length > limit) {
        return Err(ApiError::PayloadTooLarge(limit));
    }
    let mut bytes = web::BytesMut::with_capacity(announced.unwrap_or(0));
    while let Some(chunk) = payload.next().await {
        let cut_short = |_| ApiError::Malformed("The body ended too early.".to_owned());
        let chunk = chunk.map_err(cut_short)?;
        if bytes.len() + chunk.len() > limit {
            return Err(ApiError::PayloadTooLarge(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The members of a body that must be an object.
pub fn members(body: &Value) -> Result<&Map<String, Value>, ApiError> {
    body.as_object().ok_or(ApiError::NotAnObject)
}
