//! Connections: their lifetime, upgrades, CORS, and shutdown.

mod broken_connections;
mod client_closed;
mod connection;
pub mod cross_origin;
pub mod expectation;
mod shutdown;
pub mod upgrade;

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{Extensions, HttpService, Protocol, Request, Response};
use actix_server::ServerBuilder;
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;

use broken_connections::BrokenConnections;
use connection::Connection;

pub use client_closed::ClientClosed;
pub use shutdown::Shutdown;

/// How long a connection may be idle between requests. Longer than in proxies and client libraries (usually 60 to
/// 75 seconds), because the side that closes first may lose a request.
const KEEP_ALIVE: Duration = Duration::from_secs(90);
/// The time in which the head of a request must arrive, and in which a new connection must send its first one.
const SLOWEST_HEAD: Duration = Duration::from_secs(20);

/// The time that a client has to close a connection that the server has ended.
const SLOWEST_END: Duration = Duration::from_secs(1);
/// The time without progress after which a connection is closed: longer than an idle connection and an answer may
/// take.
const LONGEST_SILENCE: Duration = Duration::from_mins(3);

/// Replaces `actix_web::HttpServer`, and closes connections without progress.
pub fn listen<A, S, B>(
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
            .on_connect_ext(
                |connection: &Connection<TcpStream>, data: &mut Extensions| {
                    data.insert(connection.client_closed());
                },
            )
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
