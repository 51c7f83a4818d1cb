//! Changes as a stream of server-sent events.

use std::convert::Infallible;

use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};
use futures_util::stream;
use privet_application::changes::{ChangePage, ChangeReader};
use privet_domain::changes::cursor::Cursor;
use privet_http_core::response::server_sent_events::write_event;
use serde::Serialize;

use super::body::ChangeResponse;
use crate::features::changes::stream::Lifetime;

/// The number of changes that a stream sends at once.
pub const PIECE: u32 = 500;

/// A stream has sent all changes.
#[derive(Serialize)]
#[serde(tag = "type", rename = "caught_up")]
struct CaughtUp {}

/// The answer that begins with this page.
pub fn stream_of(
    mut head: HttpResponseBuilder,
    first: ChangePage,
    reader: ChangeReader,
    lifetime: Lifetime,
) -> HttpResponse {
    let service = ServiceStream {
        reader,
        lifetime,
        first: Some(first),
        is_over: false,
    };
    head.streaming(stream::unfold(service, ServiceStream::next))
}

struct ServiceStream {
    reader: ChangeReader,
    lifetime: Lifetime,
    /// What was read before the stream began.
    first: Option<ChangePage>,
    is_over: bool,
}

impl ServiceStream {
    /// The next piece of the answer; never empty.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if self.is_over {
            return None;
        }
        let mut text = String::new();
        match self.first.take() {
            Some(first) => {
                self.lifetime.write_retry(&mut text);
                self.write(&mut text, &first);
            }
            None => self.read(&mut text).await,
        }
        if self.is_over {
            self.lifetime.write_retry(&mut text);
        }
        Some((Ok(Bytes::from(text)), self))
    }

    async fn read(&mut self, text: &mut String) {
        let deadline = self.lifetime.next_beat();
        let page = tokio::select! {
            page = self.reader.next(PIECE, deadline) => page,
            () = self.lifetime.end() => {
                self.is_over = true;
                return;
            }
        };
        match page {
            Ok(page) => self.write(text, &page),
            // The client connects again, and is told why it cannot read on.
            Err(_) => self.is_over = true,
        }
    }

    fn write(&mut self, text: &mut String, page: &ChangePage) {
        for placed in &page.changes {
            let cursor = Cursor {
                epoch: page.next.epoch,
                position: placed.position,
            };
            write_event(text, Some(&cursor), &ChangeResponse::from(placed));
        }
        if page.caught_up {
            write_event(text, Some(&page.next), &CaughtUp {});
        }
        self.is_over = !self.lifetime.beat();
    }
}
