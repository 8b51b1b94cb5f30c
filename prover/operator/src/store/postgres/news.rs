//! Changes, as the database tells of them. After a break of the connection, anything may have changed.

use std::{sync::Arc, time::Duration};

use sqlx::{PgPool, postgres::PgListener};
use tokio::task::JoinHandle;

use crate::store::{Changes, Signal, StoreError, Topic};

/// What the functions of the schema notify.
const WORK: &str = "hallmark_work";
const ANSWERS: &str = "hallmark_answers";
/// How long to wait before the database is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// A connection that waits for changes, as long as the value lives.
#[derive(Debug)]
pub(super) struct News {
    signals: Arc<Signals>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Signals {
    work: Signal,
    answers: Signal,
}

impl News {
    pub(super) async fn listen(pool: &PgPool) -> Result<Self, StoreError> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen_all([WORK, ANSWERS]).await?;
        let signals = Arc::new(Signals::default());
        let task = tokio::spawn(follow(listener, Arc::clone(&signals)));
        Ok(Self { signals, task })
    }

    pub(super) fn changes(&self, topic: Topic) -> Changes {
        match topic {
            Topic::Work => self.signals.work.changes(),
            Topic::Answers => self.signals.answers.changes(),
        }
    }
}

impl Drop for News {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(mut listener: PgListener, signals: Arc<Signals>) {
    loop {
        match listener.try_recv().await {
            Ok(Some(news)) if news.channel() == WORK => signals.work.send(),
            Ok(Some(_)) => signals.answers.send(),
            Ok(None) => {
                signals.work.send();
                signals.answers.send();
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
