//! The endpoint that imports a whole service. Lines are read, made and answered piece by piece, so that a file may have any
//! length.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream::{self, StreamExt};
use privet_application::transfer::import::{BATCH, ImportCounts, ImportMode};
use privet_application::{Caller as Service, Privet, StoreError};
use privet_domain::FieldError;
use privet_http_core::auth::middleware::AuthenticatedService;
use privet_http_core::auth::scopes::Scope;
use privet_http_core::endpoint::{Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::request::lines::{LINES, LineSplitter, check_type};
use privet_http_core::request::parameters::Parameters;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::import::{parse_line, told, told_last};

const PATH: &str = "/api/v1/admin/import";

/// How existing data counts.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the parameter")]
enum ImportModeSchema {
    /// Only what a user has not chosen is set.
    Fill,
    /// What a user chose is replaced.
    Overwrite,
}

/// Query parameters of an import.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportParameters {
    /// `fill` sets only what a user has not chosen, `overwrite` replaces what they chose.
    #[param(value_type = Option<ImportModeSchema>, inline, example = "fill")]
    mode: Option<String>,
}

impl ImportParameters {
    fn parse(&self) -> Result<ImportMode, ApiError> {
        let mut parameters = Parameters::default();
        let mode = parameters.read("mode", self.mode.as_ref(), |mode| match mode {
            "fill" => Ok(ImportMode::Fill),
            "overwrite" => Ok(ImportMode::Overwrite),
            _ => Err("must be one of: fill, overwrite".to_owned()),
        });
        parameters.finish(mode.unwrap_or(ImportMode::Fill))
    }
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    let failures = || {
        let wrong = FieldError::new("mode", "must be one of: fill, overwrite");
        vec![
            Failure::new(
                "wrong mode",
                "`mode` is unknown or given twice.",
                ApiError::InvalidParameters(vec![wrong]),
            ),
            Failure::new(
                "not lines",
                "The body is not sent as `application/x-ndjson`.",
                ApiError::NotLines,
            ),
        ]
    };
    vec![
        Endpoint::new::<__path_import_lines>(Caller::Service(Scope::Import), |route| {
            route.to(import_lines)
        })
        .with_failures(failures),
    ]
}

/// Import users and relationships
///
/// Takes one JSON object in each line, and makes them in their order, 1,000 at a time. The answer is sent while the body
/// is read: one line for each line that is wrong (`invalid`) or about an erased user (`skipped`), and last the counts. A bad line
/// keeps no other from being made. Repeating a file changes nothing. An answer without counts is incomplete: repeat the request.
#[utoipa::path(
    post, path = PATH, operation_id = "import_lines", tag = "administration",
    params(ImportParameters),
    request_body(content = String, content_type = "application/x-ndjson", description =
        "Lines such as `{\"user\": …, \"settings\": {…}}`, `{\"contact\": {…}}`, `{\"block\": {…}}`, `{\"follow\": {…}}`, \
        `{\"exception\": {…}}` and `{\"erased\": {…}}`, of at most 64 KiB each.",
        example = json!("{\"user\": \"5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d\", \"settings\": {\"messaging.show_last_seen\": false}}\n")),
    responses(
        (status = 200, description = "What became of the lines.", body = String, content_type = "application/x-ndjson",
            example = json!("{\"counts\":{\"created\":1,\"changed\":0,\"unchanged\":0,\"invalid\":0,\"skipped\":0}}\n")),
    ),
    security(("bearer" = ["users:import"])),
)]
pub async fn import_lines(
    privet: web::Data<Privet>,
    service: AuthenticatedService,
    request: HttpRequest,
    web::Query(parameters): web::Query<ImportParameters>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let mode = parameters.parse()?;
    check_type(request.headers())?;
    let mut import = Import {
        privet: privet.into_inner(),
        service: service.caller().clone(),
        mode,
        payload,
        splitter: LineSplitter::default(),
        counts: ImportCounts::default(),
        state: State::Reading,
    };
    // The first batch is made before the answer begins, so that its status can report a database that is away.
    let first = match import.make_batch().await {
        Ok(told) => told,
        Err(Broken::Store(error)) => return Err(error.into()),
        Err(Broken::Body) => {
            return Err(ApiError::Malformed("The body ended too early.".to_owned()));
        }
    };
    let first = (!first.is_empty()).then(|| Ok(Bytes::from(first)));
    let rest = stream::try_unfold(import, Import::next);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type(LINES)
        .streaming(stream::iter(first).chain(rest)))
}

/// Why an import ends without its counts.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the body ended too early")]
    Body,
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is more to read.
    Reading,
    /// Everything is read.
    Read,
    /// Everything is made and told.
    Over,
}

/// An import under way.
struct Import {
    privet: Arc<Privet>,
    service: Service,
    mode: ImportMode,
    payload: web::Payload,
    splitter: LineSplitter,
    counts: ImportCounts,
    state: State,
}

impl Import {
    /// What is told next; never empty, which would end the answer.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Broken> {
        while self.state != State::Over {
            let told = self
                .make_batch()
                .await
                .inspect_err(|error| self.log(error))?;
            if !told.is_empty() {
                return Ok(Some((told.into(), self)));
            }
        }
        Ok(None)
    }

    /// The answer has begun, so the status cannot report the error.
    fn log(&self, error: &Broken) {
        tracing::warn!(
            request.id = self.service.request_id.as_str(),
            exception.message = %error,
            "an import was cut short"
        );
    }

    /// Makes the lines of the next batch. Returns what is told of them.
    async fn make_batch(&mut self) -> Result<Vec<u8>, Broken> {
        self.read().await?;
        let lines = self.splitter.take(BATCH);
        let catalogue = self.privet.catalogue.get();
        let parsed = lines.iter().map(|line| parse_line(&catalogue, line));
        let parsed = parsed.collect();
        let transfer = &self.privet.transfer;
        let outcomes = transfer.import(&self.service, self.mode, parsed).await?;
        let mut text = Vec::new();
        for (line, outcome) in lines.iter().zip(&outcomes) {
            self.counts.add(outcome);
            if let Some(told) = told(line.number, outcome) {
                write(&mut text, &told);
            }
        }
        if self.state == State::Read && self.splitter.is_empty() {
            write(&mut text, &told_last(&self.counts));
            self.state = State::Over;
        }
        Ok(text)
    }

    /// Reads a whole batch, or to the end.
    async fn read(&mut self) -> Result<(), Broken> {
        while self.state == State::Reading && self.splitter.len() < BATCH {
            match self.payload.next().await {
                Some(Ok(piece)) => self.splitter.push(&piece),
                Some(Err(_)) => return Err(Broken::Body),
                None => {
                    self.splitter.finish();
                    self.state = State::Read;
                }
            }
        }
        Ok(())
    }
}

fn write(text: &mut Vec<u8>, line: &Value) {
    text.extend_from_slice(line.to_string().as_bytes());
    text.push(b'\n');
}
