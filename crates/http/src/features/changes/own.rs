//! The endpoint of a user's own changes, for the user's devices.

use std::convert::Infallible;

use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use privet_application::Privet;
use privet_application::changes::{OwnChange, OwnChanges};
use privet_application::rate_limits::Limit;
use privet_http_core::auth::middleware::{Authenticated, TokenExpiry};
use privet_http_core::endpoint::{Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::response::answers::private_no_cache_head;
use privet_http_core::response::server_sent_events::{COMMENT, event_stream, write_event};
use serde_json::{Map, Value, json};

use super::stream::{Interruption, Lifetime};

const PATH: &str = "/api/v1/users/me/changes";

/// The endpoint of this module.
pub fn endpoint() -> Endpoint {
    let failures = || {
        let meaning = "The caller has 10 streams on this replica already.";
        vec![Failure::new(
            "too many streams",
            meaning,
            ApiError::TooManyStreams,
        )]
    };
    Endpoint::new::<__path_watch_own_changes>(Caller::UserStream(Limit::General), |route| {
        route.to(watch_own_changes)
    })
    .with_failures(failures)
}

/// Watch own changes
///
/// A stream of server-sent events about the caller's own settings and relationships, for the caller's devices. It begins
/// with the entity tags in force (`state`). `changed` names a family of settings with its new tag, or `contacts`, `blocks`,
/// `follows` or `exceptions`; `state` is sent again after a change of the catalogue or of the caller's cohorts. Several
/// changes may be sent as one. A comment is sent every 15 seconds. The stream ends when the token expires, when the account
/// was erased (after `erased`), or when the server stops; clients connect again after the time in `retry`.
#[utoipa::path(
    get, path = PATH, operation_id = "watch_own_changes", tag = "changes",
    responses(
        (status = 200, description = "The events.", body = String, content_type = "text/event-stream",
            example = json!("retry: 2718\n\ndata: {\"type\":\"state\",\"etags\":{\"account\":\"\\\"1-0190f3c4\\\"\",\"email\":\"\\\"1-7a5e7cc3\\\"\",\"messaging\":\"\\\"1-9b1e3f2a\\\"\",\"preferences\":\"\\\"1-4d5c6b7a\\\"\"}}\n\ndata: {\"type\":\"changed\",\"family\":\"messaging\",\"etag\":\"\\\"2-5c6b7a01\\\"\"}\n\n")),
    ),
    security(("bearer" = [])),
)]
pub async fn watch_own_changes(
    privet: web::Data<Privet>,
    authenticated: Authenticated,
    expiry: TokenExpiry,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let own = privet.changes.own_changes(authenticated.caller.user_id)?;
    let mut head = event_stream(private_no_cache_head(StatusCode::OK));
    if request.method() == Method::HEAD {
        return Ok(head.streaming(stream::empty::<Result<Bytes, Infallible>>()));
    }
    let lifetime = Lifetime::new(&privet, &request, expiry);
    let mut beginning = String::new();
    lifetime.write_retry(&mut beginning);
    let device = DeviceStream {
        own,
        lifetime,
        beginning,
        is_over: false,
    };
    Ok(head.streaming(stream::unfold(device, DeviceStream::next)))
}

struct DeviceStream {
    own: OwnChanges,
    lifetime: Lifetime,
    /// What is sent before the first event.
    beginning: String,
    is_over: bool,
}

impl DeviceStream {
    /// The next piece of the answer; never empty.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if self.is_over {
            return None;
        }
        let mut text = std::mem::take(&mut self.beginning);
        tokio::select! {
            changes = self.own.next() => {
                self.is_over = changes.contains(&OwnChange::Erased);
                for change in changes {
                    write_event(&mut text, None, &told(change));
                }
            }
            interruption = self.lifetime.interruption() => match interruption {
                Interruption::Beat => text.push_str(COMMENT),
                Interruption::End => self.is_over = true,
            },
        }
        if self.is_over {
            self.lifetime.write_retry(&mut text);
        }
        Some((Ok(Bytes::from(text)), self))
    }
}

fn told(change: OwnChange) -> Value {
    match change {
        OwnChange::State(tags) => {
            let tags = tags.into_iter();
            let tags = tags.map(|(family, tag)| (family.as_str().to_owned(), quoted(&tag)));
            let tags: Map<_, _> = tags.collect();
            json!({"type": "state", "etags": tags})
        }
        OwnChange::Settings(family, tag) => {
            json!({"type": "changed", "family": family.as_str(), "etag": quoted(&tag)})
        }
        OwnChange::Relationships(kind) => json!({"type": "changed", "family": kind.as_str()}),
        OwnChange::Erased => json!({"type": "erased"}),
    }
}

/// The tag as in the header field `ETag`.
fn quoted(tag: &str) -> Value {
    format!("\"{tag}\"").into()
}
