//! News of changes in a store, so that nobody has to look all the time.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};

/// Tells that something has changed. Changes that come together are told once.
#[derive(Debug)]
pub struct Changes(watch::Receiver<()>);

impl Changes {
    /// Waits for a change since the last one that this told of, for this long at most.
    pub async fn wait(&mut self, longest: Duration) {
        match timeout(longest, self.0.changed()).await {
            Ok(Ok(())) | Err(_) => {}
            // Nothing changes any more: the time passes all the same.
            Ok(Err(_)) => tokio::time::sleep(longest).await,
        }
    }
}

/// The end that knows of changes.
#[derive(Debug)]
pub(crate) struct Signal(watch::Sender<()>);

impl Default for Signal {
    fn default() -> Self {
        Self(watch::Sender::new(()))
    }
}

impl Signal {
    pub(crate) fn send(&self) {
        self.0.send_replace(());
    }

    pub(crate) fn changes(&self) -> Changes {
        Changes(self.0.subscribe())
    }
}
