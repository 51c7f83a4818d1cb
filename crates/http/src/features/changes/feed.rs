//! The endpoint of all users' changes, for the product's services: page by page, or as a stream.

mod body;
mod events;

use std::convert::Infallible;
use std::time::Duration;

use actix_web::http::header::{self, Accept, Header, HeaderValue, Quality};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use futures_util::stream;
use privet_application::Privet;
use privet_application::changes::{ChangePage, ChangeReader, FeedError, MOST_CHANGES, Start};
use privet_domain::FieldError;
use privet_domain::changes::cursor::Cursor;
use privet_http_core::auth::middleware::{AuthenticatedService, TokenExpiry};
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::parameters::{Parameters, whole_number};
use privet_http_core::response::answers::json;
use privet_http_core::response::server_sent_events::event_stream;
use privet_http_core::server::cross_origin::LAST_EVENT_ID;
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::IntoParams;

use super::stream::Lifetime;

use body::ListChangesResponse;
use events::{PIECE, stream_of};

/// The path of changes.
pub const PATH: &str = "/api/v1/privacy/changes";
/// The maximum wait for the first change, in seconds.
pub const LONGEST_WAIT: u64 = 60;

/// Query parameters that select changes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangesParameters {
    /// The cursor after which changes are returned; `earliest` for all that are kept, `now` for new ones only.
    #[param(value_type = Option<String>, format = "feed-cursor", example = "now", default = "now")]
    after: Option<String>,
    /// The maximum number of changes. A stream has no maximum.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<String>,
    /// How long to wait for the first change, in seconds. A stream always waits.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 60, default = 0)]
    wait: Option<String>,
}

/// What a service asks for.
pub struct ChangesQuery {
    /// Where it begins.
    pub start: Start,
    /// The maximum number of changes.
    pub limit: u32,
    /// How long it waits for the first change.
    pub wait: Duration,
}

impl ChangesParameters {
    /// Parses them; the error names all that are invalid.
    pub fn parse(&self) -> Result<ChangesQuery, ApiError> {
        let mut parameters = Parameters::default();
        let start = parameters.read("after", self.after.as_ref(), parse_start);
        let limit = parameters.read("limit", self.limit.as_ref(), |text| {
            whole_number(text, 1..=MOST_CHANGES)
        });
        let wait = parameters.read("wait", self.wait.as_ref(), |text| {
            whole_number(text, 0..=LONGEST_WAIT)
        });
        parameters.finish(ChangesQuery {
            start: start.unwrap_or(Start::Now),
            limit: limit.unwrap_or(MOST_CHANGES),
            wait: Duration::from_secs(wait.unwrap_or(0)),
        })
    }
}

/// Parses where a service begins.
fn parse_start(text: &str) -> Result<Start, String> {
    match text {
        "now" => Ok(Start::Now),
        "earliest" => Ok(Start::Earliest),
        cursor => match Cursor::parse(cursor) {
            Ok(cursor) => Ok(Start::After(cursor)),
            Err(error) => Err(format!("{error}, nor `now` or `earliest`")),
        },
    }
}

/// The endpoint of this module.
pub fn endpoint() -> Endpoint {
    let failures = || {
        let wrong = FieldError::new(
            "after",
            "is not a cursor of this feed, nor `now` or `earliest`",
        );
        let meaning = "The cursor is older than the changes that are kept, or of another database.";
        vec![
            Failure::new(
                "wrong cursor",
                "`after` or `Last-Event-ID` is not a cursor.",
                ApiError::InvalidParameters(vec![wrong]),
            ),
            Failure::new("cursor expired", meaning, ApiError::CursorExpired),
        ]
    };
    Endpoint::new::<__path_list_changes>(Caller::Service(Scope::Watch), |route| {
        route.to(list_changes)
    })
    .with_failures(failures)
}

/// List changes
///
/// Returns which users' settings and relationships changed after a cursor, without values: forget what you keep that names
/// them, as viewer or as subject. Every acknowledged change is returned after every cursor that was handed out before, at
/// least once, in the same order for everybody. With `Accept: text/event-stream` it is a stream: each change is an event with
/// its cursor as id, and `{"type": "caught_up"}` is sent at the end of the changes and every 15 seconds; `Last-Event-ID` takes
/// precedence over `after`. Requires the scope `privacy:watch`.
#[utoipa::path(
    get, path = PATH, operation_id = "list_changes", tag = "changes",
    params(ChangesParameters,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was received. Only for a stream.", example = json!(""))),
    responses(
        (status = 200, description = "The changes.", content(
            (ListChangesResponse = "application/json", example = json!({"changes": [
                {"user_id": "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d", "kinds": ["messaging"], "at": "2026-01-31T10:30:45.000000Z"}],
                "next": "10190f3c47a5e7cc39b1e3f2a4d5c6b7a0000000000000009ffffffffffffffff51", "caught_up": true})),
            (String = "text/event-stream", example = json!("retry: 2718\n\nid: 10190f3c47a5e7cc39b1e3f2a4d5c6b7a0000000000000009ffffffffffffffff51\ndata: {\"user_id\":\"5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d\",\"kinds\":[\"messaging\"],\"at\":\"2026-01-31T10:30:45.000000Z\"}\n\n")),
        )),
    ),
    security(("bearer" = ["privacy:watch"])),
)]
pub async fn list_changes(
    privet: web::Data<Privet>,
    _: AuthenticatedService,
    expiry: TokenExpiry,
    request: HttpRequest,
    web::Query(parameters): web::Query<ChangesParameters>,
) -> Result<HttpResponse, ApiError> {
    let mut query = parameters.parse()?;
    let is_stream = prefers_stream(&request);
    if is_stream && let Some(last) = last_event_id(&request)? {
        query.start = Start::After(last);
    }
    let mut reader = privet.changes.reader(query.start).await?;
    let lifetime = Lifetime::new(&privet, &request, expiry);
    let is_head = request.method() == Method::HEAD;
    if is_stream {
        // The first piece is read before the answer begins, so that its status can report an error.
        let first = reader.next(PIECE, Instant::now()).await?;
        let mut head = event_stream(head());
        return Ok(if is_head {
            head.streaming(stream::empty::<Result<Bytes, Infallible>>())
        } else {
            stream_of(head, first, reader, lifetime)
        });
    }
    let wait = if is_head { Duration::ZERO } else { query.wait };
    let page = wait_for_page(&mut reader, query.limit, wait, &lifetime).await?;
    Ok(json(head(), &ListChangesResponse::from(&page)))
}

/// The next page. A wait ends early if the token expires or the server stops.
async fn wait_for_page(
    reader: &mut ChangeReader,
    limit: u32,
    wait: Duration,
    lifetime: &Lifetime,
) -> Result<ChangePage, FeedError> {
    let deadline = lifetime.ends_at().min(Instant::now() + wait);
    tokio::select! {
        page = reader.next(limit, deadline) => return page,
        () = lifetime.end() => {}
    }
    reader.next(limit, Instant::now()).await
}

/// The head of both forms.
fn head() -> HttpResponseBuilder {
    let mut head = HttpResponse::build(StatusCode::OK);
    head.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    head.insert_header((header::VARY, HeaderValue::from_static("Accept")));
    head
}

/// Whether the client prefers a stream to JSON.
fn prefers_stream(request: &HttpRequest) -> bool {
    let Ok(accept) = Accept::parse(request) else {
        return false;
    };
    let quality_of = |wanted: &[&str]| {
        let items = accept.iter();
        let of_type = items.filter(|item| wanted.contains(&item.item.essence_str()));
        of_type.map(|item| item.quality).max()
    };
    let stream = quality_of(&["text/event-stream"]).unwrap_or(Quality::ZERO);
    if let Some(json) = quality_of(&["application/json"]) {
        return stream > json;
    }
    // A range includes JSON, and streams are named.
    let any = quality_of(&["application/*", "*/*"]).unwrap_or(Quality::ZERO);
    stream > Quality::ZERO && stream >= any
}

/// The cursor in `Last-Event-ID`. An empty one counts as absent, as in a client that has received no id yet.
fn last_event_id(request: &HttpRequest) -> Result<Option<Cursor>, ApiError> {
    let mut fields = request.headers().get_all(LAST_EVENT_ID);
    let Some(field) = fields.next() else {
        return Ok(None);
    };
    // Of two it is unknown which one was received last.
    let text = match fields.next() {
        None => field.to_str().unwrap_or("?").trim(),
        Some(_) => "?",
    };
    if text.is_empty() {
        return Ok(None);
    }
    Cursor::parse(text).map(Some).map_err(|error| {
        let wrong = FieldError::new("Last-Event-ID", error.to_string());
        ApiError::InvalidParameters(vec![wrong])
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_stream_is_sent_to_those_who_prefer_it_to_json() {
        for (accept, is_stream) in [
            ("text/event-stream", true),
            ("text/event-stream, */*", true),
            ("text/event-stream, application/json;q=0.9", true),
            ("application/json, text/event-stream", false),
            ("application/json", false),
            ("text/event-stream;q=0", false),
            ("text/event-stream;q=0.5, */*", false),
            ("text/event-stream;q=0.5, */*;q=0.1", true),
            ("*/*", false),
            ("", false),
        ] {
            let request = TestRequest::default().insert_header((header::ACCEPT, accept));
            assert_eq!(
                prefers_stream(&request.to_http_request()),
                is_stream,
                "{accept}"
            );
        }
        assert!(!prefers_stream(&TestRequest::default().to_http_request()));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        assert_eq!(parse_start("now"), Ok(Start::Now));
        assert_eq!(parse_start("earliest"), Ok(Start::Earliest));
        for text in ["", "Now", "1", "latest"] {
            assert!(parse_start(text).is_err(), "{text}");
        }
    }
}
