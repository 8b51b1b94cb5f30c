//! The work that a model takes on one machine: compile, commit, run, prove, verify. No node is asked, and nothing is printed.
//!
//! One file has each kind of work. Its struct says what is wanted, and `run` does it: the result has words for people and an object
//! for programs. The command `hallmark` and the Python package share all of it.
//!
//! ```
//! use hallmark_local::{NewSetup, Overwrite};
//!
//! let folder = tempfile::tempdir()?;
//! let output = Some(folder.path().join("srs.bin"));
//! let setup = NewSetup { insecure: true, log_size: 9, output, overwrite: Overwrite::default() };
//! let outcome = setup.run()?;
//! assert!(outcome.accepted && outcome.json["insecure_setup"] == true);
//! // The file is there now, and is not replaced by surprise.
//! assert!(setup.run().is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::panic, clippy::unreachable, clippy::unimplemented, clippy::todo)
)]

mod array;
mod arrays;
mod commit;
mod compile;
mod data_set;
mod digest;
mod error;
mod evaluate;
mod export_key;
pub mod facts;
mod forecast;
mod given;
mod inspect;
mod keys;
mod kind;
mod needs;
mod outcome;
mod outputs;
mod overwrite;
mod phases;
mod prove;
mod refusal;
mod run;
mod score;
mod setup;
pub mod setups;
mod srs;
mod stack;
mod subject;
mod timings;
mod verify;

pub use array::{Input, InputError, Question, ShapeError};
pub use arrays::{NamesError, Wanted};
pub use commit::Commitment;
pub use compile::{Compilation, Compiled};
pub use data_set::{SetCommitment, SetExport, SetInspection, Truth};
pub use digest::InputDigest;
pub use error::LocalError;
pub use evaluate::Evaluation;
pub use export_key::KeyExport;
pub use forecast::{COMPILE, Forecast, Left, PROVE, PROVE_OFF_CHAIN, SETUP, Shares};
pub use given::Given;
pub use inspect::Inspection;
pub use keys::{Keys, default_file, sized};
pub use kind::Kind;
pub use needs::Needs;
pub use outcome::Outcome;
pub use outputs::{Answer, Named};
pub use overwrite::Overwrite;
pub use phases::{Phases, Watch};
pub use prove::Proving;
pub use refusal::{Refusal, Trusted, check_receipt};
pub use run::Run;
pub use score::{MetricError, MetricName, ScoreVerification, Scoring};
pub use setup::SetupKeys;
pub use srs::{Import, NewSetup, list_setups};
pub use stack::{Answered, Answers, Questions};
pub use subject::Subject;
pub use timings::Timing;
pub use verify::Verification;
