//! Request bodies: JSON, strictly. A media type other than JSON is 415, too many bytes are 413, bytes
//! that come too slowly are 408, and an object that names a member twice is malformed, since two readers
//! would read it differently. What a body is said to be is read in `body/media_type.rs`, numbers that nothing
//! here can hold in `body/numbers.rs`.

mod media_type;
mod numbers;

use std::fmt;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use tokio::time::timeout;

use crate::errors::ApiError;
use crate::unread_body::UnreadBody;

use media_type::MediaType;

/// The largest body of a user's request, in bytes.
pub const LARGEST_BODY: usize = 64 * 1024;

/// The largest body of a service's request about many users, in bytes.
pub const LARGEST_BATCH: usize = 1024 * 1024;

/// How long a body may take to arrive. Whoever sends one byte after the other holds nothing for ever.
pub const SLOWEST_BODY: Duration = Duration::from_secs(10);

/// The JSON value in a request's body of at most `LIMIT` bytes.
pub struct JsonBody<const LIMIT: usize = LARGEST_BODY>(pub Value);

/// The same where the body may be left out.
pub struct OptionalJsonBody<const LIMIT: usize = LARGEST_BODY>(pub Option<Value>);

/// The body of a service's request about many users.
pub type BatchBody = JsonBody<LARGEST_BATCH>;

/// Such a body with the text that it was read from, where something of it is passed on as it was written.
pub struct QuotedBatch {
    /// What it says.
    pub value: Value,
    /// How it says so.
    pub text: web::BytesMut,
}

impl<const LIMIT: usize> FromRequest for JsonBody<LIMIT> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = receive(request.clone(), payload.take(), LIMIT);
        Box::pin(async move { parse(&there(bytes.await?)?).map(Self) })
    }
}

impl FromRequest for QuotedBatch {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = receive(request.clone(), payload.take(), LARGEST_BATCH);
        Box::pin(async move {
            let text = there(bytes.await?)?;
            let value = parse(&text)?;
            Ok(Self { value, text })
        })
    }
}

impl<const LIMIT: usize> FromRequest for OptionalJsonBody<LIMIT> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = receive(request.clone(), payload.take(), LIMIT);
        Box::pin(async move {
            let value = bytes.await?.map(|bytes| parse(&bytes));
            value.transpose().map(Self)
        })
    }
}

fn there(body: Option<web::BytesMut>) -> Result<web::BytesMut, ApiError> {
    body.ok_or_else(|| ApiError::Malformed("Malformed JSON: the body is empty.".to_owned()))
}

/// The body, unless it is empty: then it is of no type, whatever the caller says.
async fn receive(
    request: HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<Option<web::BytesMut>, ApiError> {
    if is_empty(request.headers()) {
        return Ok(None);
    }
    let kind = MediaType::of(request.headers());
    match kind {
        MediaType::Other => return Err(ApiError::UnsupportedMediaType),
        MediaType::Compressed => return Err(ApiError::Compressed),
        MediaType::None | MediaType::Json => {}
    }
    let announced = announced_length(request.headers());
    let reading = timeout(SLOWEST_BODY, read(&mut payload, announced, limit)).await;
    let too_slow = |_| Err(ApiError::TooSlow(SLOWEST_BODY));
    let bytes = reading.unwrap_or_else(too_slow).inspect_err(|_| {
        request.extensions_mut().insert(UnreadBody(payload));
    })?;
    match kind {
        _ if bytes.is_empty() => Ok(None),
        MediaType::Json => Ok(Some(bytes)),
        MediaType::None | MediaType::Other | MediaType::Compressed => {
            Err(ApiError::UnsupportedMediaType)
        }
    }
}

/// Whether there is no body (RFC 9112, 6.3): nothing says that there is one, or how long it is.
fn is_empty(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH);
    length.is_none_or(|length| length == "0") && !headers.contains_key(header::TRANSFER_ENCODING)
}

/// The length that the caller says the body has.
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

/// The JSON value that these bytes are, and nothing beside it.
pub fn parse(bytes: &[u8]) -> Result<Value, ApiError> {
    let again = |error| numbers::bounded(bytes).map_or(Err(error), |bytes| parse_strictly(&bytes));
    let value = parse_strictly(bytes).or_else(again);
    value.map_err(|error| ApiError::Malformed(format!("Malformed JSON: {error}.")))
}

fn parse_strictly(bytes: &[u8]) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads any JSON value, but no object that names a member twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<MemberName>()? {
            let value = members.next_value_seed(Self)?;
            if object.insert(name.0, value).is_some() {
                return Err(A::Error::custom("a member is given twice"));
            }
        }
        Ok(object.into())
    }
}

#[derive(Deserialize)]
struct MemberName(String);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_read_as_it_stands() {
        let text = r#"{"b":[1,-2,2.5,true,null,"\u00e9"],"a":{"c":{}}}"#;
        assert_eq!(
            parse(text.as_bytes()).unwrap(),
            json!({"b": [1, -2, 2.5, true, null, "é"], "a": {"c": {}}})
        );
    }

    #[test]
    fn a_number_that_nothing_can_hold_is_a_value_all_the_same() {
        let read = parse(br#"{"a":[1e999,"1e999"]}"#).unwrap();
        assert_eq!(read, json!({"a": [f64::MAX, "1e999"]}));
    }

    #[test]
    fn what_is_no_json_or_says_a_thing_twice_is_malformed() {
        let deep = "[".repeat(100_000);
        for text in [
            "{",
            "",
            "{}{}",
            "{'a':1}",
            r#"{"a":1,"a":1}"#,
            r#"{"x":{"a":1,"\u0061":2}}"#,
            "\u{feff}{}",
            "1e999e999",
            r#"{"a":1e999,"a":1}"#,
            &deep,
        ] {
            assert!(
                matches!(parse(text.as_bytes()), Err(ApiError::Malformed(_))),
                "{text:.20}"
            );
        }
        assert!(parse(b"\"\xff\"").is_err(), "not UTF-8");
    }
}
