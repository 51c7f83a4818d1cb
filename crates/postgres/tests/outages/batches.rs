//! Changes that wait in a batch when their connections are lost.

use super::*;

#[tokio::test]
async fn changes_on_a_lost_connection_fail_and_waiting_changes_are_executed() {
    let mut database = database().await;
    let store = open(database.url());
    let users = [(); 40].map(|()| somebody());
    for user in &users {
        store.create(user.clone().into()).await.unwrap();
    }
    let mut gate = PgConnection::establish(database.url()).unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    let batches = half_of_cores().min(2 * READS as usize);
    let mut changes = JoinSet::new();
    for (earlier, user) in users.iter().enumerate() {
        let (store, change) = (Arc::clone(&store), change(user, no_email()));
        changes.spawn(async move {
            let end = store.compare_and_set(&change).await;
            (change, end)
        });
        // Another batch starts if those before it take long.
        wait_for_waiting(&mut gate, (earlier + 1).min(batches)).await;
    }
    // This also closes the gate's connection.
    database.terminate_connections();
    let (mut stored, mut told) = (0, 0);
    for (change, end) in changes.join_all().await {
        let found = match end {
            Ok(outcome) => {
                assert_eq!(outcome, Outcome::Stored);
                stored += 1;
                store.find(change.row.id).await.unwrap()
            }
            Err(error) => {
                assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
                told += 1;
                continue;
            }
        };
        assert_eq!(found, Presence::Here(Box::new(change.row)));
    }
    // Those that were sent alone, one on each connection in use.
    assert!(told <= 2 * batches, "{told}");
    assert_eq!(stored + told, users.len());
}

/// The other transactions could belong to an operator, or to a replica whose host has stopped.
#[tokio::test]
async fn no_change_waits_for_the_locked_row_of_another_user() {
    let database = database().await;
    let store = open(database.url());
    let users = [(); 40].map(|()| somebody());
    for user in &users {
        store.create(user.clone().into()).await.unwrap();
    }
    // One is sent first and alone, the other in a batch.
    let locked = [users[0].id, users[39].id];
    let mut others = locked.map(|id| {
        let mut other = PgConnection::establish(database.url()).unwrap();
        let lock = format!("BEGIN; SELECT FROM users WHERE user_id = '{id}' FOR UPDATE");
        other.batch_execute(&lock).unwrap();
        other
    });
    let mut changes = JoinSet::new();
    for user in &users {
        let (store, change) = (Arc::clone(&store), change(user, no_email()));
        changes.spawn(async move {
            let end = store.compare_and_set(&change).await;
            (change.row.id, end)
        });
    }
    for _ in locked.len()..users.len() {
        let (id, end) = changes.join_next().await.unwrap().unwrap();
        assert!(!locked.contains(&id));
        assert_eq!(end.unwrap(), Outcome::Stored);
    }
    // Nor do these two wait for each other.
    for place in [1, 0] {
        others[place].batch_execute("COMMIT").unwrap();
        let (id, end) = changes.join_next().await.unwrap().unwrap();
        assert_eq!((id, end.unwrap()), (locked[place], Outcome::Stored));
    }
}
