//! `hallmark demo`: the story of a model, from its weights to a holder's share of a fee, by the commands that people type.
//!
//! | file | idea |
//! |---|---|
//! | `script` | what happens, step by step |
//! | `shell` | command lines: variables, the program's own parser and commands, a chain inside the program |
//! | `attack` | lies that the contracts refuse |
//! | `gas` | what the verification of an answer costs, by part |
//! | `stage` | the folder and the chain that it all happens in |
//! | `record` | what happened, as text and as JSON |
//! | `bundle`, `drawing` | the models and the images that come with the program |

mod attack;
mod bundle;
mod drawing;
mod gas;
mod record;
mod script;
mod shell;
mod stage;

use serde_json::json;

use super::{CliError, Outcome};
use attack::Liar;
use bundle::{Bundle, Sample};
use drawing::draw;
use record::Record;
use script::{SCRIPT, Step};
use shell::Shell;
use stage::{ACCOUNTS, Folder};

pub(super) use bundle::Choice;

const EXAMPLE: &str = "\
Examples: hallmark demo --model cnn --image 7
          hallmark demo --full

The chain is a node inside the program, by the rules of Osaka: nothing is sent anywhere, and nothing has to be set up.

Every line after a dollar sign is a command that the demo runs, with its real output. A model is compiled, committed to and
registered. A customer's request is answered and proved, and the contracts refuse lies about it. Then one proof answers three
customers in one transaction. With --full two buyers get the model's token, the operator and the holders take their shares, and an
audit checks all of it.";

/// Tells the story of a model on a chain inside the program.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The bundled model, trained on handwritten digits
    #[arg(long, value_enum, default_value_t = Choice::Mlp)]
    model: Choice,
    /// The test image, 0 to 299
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(..300))]
    image: u16,
    /// The whole story: a sale, two buyers, payouts and an audit too
    #[arg(long)]
    full: bool,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let bundle = Bundle::open(self.model).ok_or(CliError::Demo("a bundled file is damaged"))?;
        let sample = bundle.sample(self.image.into()).ok_or(CliError::Demo("there is no such image"))?;
        let other = bundle.other(&sample).ok_or(CliError::Demo("all images show one digit"))?;
        let _folder = Folder::enter(&bundle, &sample, &other)?;
        let mut stage = Stage::new(&self.model.to_string(), &sample)?;
        let mut is_told = true;
        for step in SCRIPT {
            match step {
                Step::FullStory(begins) => is_told = self.full || !begins,
                step if is_told && !stage.perform(step)? => break,
                _ => {}
            }
        }
        let json = json!({
            "model": self.model.to_string(),
            "image": sample.number,
            "label": sample.label,
            "full": self.full,
            "accounts": stage::balances(&stage.shell)?,
        });
        Ok(stage.record.outcome(json))
    }
}

/// Where the story is, and what has happened.
struct Stage {
    shell: Shell,
    record: Record,
    /// Who lies, once there is something to lie about.
    liar: Option<Liar>,
}

impl Stage {
    /// Sets what the story begins with.
    fn new(model: &str, sample: &Sample) -> Result<Self, CliError> {
        let mut shell = Shell::new(stage::chain()?);
        ACCOUNTS.iter().for_each(|(name, key)| shell.set(name, (*key).into()));
        let keys: Vec<_> = ACCOUNTS.iter().map(|(name, key)| format!("$ export {name}={key}")).collect();
        shell.set("KEYS", keys.join("\n"));
        shell.set("NETWORK", model.into());
        shell.set("IMAGE", sample.number.to_string());
        shell.set("LABEL", sample.label.to_string());
        shell.set("DRAWING", draw(&sample.pixels));
        Ok(Self { shell, record: Record::default(), liar: None })
    }

    /// Does what a step says. Returns whether it went as it should.
    fn perform(&mut self, step: &Step) -> Result<bool, CliError> {
        let Self { shell, record, liar } = self;
        match step {
            Step::Say(text) => record.say(&shell.expand(text)?),
            Step::Pass(seconds) => shell.devnet.pass(*seconds),
            Step::Type { line, keep } => {
                let typed = shell.run(line);
                let kept = typed.keep(shell, keep);
                return Ok(record.typed(line, &typed, &kept));
            }
            Step::Refuse { line, error } => return Ok(record.refused(line, &shell.run(line), error)),
            Step::Attack(attack) => return Ok(record.attacked(attack, attack.attempt(shell, liar)?.as_ref())),
            Step::Gas => record.gas(&gas::of_settlement(shell)?),
            Step::FullStory(_) => {}
        }
        Ok(true)
    }
}
