//! The effect of a faulty request, or of a lost connection, on each request of a batch.

use privet_application::UnavailableReason;

use super::*;
use crate::executor::{Another, MostBatches};

fn faulty(number: u32, effect: Effect) -> Numbered {
    Numbered {
        effect,
        ..numbered(number)
    }
}

/// The requests 1 to 3, of which the second has this effect.
fn with_second(effect: Effect) -> [Numbered; 3] {
    [numbered(1), faulty(2, effect), numbered(3)]
}

#[tokio::test]
async fn a_request_that_fails_its_batch_does_not_fail_the_others() {
    for fixture in [Fixture::reads(), Fixture::changes()] {
        let answers = fixture.together(&with_second(Effect::Poisons)).await;
        let [first, second, third] = answers.try_into().unwrap();
        assert_eq!(first.unwrap(), 1);
        assert!(matches!(second, Err(StoreError::Internal(_))));
        assert_eq!(third.unwrap(), 3);
        let expected = [vec![0], vec![1, 2, 3], vec![1], vec![2], vec![3]];
        assert_eq!(fixture.noted(), expected);
    }
}

#[tokio::test]
async fn a_batch_of_reads_is_repeated_after_a_lost_connection() {
    let fixture = Fixture::reads();
    let answers = fixture
        .together(&with_second(Effect::LosesConnection))
        .await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(fixture.noted(), [vec![0], vec![1, 2, 3], vec![1, 2, 3]]);
}

#[tokio::test]
async fn a_batch_of_changes_fails_with_a_lost_connection_and_is_not_repeated() {
    let fixture = Fixture::changes();
    let answers = fixture
        .together(&with_second(Effect::LosesConnection))
        .await;
    for answer in answers {
        let reason = answer.unwrap_err().reason();
        assert_eq!(reason, Some(UnavailableReason::Unreachable));
    }
    assert_eq!(fixture.noted(), [vec![0], vec![1, 2, 3]]);
    // The server may still execute each of them until the aftermath has passed.
    assert_unsettled(fixture.executor.settled()).await;
    assert_settles(fixture.executor.settled()).await;
}

#[tokio::test]
async fn a_change_executed_alone_before_the_connection_was_lost_succeeds() {
    let fixture = Fixture::changes();
    let requests = [
        numbered(1),
        faulty(2, Effect::Poisons),
        faulty(3, Effect::LosesConnection),
        numbered(4),
    ];
    let answers = fixture.together(&requests).await;
    let [first, second, third, fourth] = answers.try_into().unwrap();
    assert_eq!(first.unwrap(), 1);
    assert!(matches!(second, Err(StoreError::Internal(_))));
    assert!(matches!(third, Err(StoreError::Unavailable(_))));
    assert!(matches!(fourth, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_panic_is_internal_and_the_next_batch_goes_on() {
    let fixture = Fixture::changes();
    let answers = fixture.together(&with_second(Effect::Panics)).await;
    for answer in answers {
        assert!(matches!(answer, Err(StoreError::Internal(_))));
    }
    assert_eq!(fixture.batches.submit(numbered(4)).await.unwrap(), 4);
    assert_settles(fixture.executor.settled()).await;
}

#[tokio::test]
async fn changes_are_under_way_while_they_wait_and_while_they_are_made() {
    let fixture = Fixture::new(SHORT, Batches::of_changes);
    let stuck = fixture.occupy().await;
    let waiting = fixture.submit(numbered(1));
    assert!(stuck.await.unwrap().is_err());
    assert!(waiting.await.unwrap().is_err());
    let mut settled = std::pin::pin!(fixture.executor.settled());
    assert_unsettled(settled.as_mut()).await;
    fixture.go_on.send(()).unwrap();
    assert_settles(settled).await;
    assert_eq!(fixture.noted(), [[0]]);
}

#[tokio::test]
async fn a_change_that_was_abandoned_before_it_was_sent_has_ended() {
    let executor = executor_of(1, 0, SHORT);
    let (go_on, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    // A read occupies the connection. `settled` waits for the change only.
    let slow = executor.read(move |_| {
        let _ = wait.lock().unwrap().recv();
        Ok(())
    });
    assert!(slow.await.is_err());
    let (_, receiver) = mpsc::channel();
    let statement = Noting {
        batches: Arc::default(),
        go_on: Mutex::new(receiver),
        has_lost: AtomicBool::new(false),
    };
    let batches = Batches::of_changes(&executor, statement);
    assert!(batches.submit(numbered(1)).await.is_err());
    let settled = tokio::time::timeout(Duration::ZERO, executor.settled());
    settled.await.expect("nothing is under way");
    go_on.send(()).unwrap();
}

#[tokio::test]
async fn a_request_that_must_be_sent_alone_is_sent_before_later_requests() {
    let fixture = Fixture::changes();
    let requests = [
        of_user(7, numbered(1)),
        of_user(8, faulty(2, Effect::GoesAlone)),
        of_user(9, numbered(3)),
        of_user(8, numbered(4)),
    ];
    let answers = fixture.together(&requests).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers, [1, 2, 3, 4]);
    let expected = [vec![0], vec![1, 2, 3], vec![2], vec![4]];
    assert_eq!(fixture.noted(), expected);
}

/// Changes on several connections, of which a request that waits for a lock uses one.
fn changes_beside_a_lock() -> Fixture {
    changes_beside(1)
}

/// Changes on eight connections: one batch at a time, and beside it so many that wait.
fn changes_beside(of_waiting: usize) -> Fixture {
    let limits = MostBatches {
        of_reads: 1,
        of_changes: 1,
        of_waiting,
        another: Another::AT_ONCE,
    };
    let executor = executor_of(8, 0, LONG).with_most_batches(limits);
    Fixture::on(executor, Batches::of_changes)
}

fn of_user(user: u128, request: Numbered) -> Numbered {
    Numbered {
        user: Some(user),
        ..request
    }
}

#[tokio::test]
async fn a_change_that_waits_for_a_lock_delays_changes_of_the_same_user_only() {
    let fixture = changes_beside_a_lock();
    let stuck = fixture.submit(of_user(7, faulty(0, Effect::GoesAlone)));
    while fixture.noted().len() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let later = fixture.submit(of_user(7, numbered(1)));
    tokio::task::yield_now().await;
    let of_another = fixture.batches.submit(of_user(8, numbered(2)));
    assert_eq!(of_another.await.unwrap(), 2);
    assert_eq!(fixture.noted(), [[0], [0], [2]]);
    fixture.go_on.send(()).unwrap();
    assert_eq!(stuck.await.unwrap().unwrap(), 0);
    assert_eq!(later.await.unwrap().unwrap(), 1);
    assert_eq!(fixture.noted(), [[0], [0], [2], [1]]);
    assert_settles(fixture.executor.settled()).await;
}

#[tokio::test]
async fn changes_of_one_batch_that_wait_for_locks_do_not_wait_for_each_other() {
    let fixture = changes_beside(2);
    let first = fixture.occupy().await;
    let both = [0, 1].map(|number| faulty(number, Effect::GoesAlone));
    let [stuck, other] = fixture.submit_all(&both).await.try_into().unwrap();
    fixture.go_on.send(()).unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(other.await.unwrap().unwrap(), 1);
    assert!(!stuck.is_finished());
    fixture.go_on.send(()).unwrap();
    assert_eq!(stuck.await.unwrap().unwrap(), 0);
    assert_eq!(fixture.noted()[..2], [vec![0], vec![0, 1]]);
    assert_settles(fixture.executor.settled()).await;
}

#[tokio::test]
async fn a_change_is_sent_beside_a_batch_that_is_stuck() {
    let fixture = changes_beside(2);
    let stuck = fixture.occupy().await;
    for number in [1, 2] {
        let answer = fixture.batches.submit(numbered(number)).await;
        assert_eq!(answer.unwrap(), number);
    }
    assert!(!stuck.is_finished());
    fixture.go_on.send(()).unwrap();
    assert_eq!(stuck.await.unwrap().unwrap(), 0);
    assert_eq!(fixture.noted(), [[0], [1], [2]]);
    assert_settles(fixture.executor.settled()).await;
}

#[tokio::test]
async fn a_change_abandoned_while_its_batch_is_in_progress_is_not_sent_again() {
    let fixture = changes_beside_a_lock();
    let first = fixture.occupy().await;
    let requests = [
        of_user(7, faulty(1, Effect::GoesAlone)),
        // Blocks the batch.
        numbered(0),
    ];
    let [abandoned, blocking] = fixture.submit_all(&requests).await.try_into().unwrap();
    fixture.go_on.send(()).unwrap();
    first.await.unwrap().unwrap();
    while fixture.noted().len() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    abandoned.abort();
    assert!(abandoned.await.unwrap_err().is_cancelled());
    fixture.go_on.send(()).unwrap();
    assert_eq!(blocking.await.unwrap().unwrap(), 0);
    let later = fixture.batches.submit(of_user(7, numbered(2)));
    assert_eq!(later.await.unwrap(), 2);
    assert_eq!(fixture.noted(), [vec![0], vec![1, 0], vec![2]]);
    assert_settles(fixture.executor.settled()).await;
}

#[tokio::test]
async fn a_change_does_not_wait_for_an_abandoned_one_of_the_same_user() {
    let fixture = changes_beside_a_lock();
    let stuck = fixture.submit(of_user(7, faulty(0, Effect::GoesAlone)));
    // Waits behind the first to be sent alone.
    let abandoned = fixture.submit(of_user(8, faulty(1, Effect::GoesAlone)));
    while fixture.noted().len() < 3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let later = fixture.submit(of_user(8, numbered(2)));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!later.is_finished());
    abandoned.abort();
    assert_eq!(later.await.unwrap().unwrap(), 2);
    fixture.go_on.send(()).unwrap();
    assert_eq!(stuck.await.unwrap().unwrap(), 0);
    assert_settles(fixture.executor.settled()).await;
}
