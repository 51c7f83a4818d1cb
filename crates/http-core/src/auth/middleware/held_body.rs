//! Streamed bodies: such a request uses the database until the end of its body.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::web::Bytes;
use privet_application::rate_limits::ConcurrencyPermit;

/// The response. It keeps the permit until a streamed body was sent or dropped. Any other body is complete, and
/// the permit is released at once.
pub fn hold(response: ServiceResponse, permit: Option<ConcurrencyPermit>) -> ServiceResponse {
    match (permit, response.response().body().size()) {
        (Some(permit), BodySize::Stream) => response.map_body(|_, body| {
            BoxBody::new(HeldBody {
                body,
                _permit: permit,
            })
        }),
        _ => response,
    }
}

struct HeldBody {
    body: BoxBody,
    _permit: ConcurrencyPermit,
}

impl MessageBody for HeldBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use actix_web::HttpResponse;
    use actix_web::test::TestRequest;
    use futures_util::stream;
    use privet_application::rate_limits::{
        Limit, MOST_CONCURRENT, Quota, RateLimitOutcome, RateLimiter, RateLimits,
    };
    use privet_domain::UserId;
    use uuid::Uuid;

    use super::*;

    const ALICE: UserId = UserId::from_uuid(Uuid::from_u128(1));

    struct Unlimited;

    impl RateLimiter for Unlimited {
        fn count(&self, _: UserId, _: Limit) -> RateLimitOutcome {
            RateLimitOutcome::pass(Quota::per_minute(1), 1)
        }
    }

    /// The limits, with all permits of Alice used except one.
    async fn all_but_one() -> (RateLimits, Vec<ConcurrencyPermit>) {
        let limits = RateLimits::new(Arc::new(Unlimited), None);
        let mut permits = Vec::new();
        for _ in 1..MOST_CONCURRENT {
            permits.push(limits.permit(ALICE).await.unwrap());
        }
        (limits, permits)
    }

    fn response(response: HttpResponse) -> ServiceResponse {
        TestRequest::default().to_srv_response(response)
    }

    #[actix_web::test]
    async fn a_streamed_body_keeps_the_permit_until_it_is_given_up() {
        let (limits, _others) = all_but_one().await;
        let pieces = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(b"piece")));
        let streamed = response(HttpResponse::Ok().streaming(pieces));
        let held = hold(streamed, limits.permit(ALICE).await);
        assert!(limits.permit(ALICE).await.is_none());
        drop(held);
        assert!(limits.permit(ALICE).await.is_some());
    }

    #[actix_web::test]
    async fn a_body_that_is_made_gives_the_permit_back_at_once() {
        let (limits, _others) = all_but_one().await;
        let made = response(HttpResponse::Ok().body("whole"));
        let _held = hold(made, limits.permit(ALICE).await);
        assert!(limits.permit(ALICE).await.is_some());
    }
}
