//! A PostgreSQL server that goes away, says nothing, is too busy, or restarts.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{
    Anything, READS, TIMEOUT, assert_not_ready, assert_recovers, assert_unavailable, reads, send,
    updates,
};
use crate::support::shapes::assert_503;
use crate::support::sql::Session;
use crate::support::{Backend, Client, Database, Proxy, Server, for_good};

const POOL: usize = 4;
const PREFERENCES: &str = "/api/users/me/preferences/";

async fn behind_a_proxy(variables: &[(&str, &str)]) -> (Database, Proxy, Server) {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::before(&database).await;
    let url = ("DATABASE_URL", proxy.url());
    let pool = ("PRIVET_DATABASE_POOL", "4");
    let all = [&[url, pool], variables].concat();
    let server = Server::start_with(&database, &all).await;
    (database, proxy, server)
}

/// Everything, so often that the pool would not do.
fn everything() -> Vec<Anything> {
    [reads(), updates(), reads(), updates()].concat()
}

/// A user, and connections in the pool.
async fn warm_up(server: &Server) -> Client {
    let alice = server.new_user();
    let mut waiting = JoinSet::new();
    for _ in 0..4 * POOL {
        let alice = alice.clone();
        // However long it takes to connect.
        waiting.spawn(async move { while alice.get(READS[0]).await.status != 200 {} });
    }
    waiting.join_all().await;
    alice
}

#[tokio::test]
async fn while_the_server_is_away_everything_is_503_and_then_works_again_without_a_restart() {
    let (_database, proxy, server) = behind_a_proxy(&[TIMEOUT]).await;
    let alice = warm_up(&server).await;
    for _ in 0..2 {
        proxy.cut();
        assert_unavailable(&alice, everything()).await;
        assert_unavailable(&server.new_user(), everything()).await;
        assert_not_ready(&server).await;
        proxy.open();
        assert_recovers(&server, &alice).await;
        assert_recovers(&server, &server.new_user()).await;
    }
}

#[tokio::test]
async fn while_the_server_says_nothing_everything_is_503_in_time_and_then_works_again() {
    let (_database, proxy, server) = behind_a_proxy(&[TIMEOUT]).await;
    let alice = warm_up(&server).await;
    proxy.hold();
    assert_unavailable(&alice, everything()).await;
    assert_unavailable(&server.new_user(), everything()).await;
    assert_not_ready(&server).await;
    proxy.open();
    assert_recovers(&server, &alice).await;
    assert_recovers(&server, &server.new_user()).await;
}

#[tokio::test]
async fn a_server_that_is_slow_but_not_too_slow_is_waited_for() {
    let (_database, proxy, server) = behind_a_proxy(&[]).await;
    let alice = warm_up(&server).await;
    let slowness = async {
        loop {
            proxy.hold();
            sleep(Duration::from_millis(150)).await;
            proxy.open();
            sleep(Duration::from_millis(10)).await;
        }
    };
    let requests = async {
        for request in [reads(), updates()].concat() {
            let answer = send(&alice, &request).await;
            assert_eq!(answer.status, 200, "{answer}");
        }
    };
    tokio::select! {
        () = requests => {}
        () = slowness => {}
    }
}

#[tokio::test]
async fn while_all_connections_are_busy_everything_is_503_in_time_and_the_service_is_ready() {
    let (database, _proxy, server) = behind_a_proxy(&[TIMEOUT]).await;
    let alice = warm_up(&server).await;
    let mut session = Session::on(&database);
    session.execute("BEGIN; LOCK TABLE users, audit_log");
    assert_unavailable(&alice, everything()).await;
    let ready = server.anonymous().get("/health/ready").await;
    assert_eq!(ready.status, 200, "{ready}");
    session.execute("COMMIT");
    assert_recovers(&server, &alice).await;
}

#[tokio::test]
async fn any_number_of_clients_may_ask_whether_the_service_is_ready() {
    let (_database, proxy, server) = behind_a_proxy(&[TIMEOUT]).await;
    // Two round trips of 100 ms: one after the other, only a few looks would be over in time.
    proxy.slow(Duration::from_millis(50));
    let mut asking = JoinSet::new();
    for _ in 0..100 {
        let client = server.anonymous();
        asking.spawn(async move {
            for _ in 0..5 {
                let ready = client.get("/health/ready").await;
                assert_eq!(ready.status, 200, "{ready}");
            }
        });
    }
    asking.join_all().await;
}

#[tokio::test]
async fn reads_do_not_notice_that_the_server_ended_all_connections() {
    let (database, _proxy, server) = behind_a_proxy(&[]).await;
    let alice = warm_up(&server).await;
    let mut session = Session::on(&database);
    for _ in 0..3 {
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        let mut waiting = JoinSet::new();
        for request in [reads(), reads(), reads()].concat() {
            let alice = alice.clone();
            waiting.spawn(async move {
                let answer = send(&alice, &request).await;
                assert_eq!(answer.status, 200, "{answer}");
            });
        }
        waiting.join_all().await;
    }
}

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost_however_often_the_server_goes_away() {
    let (_database, proxy, server) = behind_a_proxy(&[]).await;
    let alice = warm_up(&server).await;
    let mut acknowledged = Vec::new();
    for number in 0..120 {
        match number % 20 {
            6 => proxy.cut(),
            12 => proxy.open(),
            _ => {}
        }
        // In the midst of an update.
        let color = json!({"theme.accent_color": format!("#{number:06x}")});
        let update = alice.patch(PREFERENCES, color);
        let answer = if number % 20 == 5 {
            let (answer, ()) = tokio::join!(update, async {
                tokio::task::yield_now().await;
                proxy.cut();
            });
            answer
        } else {
            update.await
        };
        match answer.status {
            200 => acknowledged.push(answer.header("X-Request-Id").to_owned()),
            _ => assert_503(&answer, PREFERENCES),
        }
    }
    assert!(
        (60..120).contains(&acknowledged.len()),
        "{}",
        acknowledged.len()
    );
    let history = alice.get("/api/v1/privacy/audit?limit=200").await.json()["entries"].clone();
    let recorded = history
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|entry| &entry["request_id"]);
    let recorded: Vec<&str> = recorded.map(|id| id.as_str().unwrap()).collect();
    let shown = alice.get(PREFERENCES).await.json()["theme"]["accent_color"].clone();
    for_good(|| {
        for id in &acknowledged {
            assert!(recorded.contains(&id.as_str()), "{id} is lost");
        }
        assert_eq!(shown, history[0]["new_value"], "{history}");
    });
}
