//! How many requests go together, and how many batches at once.

use super::*;
use crate::batches::limits::HEAVY;
use crate::executor::{Another, MostBatches};

#[tokio::test]
async fn requests_beyond_the_limit_of_batches_wait_although_connections_are_free() {
    let one = MostBatches {
        of_reads: 1,
        of_changes: 1,
        of_waiting: 1,
        another: Another::AT_ONCE,
    };
    for make in [Batches::of_reads, Batches::of_changes] {
        let fixture = Fixture::on(executor_of(4, 0, LONG).with_most_batches(one), make);
        fixture.together(&[1, 2, 3].map(numbered)).await;
        assert_eq!(fixture.noted(), [vec![0], vec![1, 2, 3]]);
        let fixture = Fixture::on(executor_of(4, 0, LONG), make);
        fixture.together(&[1, 2, 3].map(numbered)).await;
        let mut alone = fixture.noted();
        alone.sort_unstable();
        assert_eq!(alone, [[0], [1], [2], [3]]);
    }
}

#[tokio::test]
async fn a_batch_is_bounded_and_a_request_above_the_bound_is_sent_alone() {
    let fixture = Fixture::reads();
    let weights = [4, 6, 1, 50, 10, 1].into_iter().zip(1..);
    let requests: Vec<_> = weights
        .map(|(weight, number)| Numbered {
            weight,
            ..numbered(number)
        })
        .collect();
    fixture.together(&requests).await;
    let expected = [vec![0], vec![1, 2], vec![3], vec![4], vec![5], vec![6]];
    assert_eq!(fixture.noted(), expected);
}

/// At most two batches in progress; a second one starts for three waiting requests, or beside a batch that takes longer
/// than this.
fn two_batches(after: Duration) -> Fixture {
    let limits = MostBatches {
        of_reads: 2,
        of_changes: 2,
        // So that none starts beside a batch that is stuck.
        of_waiting: 1,
        another: Another { from: 3, after },
    };
    let executor = executor_of(4, 0, LONG).with_most_batches(limits);
    Fixture::on(executor, Batches::of_reads)
}

#[tokio::test]
async fn few_requests_wait_for_the_batch_in_progress() {
    let fixture = two_batches(LONG);
    fixture.together(&[1, 2].map(numbered)).await;
    assert_eq!(fixture.noted(), [vec![0], vec![1, 2]]);
}

#[tokio::test]
async fn another_batch_starts_beside_the_first_for_enough_requests() {
    let fixture = two_batches(LONG);
    let first = fixture.occupy().await;
    for answer in fixture.submit_all(&[1, 2, 3].map(numbered)).await {
        answer.await.unwrap().unwrap();
    }
    fixture.go_on.send(()).unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(fixture.noted(), [vec![0], vec![1, 2, 3]]);
}

#[tokio::test]
async fn another_batch_starts_beside_one_that_takes_long_or_has_many_requests() {
    let heavy = Numbered {
        weight: HEAVY,
        ..numbered(0)
    };
    for (fixture, first) in [
        (two_batches(Duration::from_millis(5)), numbered(0)),
        (two_batches(LONG), heavy),
    ] {
        let first = fixture.submit(first);
        while fixture.noted().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Answered although the first batch goes on.
        assert_eq!(fixture.batches.submit(numbered(1)).await.unwrap(), 1);
        fixture.go_on.send(()).unwrap();
        first.await.unwrap().unwrap();
    }
}
