//! Follows the tracing spans of some work: somebody may watch the phase that it is in, and see where the time went.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

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

use super::timings::{Timing, Tree};

/// Who watches phases.
pub trait Watch: Send + Sync + 'static {
    /// A phase begins, or goes on.
    fn begin(&self, label: &str);

    /// A phase is over, or stops for a while. Its path has the labels of all that it is in, and its own.
    fn end(&self, path: &str);
}

/// The phases of some work.
#[derive(Debug)]
pub struct Phases<W> {
    tree: Arc<Mutex<Tree>>,
    watch: Arc<W>,
}

impl<W> Clone for Phases<W> {
    fn clone(&self) -> Self {
        Self { tree: Arc::clone(&self.tree), watch: Arc::clone(&self.watch) }
    }
}

/// What is kept with a span.
struct Phase {
    node: usize,
    label: String,
    path: String,
    entered: Option<Instant>,
}

impl<W: Watch> Phases<W> {
    /// The phases that somebody watches.
    #[must_use]
    pub fn new(watch: Arc<W>) -> Self {
        Self { tree: Arc::default(), watch }
    }

    /// Follows spans, where it is the subscriber of them.
    pub fn subscriber(&self) -> impl Subscriber + Send + Sync + use<W> {
        Registry::default().with(LevelFilter::INFO).with(self.clone())
    }

    /// Where the time went.
    #[must_use]
    pub fn timings(&self) -> Vec<Timing> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner).timings()
    }
}

impl<W: Watch, S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Phases<W> {
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
        let label = span.extensions_mut().get_mut::<Phase>().map(|phase| {
            phase.entered = Some(Instant::now());
            phase.label.clone()
        });
        // No lock is held: who watches may end the work here.
        drop(span);
        label.iter().for_each(|label| self.watch.begin(label));
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(phase) = extensions.get_mut::<Phase>() else { return };
        if let Some(entered) = phase.entered.take() {
            self.tree.lock().unwrap_or_else(PoisonError::into_inner).add(phase.node, entered.elapsed());
            self.watch.end(&phase.path);
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
