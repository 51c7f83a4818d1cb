//! What `scripts/bench` measures Privet against: actix-web, one endpoint, and nothing but verifying the
//! HS256 token the way the documentation of jsonwebtoken does. Not meant for anything else.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::Context;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As long as messaging privacy is.
const BODY: &str = r#"{"user_id":"0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a","show_read_receipts":true,"show_last_seen":true,"show_typing_indicator":true,"who_can_see_profile":"everyone","who_can_add_to_groups":"everyone","disappearing_messages_default":null,"updated_at":"2026-01-31T10:30:45.123456Z"}"#;

#[derive(Deserialize)]
struct Claims {
    #[serde(rename = "sub")]
    _user_id: uuid::Uuid,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args()
        .nth(1)
        .context("usage: bare_endpoint HOST:PORT")?;
    let secret = std::env::var("PRIVET_JWT_SECRET").context("PRIVET_JWT_SECRET is not set")?;
    let key = web::Data::new(DecodingKey::from_secret(secret.as_bytes()));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(key.clone())
            .app_data(web::Data::new(Validation::new(Algorithm::HS256)))
            .default_service(web::to(answer))
    })
    .bind(address)?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    Ok(server.run().await?)
}

async fn answer(
    request: HttpRequest,
    key: web::Data<DecodingKey>,
    validation: web::Data<Validation>,
) -> HttpResponse {
    let header = request.headers().get("authorization");
    let token = header
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match token.map(|token| decode::<Claims>(token, &key, &validation)) {
        Some(Ok(_)) => HttpResponse::Ok()
            .content_type("application/json")
            .body(BODY),
        _ => HttpResponse::Unauthorized().finish(),
    }
}
