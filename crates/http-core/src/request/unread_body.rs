//! The rest of the body of a refused request. It is kept until the answer is sent; actix then closes the
//! connection. If it were dropped before, actix would read a chunked body to its end, however slow, and treat what
//! follows as the next request.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceResponse};
use actix_web::web::Bytes;

/// Stored in a request's extensions.
pub struct UnreadBody(
    #[expect(dead_code, reason = "it is there so that it is not dropped")] pub(crate) Payload,
);

/// Keeps the rest of the request's body, if there is one.
pub fn keep(response: ServiceResponse) -> ServiceResponse {
    let unread = response.request().extensions_mut().remove::<UnreadBody>();
    match unread {
        Some(unread) => response.map_body(|_, body| kept_until_sent(body, unread)),
        None => response,
    }
}

/// The body of an answer, with the rest of the request's body.
pub fn kept_until_sent(body: BoxBody, unread: UnreadBody) -> BoxBody {
    BoxBody::new(Kept {
        body,
        _unread: unread,
    })
}

struct Kept {
    body: BoxBody,
    _unread: UnreadBody,
}

impl MessageBody for Kept {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
