//! Where requests whose token names an unknown key ask for newer keys, all of them together at most once
//! a minute: whoever makes names of keys up costs nobody more than that.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use privet_http::identity::{Asking, NewerKeys};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

/// How long after one question the next is passed on.
const PAUSE: Duration = Duration::from_mins(1);
/// How long a request waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Takes questions from all threads, and passes them on one at a time.
#[derive(Default)]
pub struct RefreshDesk {
    question: Mutex<Question>,
    wanted: Notify,
    answered: watch::Sender<()>,
}

#[derive(Default)]
struct Question {
    passed_on: Option<Instant>,
    is_open: bool,
}

impl RefreshDesk {
    /// Waits until somebody wants newer keys.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// Says that the keys are as new as can be.
    pub fn answer(&self) {
        self.with_question(|question| question.is_open = false);
        self.answered.send_replace(());
    }

    /// Whether an answer is worth waiting for.
    fn pass_on(&self) -> bool {
        let now = Instant::now();
        let is_new = self.with_question(|question| {
            let is_early = question.passed_on.is_some_and(|last| now - last < PAUSE);
            if question.is_open || is_early {
                return Err(question.is_open);
            }
            question.is_open = true;
            question.passed_on = Some(now);
            Ok(())
        });
        match is_new {
            Ok(()) => {
                self.wanted.notify_one();
                true
            }
            Err(is_open) => is_open,
        }
    }

    fn with_question<R>(&self, work: impl FnOnce(&mut Question) -> R) -> R {
        let question = self.question.lock();
        work(&mut question.unwrap_or_else(PoisonError::into_inner))
    }
}

impl NewerKeys for RefreshDesk {
    fn ask(&self) -> Asking<'_> {
        Box::pin(async {
            // Before the question, so that the answer cannot come in between.
            let mut answered = self.answered.subscribe();
            if self.pass_on() {
                let _ = timeout(PATIENCE, answered.changed()).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::{advance, sleep};

    use super::*;

    /// A desk behind which somebody takes that long for each answer, and counts the questions.
    fn desk(delay: Duration) -> (Arc<RefreshDesk>, Arc<AtomicU32>) {
        let (desk, questions) = (
            Arc::new(RefreshDesk::default()),
            Arc::new(AtomicU32::new(0)),
        );
        let (behind, counted) = (Arc::clone(&desk), Arc::clone(&questions));
        tokio::spawn(async move {
            loop {
                behind.wanted().await;
                counted.fetch_add(1, Ordering::Relaxed);
                sleep(delay).await;
                behind.answer();
            }
        });
        (desk, questions)
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_is_passed_on_once_a_minute_at_most() {
        let (desk, questions) = desk(Duration::from_millis(100));
        for minute in 1..=3 {
            for _ in 0..1_000 {
                desk.ask().await;
            }
            assert_eq!(questions.load(Ordering::Relaxed), minute);
            advance(Duration::from_secs(59)).await;
            desk.ask().await;
            assert_eq!(questions.load(Ordering::Relaxed), minute);
            advance(Duration::from_secs(1)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_at_once_share_one_answer() {
        let (desk, questions) = desk(Duration::from_millis(100));
        let begun = Instant::now();
        let asking = (0..1_000).map(|_| {
            let desk = Arc::clone(&desk);
            tokio::spawn(async move { desk.ask().await })
        });
        for asked in asking.collect::<Vec<_>>() {
            asked.await.unwrap();
        }
        assert_eq!(questions.load(Ordering::Relaxed), 1);
        assert!(begun.elapsed() < Duration::from_millis(200));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_not_waited_for_any_longer_than_two_seconds() {
        let (desk, _) = desk(Duration::from_mins(2));
        for _ in 0..2 {
            let begun = Instant::now();
            desk.ask().await;
            assert_eq!(begun.elapsed(), PATIENCE);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn within_the_minute_nobody_waits() {
        let (desk, _) = desk(Duration::from_millis(100));
        desk.ask().await;
        let begun = Instant::now();
        desk.ask().await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
