//! Where the time of a proof goes: the spans of the prover, added up by name.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tracing::{Subscriber, span};
use tracing_subscriber::{Layer, Registry, layer::Context, prelude::*, registry::LookupSpan};

/// The time of each span.
type Stages = BTreeMap<&'static str, Duration>;

/// Runs something and tells how long each of its spans took.
fn measure(run: impl FnOnce()) -> Stages {
    let stages = Arc::new(Mutex::new(Stages::new()));
    let subscriber = Registry::default().with(Timer(Arc::clone(&stages)));
    tracing::subscriber::with_default(subscriber, run);
    let stages = stages.lock().unwrap_or_else(PoisonError::into_inner);
    stages.clone()
}

/// The time of one span while something runs so many times.
pub fn span_time(span: &str, iterations: u64, mut run: impl FnMut()) -> Duration {
    (0..iterations).map(|_| measure(&mut run).get(span).copied().unwrap_or_default()).sum()
}

struct Timer(Arc<Mutex<Stages>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Timer {
    fn on_enter(&self, id: &span::Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().replace(Instant::now());
        }
    }

    fn on_exit(&self, id: &span::Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let Some(start) = span.extensions().get::<Instant>().copied() else { return };
        let mut stages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *stages.entry(span.name()).or_default() += start.elapsed();
    }
}
