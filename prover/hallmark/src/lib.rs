//! The command line: one file for each command. A command returns what it has to say and never prints.

mod amount;
mod answer;
mod array;
mod audit;
mod bench;
mod buy;
mod claim;
mod commit;
mod compile;
mod connection;
mod demo;
mod deploy;
mod digest;
mod error;
mod export_key;
mod inspect;
mod keys;
mod ledger;
mod needs;
mod offer;
mod outcome;
mod phases;
mod pinned;
mod possession;
mod prove;
mod refund;
mod refusal;
mod register;
mod release;
mod request;
mod revenue;
mod run;
mod serve;
mod setup;
mod span;
mod srs;
mod subject;
mod surroundings;
mod timings;
mod verify;

use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, builder::Resettable};

pub use digest::Digest;
pub use error::CliError;
pub use outcome::Outcome;
pub use refusal::{Refusal, check_receipt};

use hallmark_reports::bench::{Measured, Usage};
use phases::Phases;
use surroundings::Surroundings;

const OVERVIEW: &str = "\
The operator compiles, commits and derives keys, once for a model, then proves each inference:

  hallmark srs import ceremony.ptau -o srs.bin
  hallmark compile model.onnx --calibration samples.npy -o m.hallmark
  hallmark commit m.hallmark --srs srs.bin
  hallmark export-key m.hallmark -o m.key
  hallmark setup m.hallmark --srs srs.bin
  hallmark prove m.hallmark --srs srs.bin --input x.npy -o p.proof

The operator publishes m.key and the weight digest. Whoever has them checks an answer:

  hallmark verify p.proof --key m.key --srs srs.bin --digest 0x... --input x.npy

A proof settles: it is zero-knowledge, and a contract can check it too. With `prove --off-chain` it is the argument itself,
which is made sooner but tells of the weights.

On a chain, `hallmark deploy`, `register`, `offer`, `serve` and `release` are for the operator, `buy`, `claim` and `revenue` for who buys
the model's token, `request`, `answer` and `refund` for customers, `audit` for whoever wants to know what is behind all that.

`hallmark demo` shows proving and settling on a bundled model, `hallmark demo --full` all of the above. `hallmark bench` measures
time, memory and gas on this machine. Exit status: 0 done, 1 refused or failed, 2 wrong usage.";

/// Commit to a model's weights and prove its inferences against the digest.
#[derive(Debug, Parser)]
#[command(name = "hallmark", version, after_help = OVERVIEW, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print one JSON object on standard output
    #[arg(long, global = true)]
    json: bool,
    /// Print where the time went, and what memory it took, on standard error; with --json in the object too
    #[arg(long, global = true)]
    timings: bool,
    /// Show no progress
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make or import a structured reference string
    #[command(subcommand)]
    Srs(srs::Command),
    /// Turn an ONNX model into steps of integers
    Compile(compile::Args),
    /// Commit to a model's weights
    Commit(commit::Args),
    /// Write the verifying key, which holds no weights
    ExportKey(export_key::Args),
    /// Derive the keys of a model's settlement
    Setup(setup::Args),
    /// Show a model's or a key's graph, layout, widths and digests
    Inspect(inspect::Args),
    /// Run a model in exact integers, without a proof
    Run(run::Args),
    /// Run a model and prove its answer
    Prove(prove::Args),
    /// Check the proof of an answer
    Verify(verify::Args),
    /// Deploy the verifier, a registry and a market
    Deploy(deploy::Args),
    /// Pin a model in a registry
    Register(register::Args),
    /// Sell a model's token
    Offer(offer::Args),
    /// Pay the proceeds of a sale, as what they depend on is reached
    Release(release::Args),
    /// Answer requests for pay
    Serve(serve::Args),
    /// Buy tokens of a model
    Buy(buy::Args),
    /// Take tokens that were bought, or ether that was earned
    Claim(claim::Args),
    /// Order an answer and pay for it
    Request(request::Args),
    /// Show the answer to a request
    Answer(answer::Args),
    /// Take back what was paid for an answer that did not come, or for a sale that failed
    Refund(refund::Args),
    /// Tell of a token's revenue, and take a holder's share
    Revenue(revenue::Args),
    /// Check all that the contracts claim about a model
    Audit(audit::Args),
    /// Measure this program on this machine, end to end
    Bench(bench::Args),
    /// Settle an answer of a bundled model on an embedded chain, then tell lies
    Demo(demo::Args),
}

impl Cli {
    /// A command line by itself: the variables of the process do not count.
    fn of_line(words: &[&str]) -> Result<Self, clap::Error> {
        Self::from_arg_matches(&without_variables(Self::command()).try_get_matches_from(words)?)
    }
}

fn without_variables(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| argument.env(Resettable::Reset)).mut_subcommands(without_variables)
}

impl Command {
    fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        match self {
            Self::Srs(command) => command.run(),
            Self::Compile(args) => args.run(),
            Self::Commit(args) => args.run(),
            Self::ExportKey(args) => args.run(),
            Self::Setup(args) => args.run(),
            Self::Inspect(args) => args.run(),
            Self::Run(args) => args.run(),
            Self::Prove(args) => args.run(),
            Self::Verify(args) => Ok(args.run()),
            Self::Deploy(args) => args.run(around),
            Self::Register(args) => args.run(around),
            Self::Offer(args) => args.run(around),
            Self::Release(args) => args.run(around),
            Self::Serve(args) => args.run(around),
            Self::Buy(args) => args.run(around),
            Self::Claim(args) => args.run(around),
            Self::Request(args) => args.run(around),
            Self::Answer(args) => args.run(around),
            Self::Refund(args) => args.run(around),
            Self::Revenue(args) => args.run(around),
            Self::Audit(args) => args.run(around),
            Self::Bench(args) => args.run(),
            Self::Demo(args) => args.run(),
        }
    }
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let start = Instant::now();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return outcome::report_usage(&error),
    };
    if let Command::Serve(args) = &cli.command {
        args.start_log();
    }
    let phases = Phases::start(!cli.quiet);
    let result = cli.command.run(&Surroundings::Machine);
    phases.finish();
    let measured = || Measured { usage: Usage::of_process(start), timings: phases.timings() };
    outcome::report(cli.json, cli.timings.then(measured).as_ref(), &result)
}
