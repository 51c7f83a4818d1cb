//! What `scripts/bench` measures Privet on PostgreSQL against: actix-web and Diesel, tuned, and nothing
//! but the one statement that matters. `GET /<user id>` reads a user's row, `PUT /<user id>` changes it and
//! adds an audit entry. No token is looked at, no body, no revision. Not meant for anything else.

mod update;

use std::sync::Arc;

use actix_web::{App, HttpResponse, HttpServer, error, web};
use anyhow::Context;
use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error, Pool};
use serde_json::Value;
use tokio::sync::Semaphore;
use uuid::Uuid;

use schema::users;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As long as messaging privacy is.
const BODY: &str = r#"{"user_id":"0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a","show_read_receipts":true,"show_last_seen":true,"show_typing_indicator":true,"who_can_see_profile":"everyone","who_can_add_to_groups":"everyone","disappearing_messages_default":null,"updated_at":"2026-01-31T10:30:45.123456Z"}"#;

mod schema {
    diesel::table! {
        users (user_id) {
            user_id -> Uuid,
            created_at -> Timestamptz,
            account_id -> Uuid,
            revision -> BigInt,
            choices -> Jsonb,
            preferences -> Jsonb,
            versions -> Jsonb,
        }
    }
}

/// The whole row, because Privet reads the whole row.
type User = (Uuid, DateTime<Utc>, Uuid, i64, Value, Value, Value);

/// Connections, and as many permits: whoever waits for one does so where it is cheap, not in a thread.
#[derive(Clone)]
struct Database {
    pool: Pool<ConnectionManager<PgConnection>>,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
struct PlanOnce;

impl CustomizeConnection<PgConnection, Error> for PlanOnce {
    fn on_acquire(&self, connection: &mut PgConnection) -> Result<(), Error> {
        let setting = "SET plan_cache_mode = force_generic_plan";
        connection.batch_execute(setting).map_err(Error::QueryError)
    }
}

impl Database {
    fn connect(url: String, connections: u32) -> anyhow::Result<Self> {
        let pool = Pool::builder()
            .max_size(connections)
            .test_on_check_out(false)
            .connection_customizer(Box::new(PlanOnce))
            .build(ConnectionManager::new(url))?;
        let permits = Arc::new(Semaphore::new(connections as usize));
        Ok(Self { pool, permits })
    }

    async fn answer(
        &self,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<()> + Send + 'static,
    ) -> actix_web::Result<HttpResponse> {
        let permit = self.permits.acquire().await;
        let _permit = permit.map_err(error::ErrorInternalServerError)?;
        let pool = self.pool.clone();
        let done = web::block(move || anyhow::Ok(work(&mut *pool.get()?)?)).await?;
        done.map_err(error::ErrorInternalServerError)?;
        Ok(HttpResponse::Ok()
            .content_type("application/json")
            .body(BODY))
    }
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let usage = "usage: bare_statements HOST:PORT CONNECTIONS";
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().context(usage)?;
    let connections = arguments.next().context(usage)?.parse().context(usage)?;
    let url = std::env::var("DATABASE_URL").context("DATABASE_URL is not set")?;
    let database = Database::connect(url, connections)?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(database.clone()))
            .route("/{user_id}", web::get().to(read))
            .route("/{user_id}", web::put().to(update))
    })
    .bind(address)?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    Ok(server.run().await?)
}

async fn read(
    user_id: web::Path<Uuid>,
    database: web::Data<Database>,
) -> actix_web::Result<HttpResponse> {
    let find = move |connection: &mut PgConnection| {
        users::table
            .find(*user_id)
            .get_result::<User>(connection)
            .map(drop)
    };
    database.answer(find).await
}

async fn update(
    user_id: web::Path<Uuid>,
    database: web::Data<Database>,
) -> actix_web::Result<HttpResponse> {
    let change = move |connection: &mut PgConnection| match update::run(connection, *user_id)? {
        1 => Ok(()),
        _ => Err(diesel::NotFound),
    };
    database.answer(change).await
}
