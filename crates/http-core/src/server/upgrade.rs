//! Requests with `Upgrade` are answered as if they had none, which RFC 9110, section 7.8, allows. Otherwise actix
//! would treat all that follows a WebSocket request as its body, repeat the offer in the answer, and close the
//! connection without a message.

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::{ConnectionType, header};
use futures_util::{StreamExt, stream};

use crate::request::body::announced_length;

/// Restores the request's body. Must be called before the body is read.
pub fn ignore(request: &mut ServiceRequest) {
    let headers = request.headers();
    if !headers.contains_key(header::UPGRADE) || headers.contains_key(header::TRANSFER_ENCODING) {
        return;
    }
    let length = announced_length(headers).unwrap_or(0);
    let all_that_follows = request.take_payload();
    request.set_payload(first(length, all_that_follows));
}

/// Makes the answer close the connection, which actix does not keep in any case.
pub fn decline(response: &mut ServiceResponse) {
    if response.request().head().connection_type() == ConnectionType::Upgrade {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
}

/// The first bytes of a payload, which must have that many.
fn first(length: usize, payload: Payload) -> Payload {
    let chunks = stream::unfold((payload, length), async |(mut payload, left)| {
        if left == 0 {
            return None;
        }
        let chunk = match payload.next().await {
            Some(Ok(mut chunk)) => Ok(chunk.split_to(left.min(chunk.len()))),
            Some(Err(error)) => Err(error),
            None => Err(PayloadError::Incomplete(None)),
        };
        let left = chunk.as_ref().map_or(0, |chunk| left - chunk.len());
        Some((chunk, (payload, left)))
    });
    Payload::Stream {
        payload: Box::pin(chunks),
    }
}
