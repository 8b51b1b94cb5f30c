//! `hallmark request`: a proven answer, ordered and paid for; and a request as it stands.

mod order;
mod show;

use clap::{ArgMatches, FromArgMatches};

use super::{CliError, Outcome, surroundings::Surroundings};

const SHOW: &str = "show";

/// A request that is made, or one that is shown.
#[derive(Debug)]
pub(super) enum Args {
    /// It is made.
    Order(Box<order::Args>),
    /// It is shown.
    Show(show::Args),
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        match self {
            Self::Order(args) => args.run(around),
            Self::Show(args) => args.run(around),
        }
    }
}

/// Clap derives either arguments or commands. `request` has both, and what has to be there is so for the arguments alone.
impl clap::Args for Args {
    fn augment_args(command: clap::Command) -> clap::Command {
        let show = show::Args::augment_args(clap::Command::new(SHOW)).about("Show how far a request is");
        order::Args::augment_args(command)
            .subcommand(show)
            .subcommand_negates_reqs(true)
            .args_conflicts_with_subcommands(true)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Args {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        match matches.subcommand() {
            Some((SHOW, matches)) => Ok(Self::Show(show::Args::from_arg_matches(matches)?)),
            _ => Ok(Self::Order(Box::new(order::Args::from_arg_matches(matches)?))),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
