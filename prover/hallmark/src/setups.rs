//! Every `--srs` also takes the digest of a setup that is kept under it.

use clap::{
    Arg,
    builder::{PathBufValueParser, TypedValueParser},
};
use hallmark_local::setups::locate;

/// Every `--srs` also takes a digest.
pub(super) fn with_digests(command: clap::Command) -> clap::Command {
    let is_setup = |argument: &Arg| argument.get_long() == Some("srs");
    let parser = || PathBufValueParser::new().try_map(locate);
    command
        .mut_args(|argument| if is_setup(&argument) { argument.value_parser(parser()) } else { argument })
        .mut_subcommands(with_digests)
}
