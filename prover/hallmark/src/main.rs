//! The `hallmark` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    hallmark_cli::run()
}
