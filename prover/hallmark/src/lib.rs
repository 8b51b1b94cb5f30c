//! The command line: one file for each command. A command returns what it has to say and never prints.
#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::panic, clippy::unreachable, clippy::unimplemented, clippy::todo)
)]

mod address;
mod amount;
mod answer;
mod audit;
mod batch_keys;
mod bench;
mod buy;
mod claim;
mod commit;
mod compile;
mod completions;
mod connection;
mod dataset;
mod delivered;
mod demo;
mod deploy;
mod digest;
mod doctor;
mod error;
mod evaluate;
mod export_key;
mod gas_cap;
mod inspect;
mod kind;
mod ledger;
mod man;
mod mint;
mod models;
mod next;
mod offer;
mod offering;
mod operators;
mod outcome;
mod overwrite;
mod pinned;
mod possession;
mod prove;
mod question;
mod queue;
mod reference;
mod refund;
mod register;
mod rehearsal;
mod release;
mod request;
mod revenue;
mod run;
mod score;
mod screen;
mod serve;
mod served;
mod settings;
mod setup;
mod setups;
mod span;
mod srs;
mod status;
mod step;
mod surroundings;
mod tranche;
mod trust;
mod verify;
mod verify_score;
mod version;
mod work;

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal},
    process::ExitCode,
    time::Instant,
};

use clap::{Arg, CommandFactory, FromArgMatches, Parser, Subcommand, builder::Resettable};

pub use error::CliError;
pub use gas_cap::Excess;
pub use hallmark_circuits::digest::Digest;
pub use hallmark_local::Outcome;
pub use kind::Kind;
pub use settings::{SettingsFault, parse_settings};
pub use status::Status;

use hallmark_local::{COMPILE, PROVE, PROVE_OFF_CHAIN, SETUP, Shares};
use hallmark_reports::bench::{Measured, Usage};
use outcome::Say;
use screen::Screen;
use settings::{Completed, Settings};
use status::LEGEND;
use surroundings::Surroundings;

/// What arguments that are addresses are called in the help.
const ADDRESS: &str = "ADDRESS";

const OVERVIEW: &str = "\
An operator compiles a model, commits to its weights and derives keys. This is done once. Then each answer is proved:

  hallmark srs import ceremony.ptau -o srs.bin
  hallmark compile model.onnx --calibration samples.npy -o m.hallmark
  hallmark commit m.hallmark --srs srs.bin
  hallmark export-key m.hallmark -o m.key
  hallmark setup m.hallmark --srs srs.bin
  hallmark prove m.hallmark --srs srs.bin --input x.npy -o p.proof

The operator publishes m.key and the model digest. With them anyone can check an answer:

  hallmark verify p.proof --key m.key --srs srs.bin --digest 0x... --input x.npy

By default a proof is zero-knowledge, and a contract can check it. `prove --off-chain` is faster, but its proofs reveal facts
about the weights.

Commands that use a chain:
  operators      deploy, register, offer, serve, release (work and queue: more than one machine)
  token buyers   buy, claim, revenue
  customers      request, answer, mint, refund
  anyone         models, offering show, request show, audit (no account is needed)

`hallmark demo` proves and settles an answer of a bundled model. `hallmark demo --full` shows all of the above. `hallmark bench`
measures time, memory and gas on this machine.";

/// Commit to a model's weights and prove its inferences against the digest.
#[derive(Debug, Parser)]
#[command(name = "hallmark", version, after_help = format!("{OVERVIEW}\n\n{}\n\n{LEGEND}", settings::LEGEND), arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print one JSON object on standard output
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,
    /// Print time and memory by phase on standard error; with --json, in the object too
    #[arg(long, global = true, help_heading = "Output")]
    timings: bool,
    /// Show no progress
    #[arg(long, short, global = true, help_heading = "Output")]
    quiet: bool,
    /// What the file of settings has set.
    #[arg(skip)]
    set: Vec<(&'static str, String)>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make or import a structured reference string
    #[command(subcommand)]
    Srs(srs::Command),
    /// Turn an ONNX model into steps of integers
    Compile(compile::Args),
    /// List the ONNX operators that compile understands
    Operators(operators::Args),
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
    /// Tell how well a model answers a whole set of inputs
    Evaluate(evaluate::Args),
    /// Run a model and prove its answer
    Prove(prove::Args),
    /// Check the proof of an answer
    Verify(verify::Args),
    /// Commit to samples with labels that models are scored on
    #[command(subcommand)]
    Dataset(dataset::Command),
    /// Prove what a model scores on a data set
    Score(score::Args),
    /// Check the proofs of a score
    VerifyScore(verify_score::Args),
    /// Compute what a contract receives for an input: its digest, or its values
    Digest(digest::Args),
    /// Deploy the verifier, a registry and a market
    Deploy(deploy::Args),
    /// Pin a model in a registry
    Register(register::Args),
    /// Sell a model's token
    Offer(offer::Args),
    /// Pay the proceeds of a sale whose conditions are met
    Release(release::Args),
    /// Answer requests for pay
    Serve(serve::Args),
    /// Prove answers for a service that is somewhere else
    Work(work::Args),
    /// Show what is in the queue of a service, and take up again what was given up
    Queue(queue::Args),
    /// Buy tokens of a model
    Buy(buy::Args),
    /// Collect tokens that were bought, or ether that was earned
    Claim(claim::Args),
    /// Show a sale, its terms, and what its tranches wait for
    #[command(subcommand)]
    Offering(offering::Command),
    /// List the models of a registry
    Models(models::Args),
    /// Order an answer and pay for it, or show an order
    Request(request::Args),
    /// Show the answer to a request
    Answer(answer::Args),
    /// Make a token of an answer
    Mint(mint::Args),
    /// Get a payment back: the answer did not come, or the sale failed
    Refund(refund::Args),
    /// Show a token's revenue, and collect a holder's share
    Revenue(revenue::Args),
    /// Check all that the contracts claim about a model
    Audit(audit::Args),
    /// Measure time, memory and gas of the whole pipeline on this machine
    Bench(bench::Args),
    /// Settle an answer of a bundled model on an embedded chain, then try to cheat
    Demo(demo::Args),
    /// Look at the machine, the files and the node before they are needed
    Doctor(doctor::Args),
    /// Print a script by which a shell completes commands
    Completions(completions::Args),
    /// Print a page of the manual, or write all of them
    Man(man::Args),
}

impl Cli {
    /// The grammar of command lines. What no type of an argument says is said here, for all commands at once.
    fn grammar() -> clap::Command {
        setups::with_digests(settings::with_variables(with_checked_addresses(Self::command())))
    }

    /// The command line of the process, with what variables and the file of settings add to it.
    fn read(words: Vec<OsString>) -> Result<Self, ExitCode> {
        let is_json = words.iter().any(|word| word == "--json");
        let mut grammar = Self::grammar();
        if words.iter().any(|word| word == "--version") {
            grammar = grammar.long_version(version::text());
        }
        let (settings, fault) = match Settings::read() {
            Ok(settings) => (settings, None),
            Err(error) => (Settings::default(), Some(error)),
        };
        let Completed { words, added } = settings.complete(&grammar, words, |name| env::var_os(name).is_some());
        let note = settings.note(&added);
        let cli = grammar.try_get_matches_from(words).and_then(|matches| Self::from_arg_matches(&matches));
        // A file that is of no use is in nobody's way who asks for help. The doctor tells of it among other things.
        let is_in_the_way = match &cli {
            Ok(cli) => !matches!(cli.command, Command::Doctor(_)),
            Err(error) => error.use_stderr(),
        };
        if let Some(fault) = fault.filter(|_| is_in_the_way) {
            return Err(outcome::report(is_json, None, &Err(fault)));
        }
        let is_noted = cli.as_ref().map_or_else(clap::Error::use_stderr, |_| true);
        let cli = cli.map_err(|error| outcome::report_usage(&error));
        note.iter().filter(|_| is_noted).for_each(|note| outcome::note(note));
        cli.map(|cli| Self { set: added, ..cli })
    }

    /// A command line by itself: the variables of the process do not count.
    fn of_line(words: &[&str]) -> Result<Self, clap::Error> {
        Self::from_arg_matches(&without_variables(Self::grammar()).try_get_matches_from(words)?)
    }
}

fn without_variables(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| argument.env(Resettable::Reset)).mut_subcommands(without_variables)
}

/// Every argument that is an address is held against its checksum.
fn with_checked_addresses(command: clap::Command) -> clap::Command {
    let is_address = |argument: &Arg| argument.get_value_names().is_some_and(|names| names == [ADDRESS]);
    command
        .mut_args(|argument| if is_address(&argument) { argument.value_parser(address::parse) } else { argument })
        .mut_subcommands(with_checked_addresses)
}

impl Command {
    /// Which phases take how much of the time.
    fn shares(&self) -> Shares {
        match self {
            Self::Compile(_) => COMPILE,
            Self::Setup(_) => SETUP,
            Self::Prove(args) if args.is_off_chain() => PROVE_OFF_CHAIN,
            Self::Prove(_) => PROVE,
            _ => &[],
        }
    }

    /// How it writes a log, if it does.
    const fn log(&self) -> Option<served::Log> {
        match self {
            Self::Serve(args) => Some(args.log),
            Self::Work(args) => Some(args.log),
            _ => None,
        }
    }

    /// Whether it may ask something, where a spinner would be in the way.
    const fn asks(&self) -> bool {
        matches!(self, Self::Buy(args) if args.asks())
    }

    fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        match self {
            Self::Srs(command) => command.run(),
            Self::Compile(args) => args.run(),
            Self::Operators(args) => Ok(args.run()),
            Self::Commit(args) => args.run(),
            Self::ExportKey(args) => args.run(),
            Self::Setup(args) => args.run(),
            Self::Inspect(args) => args.run(),
            Self::Run(args) => args.run(),
            Self::Evaluate(args) => args.run(),
            Self::Prove(args) => args.run(),
            Self::Verify(args) => args.run(),
            Self::Dataset(command) => command.run(),
            Self::Score(args) => args.run(),
            Self::VerifyScore(args) => args.run(),
            Self::Digest(args) => args.run(),
            Self::Deploy(args) => args.run(around),
            Self::Register(args) => args.run(around),
            Self::Offer(args) => args.run(around),
            Self::Release(args) => args.run(around),
            Self::Serve(args) => args.run(around),
            Self::Work(args) => args.run(around),
            Self::Queue(args) => args.run(),
            Self::Buy(args) => args.run(around),
            Self::Claim(args) => args.run(around),
            Self::Offering(command) => command.run(around),
            Self::Models(args) => args.run(around),
            Self::Request(args) => args.run(around),
            Self::Answer(args) => args.run(around),
            Self::Mint(args) => args.run(around),
            Self::Refund(args) => args.run(around),
            Self::Revenue(args) => args.run(around),
            Self::Audit(args) => args.run(around),
            Self::Bench(args) => args.run(),
            Self::Demo(args) => args.run(),
            Self::Doctor(args) => args.run(around),
            Self::Completions(args) => args.run(),
            Self::Man(args) => args.run(),
        }
    }
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let start = Instant::now();
    let cli = match Cli::read(env::args_os().collect()) {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    if let Some(log) = cli.command.log() {
        log.start();
    }
    let (screen, phases) = Screen::start(!cli.quiet && !cli.command.asks(), cli.command.shares());
    let result = cli.command.run(&Surroundings::Machine).map(|outcome| outcome.with_settings(&cli.set));
    screen.finish();
    let measured = || Measured { usage: Usage::of_process(start), timings: phases.timings() };
    let status = outcome::report(cli.json, cli.timings.then(measured).as_ref(), &result);
    if let Ok(outcome) = &result
        && !cli.json
        && !cli.quiet
        && io::stderr().is_terminal()
    {
        outcome::suggest(outcome);
    }
    status
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::{ADDRESS, Cli};

    /// EIP-55's own example, with a letter in the other case.
    const WRONG: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD";
    const ZERO: &str = "0x0000000000000000000000000000000000000000";

    /// Gives each argument of a command and of its commands that is an address a wrong one. Returns how many there are.
    fn check(command: &clap::Command, words: &[&str]) -> usize {
        let mut count = 0;
        for argument in command.get_arguments() {
            if argument.get_value_names().is_none_or(|names| names.iter().all(|name| name != ADDRESS)) {
                continue;
            }
            for (text, reason) in [(WRONG, "checksum"), (ZERO, "zero")] {
                let word = argument.get_long().map_or_else(|| text.to_owned(), |long| format!("--{long}={text}"));
                let error = Cli::of_line(&[words, &[&word]].concat()).unwrap_err();
                let is_refused = error.kind() == ErrorKind::ValueValidation && error.to_string().contains(reason);
                assert!(is_refused, "{words:?} {word}: {error}");
            }
            count += 1;
        }
        let commands = command.get_subcommands();
        count + commands.map(|command| check(command, &[words, &[command.get_name()]].concat())).sum::<usize>()
    }

    #[test]
    fn every_address_of_every_command_is_checked() {
        let count = check(&Cli::grammar(), &["hallmark"]);
        assert!(count > 30, "{count} arguments");
    }
}
