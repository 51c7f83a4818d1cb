//! The wall clock is set forward and back while Privet serves: tokens are judged by what it says, and nothing else
//! depends on it. What is on record keeps its order, limits are neither lifted nor prolonged, what was acknowledged
//! is what is read. The clock is libfaketime's, which only the servers under test see.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::support::sent::Sent;
use crate::support::shapes::assert_503;
use crate::support::tokens::now;
use crate::support::{Client, Database, SECRET, Server, Token, for_good, new_user_id};

in_every_setup![
    what_is_on_record_keeps_its_order_whatever_the_clock_says,
    tokens_are_judged_by_the_present_time_only,
    a_limit_is_neither_lifted_nor_prolonged,
    clients_at_work_lose_nothing_while_the_clock_jumps,
];

const HOUR: i64 = 3_600;

const SETTINGS: &str = "/api/v1/privacy/settings";
const ACCOUNT: &str = "/api/v1/e-social/privacy/account";
const PREFERENCES: &str = "/api/users/me/preferences/";

/// A clock that can be set.
struct Clock {
    folder: TempDir,
    libfaketime: PathBuf,
}

impl Clock {
    /// Right, for now.
    fn new() -> Self {
        let clock = Self {
            folder: tempfile::tempdir().unwrap(),
            libfaketime: libfaketime(),
        };
        clock.set(0);
        clock
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    /// Has it be so many seconds ahead, or behind. Whole at once: who looks meanwhile sees the one or the other.
    fn set(&self, seconds: i64) {
        let next = self.folder.path().join("next");
        std::fs::write(&next, format!("{seconds:+}\n")).unwrap();
        std::fs::rename(next, self.file()).unwrap();
    }

    /// A server that goes by it, and by the true one where it asks how long something took.
    async fn server(&self, database: &Database, variables: &[(&str, &str)]) -> Server {
        let file = self.file();
        let clock = [
            ("LD_PRELOAD", self.libfaketime.to_str().unwrap()),
            ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];
        Server::start_with(database, &[&clock, variables].concat()).await
    }
}

/// Debian has it in a folder named by the kind of machine.
fn libfaketime() -> PathBuf {
    let folders = Path::new("/usr/lib")
        .read_dir()
        .into_iter()
        .flatten()
        .flatten();
    let folders = folders
        .map(|folder| folder.path())
        .chain(["/usr/lib".into(), "/usr/local/lib".into()]);
    let mut places = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    places.find(|place| place.exists()).unwrap_or_else(|| {
        panic!(
            "libfaketime is not installed. Run `make test`, which installs it on Debian and Ubuntu, or install it \
             (apt-get install libfaketime)."
        )
    })
}

/// A user whose token outlives every jump.
fn user(server: &Server) -> Client {
    let id = new_user_id();
    server
        .bearer(&Token::of(id).expiring_in(24 * HOUR).sign(SECRET))
        .known_as(id)
}

async fn history(user: &Client) -> Vec<Value> {
    let answer = user.get("/api/v1/privacy/audit?limit=200").await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()["entries"].as_array().unwrap().clone()
}

async fn what_is_on_record_keeps_its_order_whatever_the_clock_says(database: Database) {
    let clock = Clock::new();
    let mut server = clock.server(&database, &[]).await;
    let id = user(&server).id();
    let token = Token::of(id).expiring_in(24 * HOUR).sign(SECRET);
    let mut made = Vec::new();
    for (round, jump) in [0, HOUR, 0, -HOUR, -9 * HOUR, 7, 2 * HOUR, 0]
        .into_iter()
        .enumerate()
    {
        clock.set(jump);
        // What a process remembers of the time it once saw is gone every other time.
        if round % 2 == 1 {
            server = server.kill_and_restart().await;
        }
        let alice = server.bearer(&token);
        for step in 0..3 {
            let color = format!("#0000{round}{step}");
            let changed = alice
                .patch(PREFERENCES, json!({"theme.accent_color": color}))
                .await;
            assert_eq!(changed.status, 200, "{changed}");
            let hidden = json!({"setting": "show_last_seen", "value": (round + step) % 2 == 1});
            let changed = alice.put(SETTINGS, hidden.clone()).await;
            assert_eq!(changed.status, 200, "{changed}");
            let shown = alice.get(PREFERENCES).await.json()["theme"]["accent_color"].clone();
            assert_eq!(shown, color.as_str());
            assert_eq!(
                alice.get(SETTINGS).await.json()["show_last_seen"],
                hidden["value"]
            );
            made.push(json!(color));
        }
    }
    let entries = history(&server.bearer(&token)).await;
    let of = |setting: &str| {
        let entries = entries
            .iter()
            .rev()
            .filter(|entry| entry["setting"] == setting);
        entries.cloned().collect::<Vec<_>>()
    };
    let colors = of("preferences.theme.accent_color");
    let told: Vec<_> = colors
        .iter()
        .map(|entry| entry["new_value"].clone())
        .collect();
    assert_eq!(told, made);
    for entries in [colors, of("messaging.show_last_seen")] {
        for pair in entries.windows(2) {
            assert_eq!(pair[0]["new_value"], pair[1]["old_value"], "{pair:?}");
        }
    }
    let time = |entry: &Value| entry["occurred_at"].as_str().unwrap().to_owned();
    assert!(
        entries.is_sorted_by(|newer, older| time(newer) >= time(older)),
        "{entries:?}"
    );
}

async fn tokens_are_judged_by_the_present_time_only(database: Database) {
    let clock = Clock::new();
    let server = clock.server(&database, &[]).await;
    let id = new_user_id();
    let short = server.bearer(&Token::of(id).expiring_in(600).sign(SECRET));
    let later = server.bearer(&Token::of(id).expiring_in(HOUR + 600).sign(SECRET));
    let young = Token::of(id).claim("nbf", now() - 60).expiring_in(600);
    for (jump, expected) in [
        (0, [200, 200, 200]),
        (HOUR, [401, 200, 401]),
        (0, [200, 200, 200]),
        (-HOUR, [200, 200, 401]),
        (0, [200, 200, 200]),
    ] {
        clock.set(jump);
        // Another text each time, so that none is remembered.
        let young = server.bearer(
            &young
                .clone()
                .claim("jti", new_user_id().to_string())
                .sign(SECRET),
        );
        for (user, status) in [&short, &later, &young].into_iter().zip(expected) {
            let answer = user.get(SETTINGS).await;
            assert_eq!(answer.status, status, "{jump}: {answer}");
        }
    }
}

async fn a_limit_is_neither_lifted_nor_prolonged(database: Database) {
    let clock = Clock::new();
    let limits = [
        ("PRIVET_RATE_LIMITS", "on"),
        ("PRIVET_LIMIT_MESSAGING_UPDATE", "2/minute"),
        ("PRIVET_LIMIT_ACCOUNT_UPDATE", "2/second"),
    ];
    let server = clock.server(&database, &limits).await;
    let alice = user(&server);
    let update = || {
        alice.put(
            SETTINGS,
            json!({"setting": "show_last_seen", "value": false}),
        )
    };
    while update().await.status == 200 {}
    for jump in [HOUR, -HOUR, 0] {
        clock.set(jump);
        let refused = update().await;
        assert_eq!(refused.status, 429, "{jump}: {refused}");
        let wait: i64 = refused.header("Retry-After").parse().unwrap();
        assert!((1..=60).contains(&wait), "{jump}: {refused}");
    }
    for jump in [-HOUR, HOUR, 0] {
        while alice.put(ACCOUNT, json!({"isPrivate": true})).await.status == 200 {}
        clock.set(jump);
        sleep(Duration::from_millis(1_100)).await;
        let answer = alice.put(ACCOUNT, json!({"isPrivate": true})).await;
        assert_eq!(answer.status, 200, "{jump}: {answer}");
    }
}

async fn clients_at_work_lose_nothing_while_the_clock_jumps(database: Database) {
    let clock = Clock::new();
    let mut server = clock.server(&database, &[]).await;
    let stopping = Arc::new(AtomicBool::new(false));
    let mut working = JoinSet::new();
    for _ in 0..8 {
        working.spawn(work(user(&server), Arc::clone(&stopping)));
    }
    for jump in [HOUR, -HOUR, 0, 9 * HOUR, -9 * HOUR, 60, -60, 0] {
        clock.set(jump);
        sleep(Duration::from_millis(300)).await;
    }
    stopping.store(true, Ordering::Relaxed);
    for sent in working.join_all().await {
        assert!(sent.acknowledged() > 0, "nothing was shown");
        sent.assert_nothing_is_lost(&server).await;
    }
    server.signal("TERM").await;
    assert!(server.wait_for_exit().await.success());
    let log = server.log().join("\n");
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
}

/// Changes one thing and looks at it, again and again. PostgreSQL's client library gives up a connection that it is
/// just making when the clock is set forward; who needs that one is told to come back.
async fn work(user: Client, stopping: Arc<AtomicBool>) -> Sent {
    let sent = Sent::by(user.id());
    let mut number = 0;
    while !stopping.load(Ordering::Relaxed) {
        number += 1;
        let (id, color) = (format!("change-{number}"), format!("#{number:06x}"));
        let answer = sent.change(&user, &id, &color).await;
        if answer.status != 200 {
            assert_503(&answer, PREFERENCES);
            continue;
        }
        let shown = user.get(PREFERENCES).await;
        if shown.status != 200 {
            assert_503(&shown, PREFERENCES);
            continue;
        }
        let color = color.as_str();
        for_good(|| assert_eq!(shown.json()["theme"]["accent_color"], color, "{shown}"));
    }
    sent
}
