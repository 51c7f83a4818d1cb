//! Changes that wait together while their connections are lost.

use super::*;

#[tokio::test]
async fn changes_under_way_on_a_lost_connection_are_told_and_those_that_wait_are_made() {
    let mut database = database().await;
    let store = open(database.url());
    let users = [(); 40].map(|()| somebody());
    for user in &users {
        store.create(user).await.unwrap();
    }
    let mut gate = PgConnection::establish(database.url()).unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE users").unwrap();
    let mut changes = JoinSet::new();
    for user in &users {
        let (store, change) = (Arc::clone(&store), change(user, no_email()));
        changes.spawn(async move {
            let end = store.compare_and_set(&change).await;
            (change, end)
        });
    }
    wait_for_all_to_wait(&mut gate).await;
    // The gate with them.
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
    // As many as were sent alone, one on each connection.
    assert!(told <= 2 * READS as usize, "{told}");
    assert_eq!(stored + told, users.len());
}
