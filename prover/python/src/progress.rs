//! The phase that some work is in, for whoever asks, and the order to stop.

use std::{
    panic::resume_unwind,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use hallmark_local::{Forecast, Shares, Watch};

/// What ends a thread whose work is to stop.
pub(crate) struct Stopped;

/// The phase that some work is in.
pub(crate) struct Progress {
    state: Mutex<State>,
    stop: AtomicBool,
}

struct State {
    label: String,
    forecast: Forecast,
    /// Whether the phase has changed since somebody asked.
    news: bool,
}

impl Progress {
    pub(crate) fn new(shares: Shares) -> Self {
        let state = State { label: String::new(), forecast: Forecast::new(shares), news: false };
        Self { state: Mutex::new(state), stop: AtomicBool::new(false) }
    }

    /// Ends the work where its next phase would begin. Files are written whole or not at all.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// The phase and the part of the work that is done, if the phase has changed since the last question.
    pub(crate) fn news(&self) -> Option<(String, f64)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = std::mem::take(&mut state.news);
        is_new.then(|| (state.label.clone(), state.forecast.done()))
    }
}

impl Watch for Progress {
    fn begin(&self, label: &str) {
        if self.stop.load(Ordering::Relaxed) && !thread::panicking() {
            // Like a panic, but nobody is told of one.
            resume_unwind(Box::new(Stopped));
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        label.clone_into(&mut state.label);
        state.news = true;
    }

    fn end(&self, path: &str) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).forecast.finish(path);
    }
}
