//! Requests that ask for another protocol (`Upgrade`) are answered as if they did not, which a server may do
//! (RFC 9110, section 7.8). Left alone, actix takes all that follows a request for a WebSocket as its body,
//! and repeats the offer in its answer before it hangs up without a word.

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::{ConnectionType, header};
use futures_util::{StreamExt, stream};

use crate::request::body::announced_length;

/// Leaves the request the body that it has without the upgrade. To be called before anything reads it.
pub fn ignore(request: &mut ServiceRequest) {
    let headers = request.headers();
    if !headers.contains_key(header::UPGRADE) || headers.contains_key(header::TRANSFER_ENCODING) {
        return;
    }
    let length = announced_length(headers).unwrap_or(0);
    let all_that_follows = request.take_payload();
    request.set_payload(first(length, all_that_follows));
}

/// Has the answer say that the connection ends, which actix does not keep whatever is done here.
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
