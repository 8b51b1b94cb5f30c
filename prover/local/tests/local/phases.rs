//! What is watched of some work: forecasts name phases that there are.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
};

use hallmark_circuits::digest::Digest;
use hallmark_local::{
    COMPILE, Commitment, Overwrite, PROVE, PROVE_OFF_CHAIN, Phases, Proving, SETUP, SetupKeys, Shares, Watch,
};
use tracing::subscriber::with_default;

use crate::Desk;

/// Notes which phases were over.
#[derive(Debug, Default)]
struct Notes(Mutex<HashSet<String>>);

impl Watch for Notes {
    fn begin(&self, _label: &str) {}

    fn end(&self, path: &str) {
        self.0.lock().unwrap().insert(path.to_owned());
    }
}

/// Does some work, and holds its phases against those of its forecast.
fn check(shares: Shares, work: impl FnOnce()) {
    let notes = Arc::new(Notes::default());
    let phases = Phases::new(Arc::clone(&notes));
    with_default(phases.subscriber(), work);
    let seen = notes.0.lock().unwrap();
    for (phase, _) in shares {
        assert!(seen.contains(*phase), "there is no phase {phase:?}: {seen:?}");
    }
    let timings: HashSet<String> =
        phases.timings().iter().flat_map(|timing| timing.flatten()).map(|(path, _)| path).collect();
    assert_eq!(*seen, timings);
}

#[test]
fn forecasts_name_phases_that_there_are() {
    let desk = Desk::new();
    check(COMPILE, || drop(desk.compilation().run().unwrap()));
    std::fs::remove_file(desk.path("m.hallmark")).unwrap();
    desk.commit();
    let (model, srs) = (desk.path("m.hallmark"), desk.path("srs.bin"));
    let overwrite = Overwrite { force: true };
    let keys = SetupKeys { model, srs, output: None, blob: None, overwrite };
    check(SETUP, || drop(keys.run().unwrap()));
    check(PROVE, || drop(proving(&desk, false).run().unwrap()));
    check(PROVE_OFF_CHAIN, || drop(proving(&desk, true).run().unwrap()));
}

fn proving(desk: &Desk, off_chain: bool) -> Proving {
    Proving {
        model: desk.path("m.hallmark"),
        srs: desk.path("srs.bin"),
        questions: desk.question(),
        output: desk.path("p.proof"),
        context: Digest::ZERO,
        off_chain,
        keys: None,
        save_output: Some(desk.path("y.npy")),
        overwrite: Overwrite { force: true },
    }
}

/// Ends the work where it would begin to write.
struct Stop;

impl Watch for Stop {
    fn begin(&self, label: &str) {
        if label == "write" && !thread::panicking() {
            resume_unwind(Box::new("stopped"));
        }
    }

    fn end(&self, _path: &str) {}
}

fn stop(work: impl FnOnce()) {
    let subscriber = Phases::new(Arc::new(Stop)).subscriber();
    let ended = catch_unwind(AssertUnwindSafe(|| with_default(subscriber, work))).unwrap_err();
    assert_eq!(*ended.downcast::<&str>().unwrap(), "stopped");
}

/// Who watches may end the work at any phase. All files are written in the last one.
#[test]
fn work_that_ends_before_it_writes_leaves_no_file() {
    let desk = Desk::new();
    stop(|| drop(desk.compilation().run()));
    assert!(!desk.path("m.hallmark").exists());
    desk.commit();
    let (model, srs) = (desk.path("m.hallmark"), desk.path("srs.bin"));
    let output = Some(desk.path("n.hallmark"));
    let again = Commitment { model, srs, batches: vec![], output, overwrite: Overwrite::default() };
    stop(|| drop(again.run()));
    stop(|| drop(proving(&desk, true).run()));
    let left: Vec<PathBuf> = ["n.hallmark", "p.proof", "y.npy"].map(|name| desk.path(name)).into();
    assert!(left.iter().all(|path| !path.exists()));
}
