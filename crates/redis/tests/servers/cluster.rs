//! `redis-cluster://`

use std::time::Duration;

use privet_application::shared_cache::rows::{Kept, SharedRows};

use crate::processes::Process;
use crate::{put_and_read, rows_at, server_after};

const SLOTS: [&str; 3] = ["0 5460", "5461 10922", "10923 16383"];

/// Three primaries.
async fn start_cluster() -> Vec<Process> {
    let mut nodes = Vec::new();
    for slots in SLOTS {
        let node = start_node().await;
        node.ask(&format!("CLUSTER ADDSLOTSRANGE {slots}")).await;
        nodes.push(node);
    }
    for node in &nodes {
        meet(node, &nodes).await;
    }
    for node in &nodes {
        node.wait_for("CLUSTER INFO", "cluster_state:ok").await;
    }
    nodes
}

async fn start_node() -> Process {
    let node = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    Process::plain(&node).await
}

async fn meet(node: &Process, others: &[Process]) {
    for other in others {
        node.ask(&format!("CLUSTER MEET 127.0.0.1 {}", other.port))
            .await;
    }
}

/// Starts a replica of the first server.
async fn start_replica_of(nodes: &[Process]) -> Process {
    let replica = start_node().await;
    meet(&replica, nodes).await;
    let name = nodes[0].ask("CLUSTER MYID").await;
    replica.wait_for("CLUSTER NODES", &name).await;
    replica.ask(&format!("CLUSTER REPLICATE {name}")).await;
    replica
        .wait_for("INFO replication", "master_link_status:up")
        .await;
    for node in nodes {
        node.wait_for("CLUSTER NODES", &format!("slave {name}"))
            .await;
    }
    replica
}

fn url(nodes: &[Process]) -> String {
    let place = |node: &Process| format!("127.0.0.1:{}", node.port);
    let places: Vec<_> = nodes.iter().map(place).collect();
    format!("redis-cluster://127.0.0.1:1,{}", places.join(","))
}

#[tokio::test]
async fn rows_are_spread_over_a_cluster() {
    let nodes = start_cluster().await;
    let rows = rows_at(&url(&nodes));
    let server = server_after(&rows, None).await;
    let mut places = Vec::new();
    for _ in 0..40 {
        places.push(put_and_read(&rows).await);
    }
    // The order of the servers does not matter.
    let others = rows_at(&url(&nodes[2..]));
    assert_eq!(server_after(&others, None).await, server);
    for place in places {
        while !matches!(others.read(place).await, Ok(Kept::Row(_))) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    for node in &nodes {
        let keys = node.ask("DBSIZE").await;
        assert_ne!(keys, "int(0)", "all keys are on other servers");
    }
}

/// A replica may lack the latest deletions, and is promoted while all connections stay open.
#[tokio::test]
async fn a_replica_that_takes_over_changes_the_name_of_the_cluster() {
    let nodes = start_cluster().await;
    let replica = start_replica_of(&nodes).await;
    let rows = rows_at(&url(&nodes));
    let first = server_after(&rows, None).await;
    put_and_read(&rows).await;
    replica.ask("CLUSTER FAILOVER TAKEOVER").await;
    let second = server_after(&rows, Some(&first)).await;
    for _ in 0..10 {
        put_and_read(&rows).await;
    }
    // The first server is the primary again. The servers are the same as at the start, but their data may differ.
    nodes[0]
        .wait_for("INFO replication", "master_link_status:up")
        .await;
    nodes[0].ask("CLUSTER FAILOVER TAKEOVER").await;
    let third = server_after(&rows, Some(&second)).await;
    assert_ne!(third, first);
}

#[tokio::test]
async fn a_cluster_without_one_server_is_unavailable_until_it_is_back() {
    let nodes = start_cluster().await;
    let rows = rows_at(&url(&nodes));
    server_after(&rows, None).await;
    nodes[1].signal("STOP");
    while rows.server().is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    nodes[1].signal("CONT");
    server_after(&rows, None).await;
    put_and_read(&rows).await;
}
