//! Cancels the statements of abandoned reads, whose callers timed out or were dropped. This frees their connections and
//! threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

/// Cancels the current statement of a session.
pub trait StopStatement<S>: Send + Sync + 'static {
    /// Returns whether the request to cancel certainly reached the database. MUST end within a bounded time. MUST NOT
    /// cancel a later statement of the session than the one that is in progress before this returns.
    fn stop(&self, session: S) -> impl Future<Output = bool> + Send;
}

/// For databases whose connector cancels abandoned reads itself, in
/// [`run_unless_abandoned`](super::Connector::run_unless_abandoned).
#[derive(Debug, Clone, Copy)]
pub enum NoStopper {}

impl<S: Send> StopStatement<S> for NoStopper {
    async fn stop(&self, _: S) -> bool {
        match *self {}
    }
}

/// The interval between two requests to cancel. A request that arrives between two statements of a transaction cancels
/// neither.
const PAUSE: Duration = Duration::from_millis(50);

/// The progress of a read.
enum Progress<S> {
    /// No thread has started it.
    Waiting,
    /// A thread runs it in this session.
    Running(S),
    /// A request to cancel its statement is in progress.
    Stopping(S),
    /// It has ended, or it is unknown which statement a request to cancel will reach.
    Over,
}

/// The state of a read that its caller and its thread share.
pub(crate) struct Read<S> {
    is_abandoned: Arc<AtomicBool>,
    progress: Mutex<Progress<S>>,
    stop_ended: Condvar,
}

impl<S: Clone + Send + 'static> Read<S> {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            is_abandoned: Arc::default(),
            progress: Mutex::new(Progress::Waiting),
            stop_ended: Condvar::new(),
        })
    }

    /// Set when the caller gives up.
    pub fn flag(&self) -> &Arc<AtomicBool> {
        &self.is_abandoned
    }

    pub fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::Acquire)
    }

    /// Notes that the read begins in this session.
    pub fn begin(&self, session: S) {
        *self.lock() = Progress::Running(session);
    }

    /// Notes that the read has ended. Blocks while a request to cancel it is in progress, because that must not cancel
    /// the session's next statement. Returns whether the session can be used again.
    pub fn end(&self) -> bool {
        let is_on_its_way = |progress: &mut Progress<S>| matches!(progress, Progress::Stopping(_));
        let waited = self.stop_ended.wait_while(self.lock(), is_on_its_way);
        let mut progress = waited.unwrap_or_else(PoisonError::into_inner);
        let is_usable = matches!(*progress, Progress::Running(_));
        *progress = Progress::Over;
        is_usable
    }

    /// Sends requests to cancel until the read has ended.
    async fn stop(self: Arc<Self>, stopper: Arc<impl StopStatement<S>>) {
        while let Some(session) = self.begin_to_stop() {
            let on_the_way = OnTheWay {
                read: &self,
                has_arrived: false,
            };
            let has_arrived = stopper.stop(session).await;
            on_the_way.end(has_arrived);
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn begin_to_stop(&self) -> Option<S> {
        let mut progress = self.lock();
        let Progress::Running(session) = &*progress else {
            return None;
        };
        let session = session.clone();
        *progress = Progress::Stopping(session.clone());
        Some(session)
    }

    fn lock(&self) -> MutexGuard<'_, Progress<S>> {
        // The state is consistent even if a thread panicked while it held the lock.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request to cancel in progress. It may be dropped with the runtime that it runs on.
struct OnTheWay<'a, S: Clone + Send + 'static> {
    read: &'a Read<S>,
    has_arrived: bool,
}

impl<S: Clone + Send + 'static> OnTheWay<'_, S> {
    fn end(mut self, has_arrived: bool) {
        self.has_arrived = has_arrived;
    }
}

impl<S: Clone + Send + 'static> Drop for OnTheWay<'_, S> {
    fn drop(&mut self) {
        let mut progress = self.read.lock();
        if let Progress::Stopping(session) = &*progress {
            *progress = if self.has_arrived {
                Progress::Running(session.clone())
            } else {
                Progress::Over
            };
        }
        drop(progress);
        self.read.stop_ended.notify_all();
    }
}

/// The caller of a read. The read is abandoned when this is dropped.
pub(crate) struct Caller<S: Clone + Send + 'static, P: StopStatement<S>> {
    read: Arc<Read<S>>,
    stopper: Option<Arc<P>>,
}

impl<S: Clone + Send + 'static, P: StopStatement<S>> Caller<S, P> {
    pub fn new(read: Arc<Read<S>>, stopper: Option<Arc<P>>) -> Self {
        Self { read, stopper }
    }
}

impl<S: Clone + Send + 'static, P: StopStatement<S>> Drop for Caller<S, P> {
    fn drop(&mut self) {
        self.read.is_abandoned.store(true, Ordering::Release);
        if !matches!(*self.read.lock(), Progress::Running(_)) {
            return;
        }
        let stopper = self.stopper.take();
        // If there is no runtime, the process is stopping.
        if let Some((stopper, here)) = stopper.zip(Handle::try_current().ok()) {
            here.spawn(Arc::clone(&self.read).stop(stopper));
        }
    }
}
