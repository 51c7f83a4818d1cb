//! Connections, and what concerns them as a whole: how long they last, upgrades, other origins, and the end of
//! the process.

mod broken_connections;
mod connection;
pub mod cross_origin;
pub mod expectation;
mod shutdown;
pub mod upgrade;

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol, Request, Response};
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

pub use shutdown::Shutdown;

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

/// What `actix_web::HttpServer` does, with connections that are held to a time.
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
