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

#[tokio::test]
async fn a_thread_that_was_busy_waits_for_the_answer_once_more() {
    let link = connected().await;
    let busy = |_| async {
        std::thread::sleep(CommandKind::Change.timeout() * 2);
        sleep(Duration::from_millis(5)).await;
        Ok(())
    };
    assert_eq!(
        link.answer(CommandKind::Change, "a key", busy).await,
        Ok(())
    );
    assert!(link.server().is_some());
}

/// The number that Redis has given to the connection over which commands of this kind go. Counts and reads, which may be too
/// slow on a busy machine, are repeated.
async fn connection_of(link: &RedisLink, kind: CommandKind) -> u64 {
    let id = redis::cmd("CLIENT").arg("ID").take();
    loop {
        if let Ok(number) = link.ask(kind, "a key", &id).await {
            return number;
        }
        assert!(link.server().is_some(), "the session was given up");
        sleep(BACKOFF).await;
    }
}

/// The number of this thread's own connection, once there is another than `before`.
async fn own_connection_after(link: &RedisLink, before: Option<u64>) -> u64 {
    let session = link.session.load_full().unwrap();
    let mut of_session = session.connections.of_key("a key").unwrap();
    let id = redis::cmd("CLIENT").arg("ID").take();
    let of_session: u64 = id.query_async(&mut of_session).await.unwrap();
    let other = async {
        loop {
            let found = connection_of(link, CommandKind::Change).await;
            if found != of_session && Some(found) != before {
                return found;
            }
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONGEST_WAIT * 10, other).await.unwrap()
}

#[tokio::test]
async fn commands_of_every_kind_go_over_the_connection_of_their_thread() {
    let link = connected().await;
    let own = own_connection_after(&link, None).await;
    for kind in [CommandKind::Read, CommandKind::Count, CommandKind::Change] {
        assert_eq!(connection_of(&link, kind).await, own, "{kind:?}");
    }
}

#[tokio::test]
async fn a_connection_of_a_thread_that_redis_has_closed_is_replaced() {
    let link = connected().await;
    let own = own_connection_after(&link, None).await;
    let session = link.session.load_full().unwrap();
    let mut kill = redis::cmd("CLIENT");
    kill.arg("KILL").arg("ID").arg(own);
    let mut of_session = session.connections.of_key("a key").unwrap();
    let killed: u64 = kill.query_async(&mut of_session).await.unwrap();
    assert_eq!(killed, 1);
    sleep(own_connection::TEST_EVERY * 2).await;
    own_connection_after(&link, Some(own)).await;
    let present = link.session.load_full().unwrap();
    assert!(Arc::ptr_eq(&present, &session));
}

#[tokio::test]
async fn a_session_that_has_ended_leaves_no_connection_of_a_thread() {
    let link = connected().await;
    let own = own_connection_after(&link, None).await;
    let session = Arc::downgrade(&link.session.swap(None).unwrap());
    let another = link.connect().await.unwrap();
    let is_open = async || {
        let mut list = redis::cmd("CLIENT");
        list.arg("LIST").arg("ID").arg(own);
        let mut connection = another.connections.of_key("a key").unwrap();
        let found: String = list.query_async(&mut connection).await.unwrap();
        !found.is_empty()
    };
    assert!(is_open().await);
    let ended = async {
        while session.strong_count() > 0 || is_open().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(own_connection::TEST_EVERY * 10, ended)
        .await
        .unwrap();
}
