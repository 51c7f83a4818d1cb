//! The lifetime of a session and the time limits of commands, with a real Redis.

use tokio::time::sleep;

use super::backoff::BACKOFF;
use super::*;

fn link() -> RedisLink {
    let Ok(url) = std::env::var("TEST_REDIS_URL") else {
        panic!("TEST_REDIS_URL is not set: run the tests with scripts/with-test-services --redis");
    };
    RedisLink::new(&url).unwrap()
}

/// Begins a session without the task that keeps it connected.
async fn connected() -> RedisLink {
    let link = link();
    let session = link.connect().await.unwrap();
    link.session.store(Some(Arc::new(session)));
    link
}

async fn answer_after(
    link: &RedisLink,
    kind: CommandKind,
    time: Duration,
) -> Result<(), Unreachable> {
    let asking = |_| async move {
        sleep(time).await;
        Ok(())
    };
    link.answer(kind, "a key", asking).await
}

#[tokio::test]
async fn a_session_that_was_given_up_does_not_end_the_next() {
    let link = connected().await;
    let first = link.session.load_full().unwrap();
    link.give_up(&first, &"a test");
    let next = Arc::new(link.connect().await.unwrap());
    let staying = timeout(PING_EVERY * 3, link.stay_connected(Arc::clone(&next)));
    let (ended, ()) = tokio::join!(staying, async {
        // A caller that waited for the first session notices late.
        sleep(PING_EVERY).await;
        link.give_up(&first, &"a test");
    });
    assert!(ended.is_err(), "{ended:?}");
    assert!(link.server().is_some());
    link.give_up(&next, &"a test");
    assert_eq!(link.server(), None);
}

#[tokio::test]
async fn a_session_that_is_given_up_ends() {
    let link = connected().await;
    let session = link.session.load_full().unwrap();
    let staying = timeout(
        LONGEST_SILENCE * 4,
        link.stay_connected(Arc::clone(&session)),
    );
    let (ended, ()) = tokio::join!(staying, async {
        sleep(PING_EVERY / 2).await;
        link.give_up(&session, &"a test");
    });
    assert_eq!(ended.as_deref(), Ok("a command failed"));
}

#[tokio::test]
async fn counts_and_reads_have_separate_time_limits_and_pauses() {
    let link = connected().await;
    // Only sleeps advance the time. The pause is measured with another clock.
    time::pause();
    let (slow, at_once) = (CommandKind::Read.timeout() * 3, Duration::ZERO);
    let too_slow = CommandKind::Count.timeout() * 2;
    let goes_on = async |kind, time| answer_after(&link, kind, time).await.is_ok();
    assert!(!goes_on(CommandKind::Read, slow).await);
    assert!(!goes_on(CommandKind::Read, at_once).await);
    assert!(goes_on(CommandKind::Count, slow).await);
    std::thread::sleep(BACKOFF * 2);
    assert!(!goes_on(CommandKind::Count, too_slow).await);
    assert!(!goes_on(CommandKind::Count, at_once).await);
    assert!(goes_on(CommandKind::Read, at_once).await);
    std::thread::sleep(BACKOFF * 2);
    assert!(goes_on(CommandKind::Count, at_once).await);
    // None of this has ended the session.
    assert!(link.server().is_some());
}
