//! Work on several threads, in order of the list.

use std::{
    io,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Calls `work` with each item and the number of a thread, and `done` with each result as it comes. The first error ends it.
///
/// # Errors
/// The first that `work` or `done` returns.
pub fn each<T: Sync, R: Send>(
    jobs: usize,
    items: &[T],
    work: impl Fn(usize, &T) -> io::Result<R> + Sync,
    done: impl FnMut(&T, R) -> io::Result<()> + Send,
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new((done, Ok(())));
    thread::scope(|scope| {
        for thread in 0..jobs.max(1) {
            let (next, done, work) = (&next, &done, &work);
            scope.spawn(move || {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = work(thread, item);
                    let Ok(mut state) = done.lock() else { return };
                    let told = found.and_then(|result| (state.0)(item, result));
                    if let Err(error) = told {
                        state.1 = Err(error);
                        next.store(items.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    done.into_inner().map_err(|_| io::Error::other("a thread panicked"))?.1
}
