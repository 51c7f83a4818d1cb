//! What `scripts/bench` measures Privet's reads from PostgreSQL against: actix-web and Diesel, and nothing
//! but the one query that such a read makes. `GET /<user id>`; no token is looked at. Not meant for
//! anything else.

use actix_web::{App, HttpResponse, HttpServer, error, web};
use anyhow::Context;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use serde_json::Value;
use uuid::Uuid;

use schema::users;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As long as messaging privacy is.
const BODY: &str = r#"{"user_id":"0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a","show_read_receipts":true,"show_last_seen":true,"show_typing_indicator":true,"who_can_see_profile":"everyone","who_can_add_to_groups":"everyone","disappearing_messages_default":null,"updated_at":"2026-01-31T10:30:45.123456Z"}"#;
/// As many connections as Privet has by default.
const POOL: u32 = 16;

mod schema {
    diesel::table! {
        users (user_id) {
            user_id -> Uuid,
            created_at -> Timestamptz,
            revision -> BigInt,
            account_id -> Uuid,
            account_is_private -> Bool,
            account_revision -> BigInt,
            account_updated_at -> Timestamptz,
            email_allow_email_contact -> Bool,
            email_revision -> BigInt,
            email_updated_at -> Timestamptz,
            messaging_show_read_receipts -> Bool,
            messaging_show_last_seen -> Bool,
            messaging_show_typing_indicator -> Bool,
            messaging_who_can_see_profile -> Text,
            messaging_who_can_add_to_groups -> Text,
            messaging_disappearing_messages_default -> Nullable<Integer>,
            messaging_revision -> BigInt,
            messaging_updated_at -> Timestamptz,
            preferences -> Jsonb,
            preferences_revision -> BigInt,
            preferences_updated_at -> Timestamptz,
        }
    }
}

/// The whole row, because Privet reads the whole row.
#[rustfmt::skip]
type User = (
    Uuid, DateTime<Utc>, i64,
    Uuid, bool, i64, DateTime<Utc>,
    bool, i64, DateTime<Utc>,
    bool, bool, bool, String, String, Option<i32>, i64, DateTime<Utc>,
    Value, i64, DateTime<Utc>,
);

type Connections = Pool<ConnectionManager<PgConnection>>;

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args()
        .nth(1)
        .context("usage: bare_query HOST:PORT")?;
    let url = std::env::var("DATABASE_URL").context("DATABASE_URL is not set")?;
    let connections = Pool::builder()
        .max_size(POOL)
        .test_on_check_out(false)
        .build(ConnectionManager::<PgConnection>::new(url))?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(connections.clone()))
            .route("/{user_id}", web::get().to(answer))
    })
    .bind(address)?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    Ok(server.run().await?)
}

async fn answer(
    user_id: web::Path<Uuid>,
    connections: web::Data<Connections>,
) -> actix_web::Result<HttpResponse> {
    let user = web::block(move || read(&connections, *user_id)).await?;
    user.map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(BODY))
}

fn read(connections: &Connections, user_id: Uuid) -> anyhow::Result<User> {
    let mut connection = connections.get()?;
    Ok(users::table.find(user_id).first(&mut connection)?)
}
