//! The web server of an application: pages of another origin than Privet's.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::{Result, ensure};

/// The TypeScript client with its page.
const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../clients/typescript");

/// A server of the client's files.
pub struct Pages {
    origin: String,
}

impl Pages {
    /// Serves them until the test's runtime ends.
    pub fn serve() -> Result<Self> {
        ensure!(
            Path::new(CLIENT).join("dist/example.js").is_file(),
            "the client is not built; scripts/test-browser does that"
        );
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let origin = format!("http://{}", listener.local_addr()?);
        let server = HttpServer::new(|| App::new().default_service(web::to(file)));
        let server = server.workers(1).disable_signals().listen(listener)?;
        tokio::spawn(server.run());
        Ok(Self { origin })
    }

    /// What pages of it send as `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

async fn file(request: HttpRequest) -> HttpResponse {
    let path = PathBuf::from(format!("{CLIENT}{}", request.path()));
    let kind = match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript",
        _ => return HttpResponse::NotFound().finish(),
    };
    match std::fs::read(path) {
        Ok(content) => HttpResponse::Ok().content_type(kind).body(content),
        Err(_) => HttpResponse::NotFound().finish(),
    }
}
