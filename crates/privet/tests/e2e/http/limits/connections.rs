//! The maximum number of connections, and the limit of open files.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::support::changes::OWN_CHANGES;
use crate::support::wire::{Connection, authorization, head};
use crate::support::{Backend, Database, Server};

/// Longer than the start takes.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longer than an answer on an accepted connection takes.
const A_WHILE: Duration = Duration::from_secs(2);

async fn asking(server: &Server) -> Connection {
    let mut connection = Connection::to(server).await;
    connection.send(head("GET /health/live", &[])).await;
    connection
}

#[tokio::test]
async fn connections_past_the_bound_wait_until_one_is_closed() {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start_with(&database, &[("PRIVET_MAX_CONNECTIONS", "4")]).await;
    let mut open = Vec::new();
    for _ in 0..4 {
        let mut connection = asking(&server).await;
        assert_eq!(connection.answer().await.status, 200);
        open.push(connection);
    }
    let mut waiting = asking(&server).await;
    assert!(timeout(A_WHILE, waiting.answer()).await.is_err());
    // The open connections are served meanwhile.
    open[0].send(head("GET /health/live", &[])).await;
    assert_eq!(open[0].answer().await.status, 200);

    // Not the connection that stopped waiting during its answer.
    let mut next = asking(&server).await;
    drop((waiting, open));
    assert_eq!(next.answer().await.status, 200);
}

#[tokio::test]
async fn a_stream_counts_as_a_connection() {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start_with(&database, &[("PRIVET_MAX_CONNECTIONS", "4")]).await;
    let authorization = authorization(&server.new_user());
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut stream = Connection::to(&server).await;
        let fields = [("Authorization", &*authorization)];
        let head = head(&format!("GET {OWN_CHANGES}"), &fields);
        stream.send(head).await;
        assert_eq!(stream.head().await.status, 200);
        streams.push(stream);
    }
    let mut waiting = asking(&server).await;
    assert!(timeout(A_WHILE, waiting.answer()).await.is_err());
    // Not the connection that stopped waiting during its answer.
    let mut next = asking(&server).await;
    drop((waiting, streams));
    assert_eq!(next.answer().await.status, 200);
}

/// Runs the program with these limits of open files, in its own folder.
fn launch(folder: &tempfile::TempDir, limits: &str, connections: &str) -> Child {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("{limits}; exec \"$0\" serve"),
            env!("CARGO_BIN_EXE_privet"),
        ])
        .env_clear()
        .env("PRIVET_LISTEN", "127.0.0.1:0")
        .env("PRIVET_MAX_CONNECTIONS", connections)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command.spawn().unwrap()
}

/// Its log lines until it serves.
async fn log_until_it_listens(program: &mut Child) -> Vec<String> {
    let mut lines = BufReader::new(program.stderr.take().unwrap()).lines();
    let mut log = Vec::new();
    let reading = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            log.push(line);
            if log.last().unwrap().contains("listening server.address=") {
                break;
            }
        }
    };
    timeout(PATIENCE, reading).await.unwrap();
    log
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised_as_far_as_it_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = launch(&folder, "ulimit -n 3000; ulimit -Sn 100", "1000");
    let log = log_until_it_listens(&mut program).await;
    let limits = format!("/proc/{}/limits", program.id().unwrap());
    let limits = std::fs::read_to_string(limits).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let numbers: Vec<&str> = line.unwrap().split_whitespace().skip(3).collect();
    assert_eq!(numbers, ["3000", "3000", "files"], "{limits}");
    assert!(
        !log.iter()
            .any(|line| line.contains("limit of open files is too low")),
        "{log:?}"
    );
}

#[tokio::test]
async fn a_file_limit_below_the_connection_limit_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = launch(&folder, "ulimit -n 1000", "1000");
    let log = log_until_it_listens(&mut program).await;
    let warning = log
        .iter()
        .find(|line| line.contains("limit of open files is too low"));
    let warning = warning.unwrap_or_else(|| panic!("{log:?}"));
    assert!(
        warning.contains("WARN") && warning.contains("allowed=1000"),
        "{warning}"
    );
}
