//! A SQLite file that is locked, and one whose disk is full.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{READS, RECOVERED, TIMEOUT, assert_recovers, assert_unavailable, ready_once, updates};
use crate::support::metrics;
use crate::support::sent::Sent;
use crate::support::shapes::assert_503;
use crate::support::sql::Session;
use crate::support::{Backend, Client, Database, Server, new_user_id};

const PREFERENCES: &str = "/api/users/me/preferences/";

#[tokio::test]
async fn while_another_program_writes_updates_are_503_in_time_and_reads_are_answered() {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start_with(&database, &[TIMEOUT]).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    assert_eq!(alice.get(READS[0]).await.status, 200);
    let mut session = Session::on(&database);
    session.execute("BEGIN IMMEDIATE");
    // A reset changes nothing for her; it is the last.
    let changes = updates()
        .into_iter()
        .filter(|(_, path, _)| !path.contains("reset"))
        .collect();
    assert_unavailable(&alice, changes).await;
    for path in READS {
        let answer = alice.get(path).await;
        assert_eq!(answer.status, 200, "{answer}");
    }
    // Whoever is new would have to be written down first.
    assert_503(&bob.get(READS[0]).await, READS[0]);
    let ready = server.anonymous().get("/health/ready").await;
    assert_eq!(ready.status, 200, "{ready}");
    assert_no_failed_trial(&server).await;
    session.execute("COMMIT");
    assert_recovers(&server, &alice).await;
    assert_recovers(&server, &bob).await;
}

/// A health check that meets the lock of another writer is no failure of the database, and no reason for an alert.
async fn assert_no_failed_trial(server: &Server) {
    let text = metrics::text(server).await;
    for kind in ["timeout", "unavailable", "internal"] {
        let series = format!("privet_database_failures_total{{pool=\"trial\",kind=\"{kind}\"}}");
        assert_eq!(metrics::value(&text, &series), Some(0.0), "{text}");
    }
}

/// A small disk of its own, gone when this is dropped. Only root can make one.
struct SmallDisk(tempfile::TempDir);

const NEEDED: &str = "a small disk can be made by root, or where `unshare --user --map-root-user --mount` may be run";

/// Says that the test is run by itself, as root of a user namespace.
const IN_NAMESPACE: &str = "PRIVET_TEST_IN_NAMESPACE";

impl SmallDisk {
    /// Makes one. Nothing where this may not be done: then the test of this name was run where it may, and passed.
    fn mount_for(test: &str, mebibytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o"])
            .arg(format!("size={mebibytes}m"))
            .arg("tmpfs")
            .arg(folder.path())
            .status();
        if mount.is_ok_and(|mount| mount.success()) {
            return Some(Self(folder));
        }
        let is_in_namespace = std::env::var_os(IN_NAMESPACE).is_some();
        assert!(!is_in_namespace, "{NEEDED}");
        let again = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "--"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", &format!("outages::sqlite_file::{test}")])
            .arg("--nocapture")
            .env(IN_NAMESPACE, "yes")
            .output();
        let again = again.unwrap_or_else(|error| panic!("{NEEDED}: {error}"));
        let said = [again.stdout, again.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(again.status.success(), "{NEEDED}, or this failed:\n{said}");
        assert!(said.contains("1 passed"), "{test} is no test:\n{said}");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Uses up all that is free, until the file is deleted.
    fn fill(&self) -> PathBuf {
        self.fill_but(0)
    }

    /// The same, but for so many bytes.
    fn fill_but(&self, free: u64) -> PathBuf {
        let filler = self.path().join("filler");
        std::fs::write(&filler, vec![0; 16 << 20]).unwrap_err();
        let file = File::options().write(true).open(&filler).unwrap();
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(free)).unwrap();
        filler
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the server may still have files open.
        let unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
        assert!(unmounted.unwrap().success());
    }
}

#[tokio::test]
async fn on_a_full_disk_updates_are_503_and_as_soon_as_there_is_room_they_are_made() {
    let name = "on_a_full_disk_updates_are_503_and_as_soon_as_there_is_room_they_are_made";
    let Some(disk) = SmallDisk::mount_for(name, 2) else {
        return;
    };
    let database = Database::fresh(Backend::Sqlite).await;
    let file = disk.path().join("privet.db");
    let url = format!("sqlite://{}", file.display());
    let mut server = Server::start_with(&database, &[("DATABASE_URL", &url)]).await;
    let alice = server.new_user();
    let color = |number: u32| json!({"theme.accent_color": format!("#{number:06x}")});
    let mut acknowledged = 0;
    for number in 1..20 {
        assert_eq!(alice.patch(PREFERENCES, color(number)).await.status, 200);
        acknowledged += 1;
    }
    for round in 1..=3 {
        let filler = disk.fill();
        // What is left in the files that are there may still do for a few.
        let mut refused = 0;
        for number in 1..=30 {
            let answer = alice
                .patch(PREFERENCES, color(round * 1_000 + number))
                .await;
            if answer.status == 200 {
                acknowledged += 1;
            } else {
                assert_503(&answer, PREFERENCES);
                refused += 1;
            }
        }
        assert!(refused > 0, "the disk was not full");
        server
            .wait_for_log("a request was refused: database disk full")
            .await;
        assert_503(&server.new_user().get(READS[0]).await, READS[0]);
        for path in READS {
            let answer = alice.get(path).await;
            assert_eq!(answer.status, 200, "{answer}");
        }
        let degraded = json!({"status": "degraded", "checks": {"database": "disk-full"}});
        assert_becomes(&server, &degraded).await;
        std::fs::remove_file(filler).unwrap();
        assert_eq!(alice.patch(PREFERENCES, color(round)).await.status, 200);
        acknowledged += 1;
        let ready = json!({"status": "ready", "checks": {"database": "up"}});
        assert_becomes(&server, &ready).await;
        let line = server
            .wait_for_log("a dependency accepts writes again")
            .await;
        assert!(line.contains("suppressed="), "{line}");
    }
    assert_recovers(&server, &server.new_user()).await;

    let history = alice.get("/api/v1/privacy/audit?limit=200").await.json()["entries"].clone();
    assert_eq!(history.as_array().unwrap().len(), acknowledged);
    let server = server.kill_and_restart().await;
    let alice = server.user(alice.id());
    let shown = alice.get(PREFERENCES).await.json()["theme"]["accent_color"].clone();
    assert_eq!(shown, color(3)["theme.accent_color"]);
    assert_intact(&file);
}

/// Asserts that the service says this of its health, if not now then soon.
async fn assert_becomes(server: &Server, health: &Value) {
    let begun = Instant::now();
    loop {
        let answer = ready_once(server, 200).await;
        if answer.json() == *health {
            return;
        }
        assert!(begun.elapsed() < RECOVERED, "{answer}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_written_to_is_told_from_the_start_and_reads_are_answered() {
    let name = "a_file_that_cannot_be_written_to_is_told_from_the_start_and_reads_are_answered";
    let Some(disk) = SmallDisk::mount_for(name, 8) else {
        return;
    };
    let database = Database::fresh(Backend::Sqlite).await;
    let file = disk.path().join("privet.db");
    let url = format!("sqlite://{}", file.display());
    let mut first = Server::start_with(&database, &[("DATABASE_URL", &url)]).await;
    let alice = first.new_user();
    assert_eq!(alice.get(READS[0]).await.status, 200);
    first.signal("TERM").await;
    first.wait_for_exit().await;
    make_read_only(&file);

    let mut server = Server::start_with(&database, &[("DATABASE_URL", &url)]).await;
    let line = server.wait_for_log("refuses writes").await;
    assert!(line.contains("read-only"), "{line}");
    let degraded = json!({"status": "degraded", "checks": {"database": "read-only"}});
    assert_becomes(&server, &degraded).await;
    for _ in 0..3 {
        sleep(Duration::from_millis(600)).await;
        assert_becomes(&server, &degraded).await;
    }
    let log = server.log();
    let told = log.iter().filter(|line| line.contains("refuses writes"));
    assert_eq!(told.count(), 1, "{log:?}");
    let alice = server.user(alice.id());
    assert_eq!(alice.get(READS[0]).await.status, 200);
    let answer = alice
        .patch(PREFERENCES, json!({"theme.accent_color": "#000001"}))
        .await;
    assert_503(&answer, PREFERENCES);
}

/// Not by its mode, which says nothing to root.
fn make_read_only(file: &Path) {
    for arguments in [&["--bind"][..], &["-o", "remount,bind,ro"][..]] {
        let mut mount = Command::new("mount");
        mount.args(arguments);
        if arguments == ["--bind"] {
            mount.arg(file);
        }
        assert!(mount.arg(file).status().unwrap().success());
    }
}

fn assert_intact(file: &Path) {
    let mut session = Session::sqlite(file.to_str().unwrap());
    let intact = "(SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok')";
    assert_eq!(session.number(intact), 1);
}

/// How often the disk is full in the test below, each time with more room left: so that now the log cannot grow,
/// now the file into which the log is copied, and now nothing is in the way until a while later.
const TIMES_FULL: u64 = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_at_any_point_loses_nothing_and_damages_nothing() {
    let name = "a_disk_that_fills_up_at_any_point_loses_nothing_and_damages_nothing";
    let Some(disk) = SmallDisk::mount_for(name, 8) else {
        return;
    };
    let database = Database::fresh(Backend::Sqlite).await;
    let file = disk.path().join("privet.db");
    let url = format!("sqlite://{}", file.display());
    let mut server = Server::start_with(&database, &[("DATABASE_URL", &url)]).await;
    let users: Vec<_> = (0..4).map(|_| Arc::new(Sent::by(new_user_id()))).collect();
    for sent in &users {
        assert_eq!(server.user(sent.user()).get(READS[0]).await.status, 200);
    }
    let mut refused = 0;
    for time in 0..TIMES_FULL {
        let filler = disk.fill_but(time * 16_384);
        refused += change_at_once(&server, &users, time * 1_000, 20).await;
        // Ended without any warning, twice while nothing can be written.
        if time % 12 == 5 {
            server.signal("KILL").await;
            server.wait_for_exit().await;
            std::fs::remove_file(filler).unwrap();
            server = Server::start_with(&database, &[("DATABASE_URL", &url)]).await;
        } else {
            std::fs::remove_file(filler).unwrap();
        }
        let refused = change_at_once(&server, &users, time * 1_000 + 500, 10).await;
        assert_eq!(refused, 0, "there is room");
    }
    assert!(refused > 100, "{refused}: the disk was hardly ever full");
    let acknowledged: usize = users.iter().map(|sent| sent.acknowledged()).sum();
    println!("{acknowledged} changes acknowledged, {refused} refused for lack of room");
    let server = server.kill_and_restart().await;
    for sent in &users {
        sent.assert_nothing_is_lost(&server).await;
    }
    assert_intact(&file);
}

/// Has all users change something so often, at once. How many changes were refused.
async fn change_at_once(server: &Server, users: &[Arc<Sent>], first: u64, times: u64) -> usize {
    let mut changing = JoinSet::new();
    for sent in users {
        changing.spawn(change(
            server.user(sent.user()),
            Arc::clone(sent),
            first..first + times,
        ));
    }
    changing.join_all().await.into_iter().sum()
}

async fn change(user: Client, sent: Arc<Sent>, numbers: Range<u64>) -> usize {
    let mut refused = 0;
    for number in numbers {
        let (id, color) = (format!("{}-{number}", user.id()), format!("#{number:06x}"));
        let answer = sent.change(&user, &id, &color).await;
        if answer.status != 200 {
            assert_503(&answer, PREFERENCES);
            refused += 1;
        }
    }
    refused
}
