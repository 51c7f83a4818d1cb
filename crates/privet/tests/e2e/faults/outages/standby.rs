//! A standby with old data, where an address leads to it during a fail-over: nothing is answered from it.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

use super::{RECOVERED, assert_not_ready, ready_once};
use crate::support::asking::{DECISIONS, check, service};
use crate::support::{
    Answer, Backend, Client, Database, PostgresPair, Program, Proxy, Server, for_good,
};

const SETTINGS: &str = "/api/v1/privacy/settings";
const POOL: (&str, &str) = ("PRIVET_DATABASE_POOL", "8");
/// Longer than the standby needs to refuse.
const TIMEOUT: (&str, &str) = ("PRIVET_DATABASE_TIMEOUT_MS", "5000");

/// A subject who has closed their profile and somebody erased, neither of which the standby knows.
struct Scene {
    alice: Client,
    bob: Client,
    erased: Client,
}

impl Scene {
    async fn play(server: &Server, pair: &PostgresPair) -> Self {
        let scene = Self {
            alice: server.new_user(),
            bob: server.new_user(),
            erased: server.new_user(),
        };
        for user in [&scene.alice, &scene.bob, &scene.erased] {
            assert_eq!(user.get(SETTINGS).await.status, 200);
        }
        pair.pause_replay().await;
        let nobody = json!({"setting": "who_can_see_profile", "value": "nobody"});
        let changed = scene.alice.put(SETTINGS, nobody).await;
        assert_eq!(changed.status, 200, "{changed}");
        let erased = scene.erased.delete("/api/v1/users/me").await;
        assert_eq!(erased.status, 200, "{erased}");
        scene
    }

    /// Asks through every connection there may be. How many answers came from the database, all of them true: that
    /// somebody is erased a process remembers.
    async fn ask(&self, service: &Client) -> usize {
        let mut asking = JoinSet::new();
        for _ in 0..16 {
            asking.spawn(decision(service.clone(), self.bob.id(), self.alice.id()));
            asking.spawn(decision(service.clone(), self.bob.id(), self.erased.id()));
            asking.spawn(settings(self.alice.clone()));
            asking.spawn(assert_erased(self.erased.clone()));
        }
        asking
            .join_all()
            .await
            .into_iter()
            .filter(|answered| *answered)
            .count()
    }

    /// Asks until every answer is there again.
    async fn ask_until_all_is_answered(&self, service: &Client) {
        let begun = Instant::now();
        while self.ask(service).await < 3 * 16 {
            assert!(begun.elapsed() < RECOVERED, "it does not recover");
        }
    }
}

/// Whether it was decided that the profile is closed; else nothing was decided.
async fn decision(service: Client, viewer: Uuid, subject: Uuid) -> bool {
    let body = json!({"checks": [check(viewer, subject, "view_profile")]});
    let answer = service.post(DECISIONS, body).await;
    let is_decided = answer.status == 200;
    for_good(|| {
        if is_decided {
            let decision: &Value = &answer.json()["decisions"][0];
            assert_eq!(decision["allowed"], false, "{answer}");
        } else {
            assert_eq!(answer.status, 503, "{answer}");
        }
    });
    is_decided
}

/// Whether the subject got their settings, which are the new ones.
async fn settings(user: Client) -> bool {
    let answer: Answer = user.request(Method::GET, SETTINGS).send().await;
    let is_answered = answer.status == 200;
    for_good(|| {
        if is_answered {
            assert_eq!(answer.json()["who_can_see_profile"], "nobody", "{answer}");
        } else {
            assert_eq!(answer.status, 503, "{answer}");
        }
    });
    is_answered
}

/// Not an answer that is counted.
async fn assert_erased(user: Client) -> bool {
    let answer: Answer = user.request(Method::GET, SETTINGS).send().await;
    for_good(|| assert!([401, 503].contains(&answer.status), "{answer}"));
    false
}

async fn start(url: &str) -> Server {
    let database = Database::without_tables();
    Server::start_with(&database, &[("DATABASE_URL", url), POOL, TIMEOUT]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_hosts_a_standby_answers_nothing_while_the_primary_restarts() {
    let mut pair = PostgresPair::start().await;
    let server = start(&pair.url()).await;
    let scene = Scene::play(&server, &pair).await;
    let service = service(&server);
    scene.ask_until_all_is_answered(&service).await;
    for _ in 0..2 {
        pair.primary.stop().await;
        assert_eq!(scene.ask(&service).await, 0);
        assert_not_ready(&server).await;
        pair.primary.run().await;
        scene.ask_until_all_is_answered(&service).await;
        ready_once(&server, 200).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_moves_to_a_standby_leads_to_no_answer_until_it_moves_back() {
    let pair = PostgresPair::start().await;
    let proxy = Proxy::before_address(pair.primary.address()).await;
    // Whatever libpq is told.
    let url = format!("{}?target_session_attrs=any", proxy.url());
    let server = start(&url).await;
    let scene = Scene::play(&server, &pair).await;
    let service = service(&server);
    scene.ask_until_all_is_answered(&service).await;
    proxy.lead_to(pair.standby.address());
    proxy.cut();
    // Every connection has to notice.
    sleep(Duration::from_millis(200)).await;
    proxy.open();
    for _ in 0..3 {
        assert_eq!(scene.ask(&service).await, 0);
    }
    assert_not_ready(&server).await;
    proxy.lead_to(pair.primary.address());
    scene.ask_until_all_is_answered(&service).await;
    ready_once(&server, 200).await;

    assert_is_waited_for(&pair).await;
}

/// Who starts while the address leads to the standby waits as for a server that is not there.
async fn assert_is_waited_for(pair: &PostgresPair) {
    let proxy = Proxy::before_address(pair.standby.address()).await;
    let database = Database::without_tables();
    let url = ("DATABASE_URL", proxy.url());
    let mut server = Server::launch(&database, &[url, TIMEOUT]);
    let line = server.wait_for_log("waiting up to 30 seconds").await;
    assert!(line.contains("read-only"), "{line}");
    let migrating = Program::new(&["migrate"])
        .with("DATABASE_URL", proxy.url())
        .run();
    let (output, ()) = tokio::join!(migrating, async {
        sleep(Duration::from_secs(1)).await;
        proxy.lead_to(pair.primary.address());
    });
    assert_eq!(output.status, 0, "{}", output.stderr);
    server.wait_until_it_serves().await;
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
}

#[tokio::test]
async fn a_connection_that_is_lost_in_the_midst_of_migrating_is_made_again() {
    let database = Database::without_tables();
    let mut holder = crate::support::sql::Session::on(&database);
    // The number that replicas agree on.
    holder.execute(&format!(
        "SELECT pg_advisory_lock({})",
        0x70_72_69_76_65_74_i64
    ));
    let mut server = Server::launch(&database, &[]);
    let waiting = "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
    while holder.number(waiting) == 0 {
        sleep(Duration::from_millis(20)).await;
    }
    holder.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    let line = server.wait_for_log("waiting up to 30 seconds").await;
    assert!(line.contains("interrupted"), "{line}");
    drop(holder);
    server.wait_until_it_serves().await;
    assert_eq!(database.backend(), Backend::Postgres);
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
}
