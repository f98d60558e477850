//! Hears everything that is logged, so that a law can look for what must never be there.

use std::{
    collections::VecDeque,
    fmt::{self, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// A `tracing` subscriber that keeps what is logged, spans' fields too. Clones hear the same.
#[derive(Clone, Default)]
pub struct Recorder {
    lines: Arc<Mutex<VecDeque<String>>>,
    spans: Arc<AtomicU64>,
}

/// Older lines are forgotten.
const LINES: usize = 200_000;

impl Recorder {
    /// Starts to hear this process. `None` where somebody else hears it already.
    pub fn install() -> Option<Recorder> {
        let recorder = Recorder::default();
        tracing::subscriber::set_global_default(recorder.clone()).ok()?;
        Some(recorder)
    }

    /// The first line that holds the text.
    pub fn line_with(&self, text: &str) -> Option<String> {
        self.lines().iter().find(|line| line.contains(text)).cloned()
    }

    /// How many lines there are.
    pub fn heard(&self) -> usize {
        self.lines().len()
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, VecDeque<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, line: String) {
        let mut lines = self.lines();
        if lines.len() >= LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Other crates' chatter at the lowest level is theirs; what they log above it is heard.
        metadata.target().starts_with("crosswalk") || *metadata.level() < tracing::Level::DEBUG
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut line = Line(attributes.metadata().name().to_owned());
        attributes.record(&mut line);
        self.keep(line.0);
        span::Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        self.keep(line.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        self.keep(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("heard", &self.heard()).finish()
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_messages_and_spans_are_heard() {
        let recorder = Recorder::default();
        tracing::subscriber::with_default(recorder.clone(), || {
            let span = tracing::info_span!("outer", connection = "shop");
            span.in_scope(|| tracing::warn!(user = "4711", "something about {}", "the-word"));
        });
        assert!(recorder.line_with("the-word").is_some() && recorder.line_with("4711").is_some());
        assert!(recorder.line_with("shop").is_some() && recorder.line_with("nothing").is_none());
    }
}
