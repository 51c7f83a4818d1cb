//! Which requests are sent together, and the effect of one request's failure on the others of its batch.

mod faults;
mod limits;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use diesel::SqliteConnection;
use diesel::result::Error;
use uuid::Uuid;

use super::*;
use crate::executor::tests::{
    InMemory, LONG, SHORT, assert_settles, assert_unsettled, executor_of, lost,
};

/// What a request does to its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Succeeds,
    /// Fails every batch that it is in.
    Poisons,
    /// Loses the connection, once.
    LosesConnection,
    Panics,
    /// Must be sent alone.
    GoesAlone,
}

/// A request that is identified by a number.
#[derive(Debug, Clone, Copy)]
struct Numbered {
    number: u32,
    user: Option<u128>,
    weight: usize,
    effect: Effect,
}

fn numbered(number: u32) -> Numbered {
    Numbered {
        number,
        user: None,
        weight: 1,
        effect: Effect::Succeeds,
    }
}

/// Records the batches. The request with the number 0 blocks until the test sends a signal.
struct Noting {
    batches: Arc<Mutex<Vec<Vec<u32>>>>,
    go_on: Mutex<mpsc::Receiver<()>>,
    has_lost: AtomicBool,
}

impl Noting {
    fn wait_if_blocking(&self, number: u32) {
        if number == 0 {
            let _ = self.go_on.lock().unwrap().recv();
        }
    }
}

impl Statement<SqliteConnection> for Noting {
    type Request = Numbered;
    type Answer = u32;

    const NAME: &'static str = "tests";
    const MOST: usize = 10;

    fn weight(request: &Numbered) -> usize {
        request.weight
    }

    fn key(request: &Numbered) -> Option<UserId> {
        let user = request.user?;
        Some(UserId::from_uuid(Uuid::from_u128(user)))
    }

    fn run(&self, _: &mut SqliteConnection, requests: &[&Numbered]) -> QueryResult<Answers<u32>> {
        let numbers = requests.iter().map(|request| request.number).collect();
        self.batches.lock().unwrap().push(numbers);
        for request in requests {
            match request.effect {
                Effect::Succeeds => self.wait_if_blocking(request.number),
                Effect::GoesAlone => {}
                Effect::Poisons => return Err(Error::NotFound),
                Effect::LosesConnection if self.has_lost.swap(true, Ordering::Relaxed) => {}
                Effect::LosesConnection => return Err(lost()),
                Effect::Panics => panic!("on purpose"),
            }
        }
        let answer = |request: &&Numbered| match request.effect {
            Effect::GoesAlone => None,
            _ => Some(Ok(request.number)),
        };
        Ok(requests.iter().map(answer).collect())
    }

    fn run_alone(&self, _: &mut SqliteConnection, request: &Numbered) -> QueryResult<u32> {
        self.batches.lock().unwrap().push(vec![request.number]);
        self.wait_if_blocking(request.number);
        Ok(request.number)
    }
}

/// Batches on one connection, and the recorded batches.
struct Fixture {
    executor: Executor<InMemory>,
    batches: Batches<InMemory, Noting>,
    noted: Arc<Mutex<Vec<Vec<u32>>>>,
    go_on: mpsc::Sender<()>,
}

impl Fixture {
    fn reads() -> Self {
        Self::new(LONG, Batches::of_reads)
    }

    fn changes() -> Self {
        Self::new(LONG, Batches::of_changes)
    }

    fn new(
        timeout: Duration,
        make: fn(&Executor<InMemory>, Noting) -> Batches<InMemory, Noting>,
    ) -> Self {
        Self::on(executor_of(1, 0, timeout), make)
    }

    fn on(
        executor: Executor<InMemory>,
        make: fn(&Executor<InMemory>, Noting) -> Batches<InMemory, Noting>,
    ) -> Self {
        let (go_on, receiver) = mpsc::channel();
        let noted = Arc::default();
        let statement = Noting {
            batches: Arc::clone(&noted),
            go_on: Mutex::new(receiver),
            has_lost: AtomicBool::new(false),
        };
        Self {
            batches: make(&executor, statement),
            executor,
            noted,
            go_on,
        }
    }

    /// Occupies the connection, submits these requests, and then releases the connection. Returns the result of each.
    async fn together(&self, requests: &[Numbered]) -> Vec<Result<u32, StoreError>> {
        let first = self.occupy().await;
        let waiting = self.submit_all(requests).await;
        self.go_on.send(()).unwrap();
        first.await.unwrap().unwrap();
        let mut answers = Vec::new();
        for answer in waiting {
            answers.push(answer.await.unwrap());
        }
        answers
    }

    /// Occupies the connection until the test sends a signal.
    async fn occupy(&self) -> tokio::task::JoinHandle<Result<u32, StoreError>> {
        let before = self.noted().len();
        let first = self.submit(numbered(0));
        while self.noted().len() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        first
    }

    async fn submit_all(
        &self,
        requests: &[Numbered],
    ) -> Vec<tokio::task::JoinHandle<Result<u32, StoreError>>> {
        let mut waiting = Vec::new();
        for request in requests {
            waiting.push(self.submit(*request));
            // So that the requests are queued in this order.
            tokio::task::yield_now().await;
        }
        waiting
    }

    fn submit(&self, request: Numbered) -> tokio::task::JoinHandle<Result<u32, StoreError>> {
        let batches = self.batches.clone();
        tokio::spawn(async move { batches.submit(request).await })
    }

    fn noted(&self) -> Vec<Vec<u32>> {
        self.noted.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_single_request_is_sent_at_once_and_alone() {
    let fixture = Fixture::reads();
    assert_eq!(fixture.batches.submit(numbered(1)).await.unwrap(), 1);
    assert_eq!(fixture.batches.submit(numbered(2)).await.unwrap(), 2);
    assert_eq!(fixture.noted(), [[1], [2]]);
}

#[tokio::test]
async fn waiting_requests_are_sent_together_and_each_gets_its_own_answer() {
    for fixture in [Fixture::reads(), Fixture::changes()] {
        let answers = fixture.together(&[1, 2, 3, 4].map(numbered)).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, [1, 2, 3, 4]);
        assert_eq!(fixture.noted(), [vec![0], vec![1, 2, 3, 4]]);
    }
}

#[tokio::test]
async fn changes_of_one_user_are_executed_in_their_order() {
    let fixture = Fixture::changes();
    let users = [(1, 7), (2, 7), (3, 8), (4, 7), (5, 8)];
    let requests = users.map(|(number, user)| Numbered {
        user: Some(user),
        ..numbered(number)
    });
    fixture.together(&requests).await;
    assert_eq!(fixture.noted(), [vec![0], vec![1, 3], vec![2, 5], vec![4]]);
}

#[tokio::test]
async fn an_abandoned_request_is_not_sent_and_the_others_are() {
    let fixture = Fixture::changes();
    let first = fixture.occupy().await;
    let waiting = fixture.submit_all(&[1, 2, 3].map(numbered)).await;
    waiting[1].abort();
    tokio::task::yield_now().await;
    fixture.go_on.send(()).unwrap();
    first.await.unwrap().unwrap();
    for (place, answer) in waiting.into_iter().enumerate() {
        assert_eq!(answer.await.is_ok(), place != 1);
    }
    assert_eq!(fixture.noted(), [vec![0], vec![1, 3]]);
}

#[tokio::test]
async fn each_caller_waits_no_longer_than_the_timeout() {
    let fixture = Fixture::new(SHORT, Batches::of_changes);
    let first = fixture.occupy().await;
    for request in [first, fixture.submit(numbered(1))] {
        let error = request.await.unwrap().unwrap_err();
        assert!(error.to_string().contains("timeout"), "{error}");
    }
    fixture.go_on.send(()).unwrap();
    let answer = fixture.batches.submit(numbered(2));
    assert_eq!(answer.await.unwrap(), 2);
    assert_eq!(fixture.noted(), [[0], [2]]);
}

#[tokio::test]
async fn consecutive_batches_do_not_delay_other_work_on_the_same_connections() {
    let fixture = Fixture::reads();
    let first = fixture.occupy().await;
    let heavy = |number| Numbered {
        weight: 10,
        ..numbered(number)
    };
    let waiting = fixture.submit_all(&[1, 2, 3].map(heavy)).await;
    let noted = Arc::clone(&fixture.noted);
    let executor = fixture.executor.clone();
    let other = tokio::spawn(async move {
        let count = move |_: &mut SqliteConnection| Ok(noted.lock().unwrap().len());
        executor.read(count).await
    });
    tokio::task::yield_now().await;
    fixture.go_on.send(()).unwrap();
    // After the batch that was in progress when it was submitted.
    assert_eq!(other.await.unwrap().unwrap(), 1);
    first.await.unwrap().unwrap();
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
}

#[test]
fn a_runtime_that_ends_does_not_end_requests_of_another_runtime() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().build().unwrap()
    };
    let (fixture, here, there) = (Fixture::reads(), runtime(), runtime());
    let (go_on, wait) = mpsc::channel::<()>();
    here.block_on(async {
        let executor = fixture.executor.clone();
        tokio::spawn(async move { executor.write(move |_| Ok(wait.recv())).await });
        tokio::task::yield_now().await;
    });
    there.block_on(async {
        drop(fixture.submit(numbered(1)));
        tokio::task::yield_now().await;
    });
    let second = {
        let _here = here.enter();
        fixture.submit(numbered(2))
    };
    here.block_on(tokio::task::yield_now());
    // The runner that waits for the connection runs on this runtime.
    drop(there);
    go_on.send(()).unwrap();
    assert_eq!(here.block_on(second).unwrap().unwrap(), 2);
    assert_eq!(fixture.noted(), [[2]]);
}

#[tokio::test]
async fn many_requests_at_once_are_all_answered() {
    let executor = executor_of(2, 0, LONG);
    let statement = |go_on| Noting {
        batches: Arc::default(),
        go_on: Mutex::new(go_on),
        has_lost: AtomicBool::new(false),
    };
    let (_, first) = mpsc::channel();
    let (_, second) = mpsc::channel();
    let reads = Batches::of_reads(&executor, statement(first));
    let changes = Batches::of_changes(&executor, statement(second));
    let callers = (1..=400).map(|number| {
        let (reads, changes) = (reads.clone(), changes.clone());
        tokio::spawn(async move {
            for _ in 0..20 {
                let user = Some(u128::from(number % 7));
                let change = Numbered {
                    user,
                    ..numbered(number)
                };
                assert_eq!(changes.submit(change).await.unwrap(), number);
                assert_eq!(reads.submit(numbered(number)).await.unwrap(), number);
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    assert_settles(executor.settled()).await;
}
