//! The HTTP server: everything above put together.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol, Request, Response};
use actix_server::{Server, ServerBuilder};
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::body::MessageBody;
use actix_web::dev::AppConfig;
use actix_web::middleware::{Condition, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::{App, Error, web};
use ipnet::IpNet;
use privet_application::Privet;
use privet_application::rate_limits::Quota;

use crate::admission::Gate;
use crate::broken_connections::BrokenConnections;
use crate::connection::Connection;
use crate::failed_authentication::FailedAuthentication;
use crate::identity::TokenVerifier;
use crate::metrics::Metrics;
use crate::observation::{FailureLog, Observer, SpanSink};
use crate::openapi::{OpenApiText, PublicUrl};
use crate::parameters::refuse_query;
use crate::shutdown::Shutdown;
use crate::{answer_headers, cross_origin, expectation, observation, routes};

/// How often counters that no longer count are dropped.
const FORGET_EVERY: Duration = Duration::from_mins(1);

/// How long a connection may stay open between requests. Longer than proxies and client libraries keep
/// theirs (60 to 75 seconds as a rule): whoever closes first risks that a request is on its way.
const KEEP_ALIVE: Duration = Duration::from_secs(90);
/// How long the head of a request may take, and a new connection wait for its first one.
const SLOWEST_HEAD: Duration = Duration::from_secs(20);

/// How long a client may take to hang up once a connection is to be closed.
const SLOWEST_END: Duration = Duration::from_secs(1);
/// How long nothing may be sent on a connection before it is closed: longer than one may be idle and an
/// answer take.
const LONGEST_SILENCE: Duration = Duration::from_mins(3);

/// How the server is run.
#[derive(Clone)]
pub struct HttpConfig {
    /// By what clients reach the server.
    pub public_url: PublicUrl,
    /// Threads that serve.
    pub workers: usize,
    /// How many connections are open at most, rounded up to a multiple of the workers. More wait to be
    /// accepted.
    pub max_connections: usize,
    /// How long requests under way may take when the server stops.
    pub shutdown: Duration,
    /// Whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins whose pages may make requests.
    pub cors_origins: Vec<String>,
    /// What is counted.
    pub metrics: Metrics,
    /// Whether that is told here; else at an address of its own.
    pub has_metrics: bool,
    /// Where else requests that were answered are told.
    pub spans: Option<Arc<dyn SpanSink>>,
    /// How many requests may fail authentication for each client address; `None` for any number.
    pub failed_auth: Option<Quota>,
}

/// Starts to serve on `listener`. Leaves signals to the caller, who stops it by its handle. Must be
/// called within a tokio runtime.
pub fn serve(
    listener: TcpListener,
    privet: Arc<Privet>,
    verifier: Arc<TokenVerifier>,
    config: HttpConfig,
) -> std::io::Result<Server> {
    let (quota, proxies) = (config.failed_auth, config.trusted_proxies);
    let failed = FailedAuthentication::new(Arc::clone(&privet), quota, proxies);
    let gate = Gate {
        privet: Arc::clone(&privet),
        verifier,
        failed: failed.clone(),
    };
    let (metrics, spans) = (web::Data::new(config.metrics), config.spans);
    let has_metrics = config.has_metrics;
    let preferences = privet.preferences_schema.get();
    let document = OpenApiText::new(&config.public_url.url, has_metrics, preferences)?;
    let document = web::Data::new(document);
    let public_url = web::Data::new(config.public_url);
    let origins = config.cors_origins;
    let builder = ServerBuilder::new()
        .workers(config.workers)
        .max_concurrent_connections(config.max_connections.div_ceil(config.workers.max(1)))
        .shutdown_timeout(config.shutdown.as_secs())
        .disable_signals();
    tokio::spawn(forget_idle(failed));
    let failures = Arc::new(FailureLog::new());
    let shutdown = Shutdown::new(builder.graceful_shutdown_signal(), config.shutdown);
    let stopping = shutdown.clone();
    let app = move || {
        App::new()
            .app_data(web::Data::from(Arc::clone(&privet)))
            .app_data(metrics.clone())
            .app_data(Observer::sharing(
                Arc::clone(&privet),
                &metrics,
                spans.clone(),
                Arc::clone(&failures),
                Some(shutdown.clone()),
            ))
            .app_data(document.clone())
            .app_data(public_url.clone())
            .app_data(
                web::QueryConfig::default()
                    .error_handler(|error, request| refuse_query(&error, request).into()),
            )
            .configure(|services| routes::configure(services, &gate, has_metrics))
            .default_service(web::to(observation::nothing_here))
            .wrap(Condition::new(
                !origins.is_empty(),
                cross_origin::allow(&origins),
            ))
            .wrap(from_fn(observation::observe))
            .wrap(answer_headers::on_every_answer())
    };
    Ok(listen(builder, listener, stopping, app)?.run())
}

/// What `actix_web::HttpServer` does, with connections that are held to a time.
fn listen<A, S, B>(
    builder: ServerBuilder,
    listener: TcpListener,
    stopping: Shutdown,
    app: impl Fn() -> A + Clone + Send + 'static,
) -> std::io::Result<ServerBuilder>
where
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Error = Error> + 'static,
    S::InitError: std::fmt::Debug,
    S::Response: Into<Response<B>>,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let broken = BrokenConnections::new();
    builder.listen("http", listener, move || {
        let stopping = stopping.clone();
        let application = map_config(app(), |()| AppConfig::default());
        let (application, expectations) = expectation::split(application);
        let service = HttpService::build()
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(SLOWEST_HEAD)
            .client_disconnect_timeout(SLOWEST_END)
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.closes_idle().await }
            })
            .expect(expectations)
            .finish(application);
        let broken = broken.clone();
        fn_service(connect)
            .and_then(service)
            .map_err(move |error| broken.tell(&error))
    })
}

type Connected = (Connection<TcpStream>, Protocol, Option<SocketAddr>);

async fn connect(stream: TcpStream) -> Result<Connected, DispatchError> {
    let peer = stream.peer_addr().ok();
    let connection = Connection::new(stream, LONGEST_SILENCE);
    Ok((connection, Protocol::Http1, peer))
}

async fn forget_idle(failed: FailedAuthentication) {
    let mut ticks = tokio::time::interval(FORGET_EVERY);
    loop {
        ticks.tick().await;
        failed.forget_idle();
    }
}
