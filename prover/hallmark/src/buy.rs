//! `hallmark buy`: tokens of a model that is on sale.

use std::path::PathBuf;

use alloy::primitives::{Address, U256};
use serde_json::json;

use super::{
    CliError, Digest, Outcome,
    amount::{Amount, Tokens},
    connection::Sending,
    pinned::{Named, check_pinned},
    surroundings::Surroundings,
    trust::Trust,
};
use hallmark_chain::node::{
    Intent,
    contracts::offering::InitialModelOffering::{allocationOfCall, buyCall},
    local,
};
use hallmark_local::Subject;
use hallmark_reports::audit::{sale_terms, table};

const EXAMPLE: &str = "\
Example: hallmark buy --offering 0x... --pay 1ether --digest 0x... --terms 0x...
         hallmark buy --offering 0x... --pay 1ether --digest 0x... --dry-run

The token stands for one model. --digest names it by its model digest, which covers the weights, the architecture, the setup,
and the circuit that checks proofs. Before the command pays, it compares --digest with the digest that the registry pins. With
--model-key and --srs the command derives the digest itself, and --digest is not needed.

--terms is the digest of the offering's terms, which `hallmark offer` prints. It covers price, cap, minimum, times, tranches,
token, model, registry and market. The command refuses other terms. The payment names the terms that the command found, and the
offering refuses a payment that names others.

The addresses of the offering, its market, its registry and the verifier commit to their code and their constructor arguments.
The command recomputes these addresses and refuses others, because a foreign contract can start with forged storage.
--foreign-contracts turns this check off.

The command prints the terms and asks before it pays. In scripts, --yes agrees beforehand.

If the sale is over its cap, every buyer gets the same share of the tokens that they paid for. `hallmark claim` returns the
rest.";

/// Buys tokens of a model.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The offering
    #[arg(long, value_name = "ADDRESS")]
    offering: Address,
    /// What to pay
    #[arg(long, value_name = "AMOUNT")]
    pay: Amount,
    /// The model's verifying key, to derive the model digest from
    #[arg(long, value_name = "FILE", requires = "srs")]
    model_key: Option<PathBuf>,
    #[command(flatten)]
    model: Named,
    /// The digest of the terms that are accepted [default: whatever they are]
    #[arg(long, value_name = "HEX")]
    terms: Option<Digest>,
    /// Pay in a registry for tests, whose setup is insecure
    #[arg(long)]
    for_tests: bool,
    /// Pay without asking, in scripts
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sending: Sending,
}

impl Args {
    /// Whether somebody is asked before it pays.
    pub(super) const fn asks(&self) -> bool {
        !self.yes && !self.sending.is_rehearsal()
    }

    /// The model digest that is wanted, derived where that is possible.
    fn expected(&self) -> Result<Digest, CliError> {
        const MISSING: &str = "name the model that you want to buy, with --digest, or with --model-key and --srs";
        let key = self.model_key.as_deref().map(Subject::read_key).transpose()?;
        let derived = key.map(|key| self.model.derive(&key)).transpose()?.flatten();
        self.model.expected(derived.as_ref()).ok_or_else(|| CliError::usage(MISSING.into()))
    }

    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let expected = self.expected()?;
        self.sending.run(around, async |ledger| {
            let node = ledger.node.clone();
            let terms = self.trust.offering(&node, self.offering).await?;
            check_pinned(&node, terms.registry, terms.modelId, expected, self.for_tests).await?;
            let found = terms.digest();
            if let Some(expected) = self.terms.filter(|expected| expected.0 != found.0) {
                return Err(CliError::OtherTerms { expected, found: Digest(found.0) });
            }
            let intent = Intent::call(self.offering, &buyCall { expected: found }).paying(U256::from(self.pay.0));
            ledger.check(&intent).await?;
            if self.asks() {
                let (words, closes) = (table(&sale_terms(&terms)), local(terms.closes));
                around.confirm(&format!("{words}\nThe sale closes at {closes}.\nPay {} by these terms?", self.pay))?;
            }
            ledger.send(&intent).await?;
            let buyer = ledger.account();
            let allocation = ledger.view(self.offering, &allocationOfCall { buyer }).await?;
            let tokens = Tokens::from(allocation.tokens);
            let text = format!(
                "Paid {} for {} {}, by the terms {found}\nby now that is {}, and {} back",
                self.pay,
                terms.name,
                terms.symbol,
                tokens.counted(),
                Amount::from(allocation.excess)
            );
            let json = json!({
                "offering": self.offering.to_string(),
                "terms": found.to_string(),
                "model": terms.modelId.to_string(),
                "model_digest": expected.to_string(),
                "paid_wei": self.pay.0.to_string(),
                "tokens": tokens.to_string(),
                "excess_wei": allocation.excess.to_string(),
            });
            let next = format!("hallmark offering show {}", self.offering);
            Ok(ledger.followed(ledger.outcome(text, json), [next]))
        })
    }
}
