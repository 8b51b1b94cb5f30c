//! What a person at a terminal sees of a command that is at work: its phase, and the time.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hallmark_local::{Forecast, Phases, Shares, Watch};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// A spinner on standard error.
#[derive(Debug)]
pub(super) struct Screen {
    forecast: Arc<Mutex<Forecast>>,
    spinner: ProgressBar,
}

impl Screen {
    /// Starts to follow the process's spans. Progress goes to standard error where that is a terminal.
    pub(super) fn start(progress: bool, shares: Shares) -> (Arc<Self>, Phases<Self>) {
        let target = if progress { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let forecast = Arc::new(Mutex::new(Forecast::new(shares)));
        let spinner = ProgressBar::with_draw_target(None, target).with_style(style(&forecast));
        let screen = Arc::new(Self { forecast, spinner });
        let phases = Phases::new(Arc::clone(&screen));
        // Fails where another subscriber is there already, which then follows the spans instead.
        if tracing::subscriber::set_global_default(phases.subscriber()).is_ok() && !screen.spinner.is_hidden() {
            screen.spinner.enable_steady_tick(TICK);
        }
        (screen, phases)
    }

    /// Takes the spinner away.
    pub(super) fn finish(&self) {
        self.spinner.finish_and_clear();
    }
}

impl Watch for Screen {
    fn begin(&self, label: &str) {
        self.spinner.set_message(label.to_owned());
    }

    fn end(&self, path: &str) {
        self.forecast.lock().unwrap_or_else(PoisonError::into_inner).finish(path);
    }
}

/// A spinner, the phase, the time since the start, and what is left of it where that is known.
fn style(forecast: &Arc<Mutex<Forecast>>) -> ProgressStyle {
    let forecast = Arc::clone(forecast);
    let left = move |state: &ProgressState, text: &mut dyn Write| {
        let left = forecast.lock().unwrap_or_else(PoisonError::into_inner).left(state.elapsed());
        // A terminal that can't be written to shows nothing.
        let _ = write!(text, "{left}");
    };
    let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed}{left})");
    style.unwrap_or_else(|_| ProgressStyle::default_spinner()).with_key("left", left)
}
