//! Threads for blocking work, which all HTTP workers share. There is one set for each store.

use std::sync::Arc;

use privet_application::StoreError;
use scheduled_thread_pool::ScheduledThreadPool;
use tokio::runtime::{Builder, Handle, Runtime};

/// Threads that wait for the database, so that HTTP workers do not block. They are started when needed, and end after
/// some idle seconds. Cloning it is cheap.
///
/// The blocking threads of the workers' own runtimes are not used: each thread has a stack and a heap, and more threads
/// than connections are never needed.
#[derive(Clone)]
pub struct Threads(Arc<Running>);

struct Running {
    // Has blocking threads only. No task runs on it.
    runtime: Option<Runtime>,
    handle: Handle,
    housekeeping: Arc<ScheduledThreadPool>,
}

impl Threads {
    /// At most so many threads. One for each connection is enough for work never to wait for a thread.
    pub fn new(most: usize) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread()
            .thread_name("database")
            .max_blocking_threads(most.max(1))
            .build()
            .map_err(StoreError::internal)?;
        let housekeeping = ScheduledThreadPool::builder()
            .num_threads(1)
            .thread_name_pattern("pool")
            .build();
        Ok(Self(Arc::new(Running {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
            housekeeping: Arc::new(housekeeping),
        })))
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.0.handle
    }

    /// The thread for r2d2, which would otherwise start three threads for each pool.
    pub(crate) fn housekeeping(&self) -> Arc<ScheduledThreadPool> {
        Arc::clone(&self.0.housekeeping)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Asynchronous code may drop this, where blocking until the threads end is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
