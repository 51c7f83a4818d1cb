//! How many requests go together, and how many batches at once.

use super::*;
use crate::executor::MostBatches;

#[tokio::test]
async fn requests_beyond_the_limit_of_batches_wait_although_connections_are_free() {
    let one = MostBatches {
        of_reads: 1,
        of_changes: 1,
        of_waiting: 1,
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
