//! Threads for what blocks: one set for a store, whichever HTTP worker asks.

use std::sync::Arc;

use privet_application::StoreError;
use scheduled_thread_pool::ScheduledThreadPool;
use tokio::runtime::{Builder, Handle, Runtime};

/// Threads that wait for a database in place of the HTTP workers. They are started when there is work
/// for them, and end when there has been none for some seconds. Cloning it is cheap.
///
/// Each worker has a runtime with blocking threads of its own; but a thread has a stack and a heap, and
/// there is never more to do than there are connections.
#[derive(Clone)]
pub struct Threads(Arc<Running>);

struct Running {
    // Runs nothing but blocking work: nobody ever polls it.
    runtime: Option<Runtime>,
    handle: Handle,
    housekeeping: Arc<ScheduledThreadPool>,
}

impl Threads {
    /// At most so many threads: one for each connection, so that work never waits for a thread.
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

    /// For r2d2, which would start three threads for each pool else.
    pub(crate) fn housekeeping(&self) -> Arc<ScheduledThreadPool> {
        Arc::clone(&self.0.housekeeping)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Waiting for the threads is not possible where this happens, among asynchronous work.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
