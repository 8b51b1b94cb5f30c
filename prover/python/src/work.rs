//! Work in a thread of its own, while the interpreter's lock is free and signals are heeded.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    process,
    sync::{Arc, Condvar, Mutex, OnceLock, PoisonError},
    thread,
    time::Duration,
};

use hallmark_local::{LocalError, Phases, Shares, Timing};
use pyo3::prelude::*;
use tracing::subscriber::with_default;

use crate::{
    fault::{raise, system},
    progress::Progress,
};

/// How often signals are looked for, and progress is told.
const TICK: Duration = Duration::from_millis(50);
/// The stack of a thread that works: what a program's first thread has on Linux.
const STACK: usize = 8 << 20;
/// The process in which the first work was done.
static PROCESS: OnceLock<u32> = OnceLock::new();

/// What a thread leaves behind.
struct Slot<T> {
    result: Mutex<Option<thread::Result<T>>>,
    ready: Condvar,
}

impl<T> Slot<T> {
    fn put(&self, result: thread::Result<T>) {
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        self.ready.notify_all();
    }

    /// The result, if it comes within a tick.
    fn take(&self) -> Option<thread::Result<T>> {
        let empty = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.ready.wait_timeout_while(empty, TICK, |result| result.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }
}

/// Does some work, and tells `watcher` of its phases.
///
/// A signal, or an exception of the watcher's, ends the work where its next phase would begin.
pub(crate) fn work<T: Send + 'static>(
    py: Python<'_>,
    watcher: Option<&Bound<'_, PyAny>>,
    shares: Shares,
    job: impl FnOnce() -> Result<T, LocalError> + Send + 'static,
) -> PyResult<(T, Vec<Timing>)> {
    if *PROCESS.get_or_init(process::id) != process::id() {
        // The threads that share the work are not in this process.
        return Err(system(
            py,
            "this process was forked from one that had used Hallmark, and can't use it: start processes with \
             multiprocessing.get_context(\"spawn\")",
        ));
    }
    let progress = Arc::new(Progress::new(shares));
    let phases = Phases::new(Arc::clone(&progress));
    let (slot, subscriber) = (Arc::new(Slot { result: Mutex::new(None), ready: Condvar::new() }), phases.subscriber());
    let place = Arc::clone(&slot);
    let body = move || place.put(catch_unwind(AssertUnwindSafe(|| with_default(subscriber, job))));
    let thread = thread::Builder::new().name("hallmark".into()).stack_size(STACK).spawn(body);
    thread.map_err(|error| system(py, &format!("the system gives no thread: {error}")))?;
    let mut fault = None;
    let result = loop {
        if let Some(result) = py.detach(|| slot.take()) {
            break result;
        }
        if fault.is_none() {
            fault = py.check_signals().and_then(|()| tell(watcher, &progress)).err();
            fault.iter().for_each(|_| progress.stop());
        }
    };
    match fault {
        Some(fault) => Err(fault),
        None => match result {
            Ok(Ok(done)) => tell(watcher, &progress).map(|()| (done, phases.timings())),
            Ok(Err(error)) => Err(raise(py, &error)),
            Err(panic) => Err(system(py, &format!("Hallmark has a fault: {}. Please report it", message(&panic)))),
        },
    }
}

/// Tells the watcher of a phase that has begun.
fn tell(watcher: Option<&Bound<'_, PyAny>>, progress: &Progress) -> PyResult<()> {
    match (watcher, progress.news()) {
        (Some(watcher), Some(news)) => watcher.call1(news).map(drop),
        _ => Ok(()),
    }
}

/// The message of a panic.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it says nothing")
}
