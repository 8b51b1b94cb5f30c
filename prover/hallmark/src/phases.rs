//! Follows the tracing spans of a run: a person sees the phase it is in, and may see where the time went.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::{LookupSpan, Registry},
};

use super::{
    forecast::{Forecast, Shares},
    timings::Tree,
};
use hallmark_reports::bench::Timing;

/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// The phases of a run.
#[derive(Clone)]
pub(super) struct Phases {
    tree: Arc<Mutex<Tree>>,
    forecast: Arc<Mutex<Forecast>>,
    spinner: ProgressBar,
}

/// What is kept with a span.
struct Phase {
    node: usize,
    label: String,
    /// The labels of all that it is in, and its own.
    path: String,
    entered: Option<Instant>,
}

impl Phases {
    /// Starts to follow the process's spans. Progress goes to standard error where that is a terminal.
    pub(super) fn start(progress: bool, shares: Shares) -> Self {
        let target = if progress { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let forecast = Arc::new(Mutex::new(Forecast::new(shares)));
        let spinner = ProgressBar::with_draw_target(None, target).with_style(style(&forecast));
        let phases = Self { tree: Arc::default(), forecast, spinner };
        let subscriber = Registry::default().with(LevelFilter::INFO).with(phases.clone());
        // Fails where another subscriber is there already, which then follows the spans instead.
        if tracing::subscriber::set_global_default(subscriber).is_ok() && !phases.spinner.is_hidden() {
            phases.spinner.enable_steady_tick(TICK);
        }
        phases
    }

    /// Takes the spinner away.
    pub(super) fn finish(&self) {
        self.spinner.finish_and_clear();
    }

    /// Where the time went.
    pub(super) fn timings(&self) -> Vec<Timing> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner).timings()
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

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Phases {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut label = Label(span.name().replace('_', " "));
        attributes.record(&mut label);
        let known = |parent: &Phase| (parent.node, format!("{}/{}", parent.path, label.0));
        let parent = span.parent().and_then(|parent| parent.extensions().get::<Phase>().map(known));
        let (parent, path) = parent.map_or_else(|| (None, label.0.clone()), |(node, path)| (Some(node), path));
        let node = self.tree.lock().unwrap_or_else(PoisonError::into_inner).node(parent, &label.0);
        span.extensions_mut().insert(Phase { node, label: label.0, path, entered: None });
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(phase) = span.extensions_mut().get_mut::<Phase>() {
            phase.entered = Some(Instant::now());
            self.spinner.set_message(phase.label.clone());
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(phase) = extensions.get_mut::<Phase>() else { return };
        if let Some(entered) = phase.entered.take() {
            self.tree.lock().unwrap_or_else(PoisonError::into_inner).add(phase.node, entered.elapsed());
            self.forecast.lock().unwrap_or_else(PoisonError::into_inner).finish(&phase.path);
        }
    }
}

/// A span's name with its fields.
struct Label(String);

impl Visit for Label {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string does not fail.
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}
