//! `redis-sentinel://`

use privet_application::shared_cache::rows::SharedRows;

use crate::processes::Process;
use crate::{put_and_read, rows_at, server_after};

async fn start_sentinel(primary: u16) -> Process {
    Process::start(|port, folder| {
        let file = folder.join("sentinel.conf");
        let text = format!(
            "port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {primary} 1\n\
             sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 2000\n"
        );
        std::fs::write(&file, text).unwrap();
        vec![file.display().to_string(), "--sentinel".to_owned()]
    })
    .await
}

/// A promoted replica may lack the latest deletions. It is another server, and rows that were stored before are not
/// read from it.
#[tokio::test]
async fn a_replica_that_sentinel_promotes_is_another_server() {
    let mut primary = Process::plain(&[]).await;
    let port = primary.port.to_string();
    let replica = Process::plain(&["--replicaof", "127.0.0.1", &port]).await;
    replica
        .wait_for("INFO replication", "master_link_status:up")
        .await;
    let sentinel = start_sentinel(primary.port).await;
    sentinel
        .wait_for("SENTINEL MASTER main", "num-slaves\n1")
        .await;

    // The first address is wrong, so that the second one is used.
    let url = format!(
        "redis-sentinel://127.0.0.1:1,127.0.0.1:{}?master=main",
        sentinel.port
    );
    let rows = rows_at(&url);
    let first = server_after(&rows, None).await;
    put_and_read(&rows).await;
    primary.kill();
    let promoted = server_after(&rows, Some(&first)).await;
    assert_ne!(promoted, first);
    replica.wait_for("INFO replication", "role:master").await;
    put_and_read(&rows).await;
}

#[tokio::test]
async fn an_unknown_primary_is_not_used() {
    let primary = Process::plain(&[]).await;
    let sentinel = start_sentinel(primary.port).await;
    let rows = rows_at(&format!(
        "redis-sentinel://127.0.0.1:{}?master=other",
        sentinel.port
    ));
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(rows.server(), None);
}
