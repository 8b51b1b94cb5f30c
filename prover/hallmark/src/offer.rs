//! `hallmark offer`: the sale of a model's token.

use std::str::FromStr;

use alloy::primitives::{Address, B256};
use serde_json::json;

use super::{
    CliError, Outcome, address,
    amount::{Amount, Tokens},
    connection::Sending,
    span::Span,
    surroundings::Surroundings,
    trust::Trust,
};
use hallmark_chain::node::{
    Intent,
    contracts::{
        market::InferenceMarket::listCall,
        offering::{
            IInitialModelOffering::{Terms, Tranche},
            InitialModelOffering::{termsDigestCall, tokenCall},
        },
        registry::ModelRegistry::modelCall,
    },
    deployment::{self, Plan},
    utc,
};

const EXAMPLE: &str = "\
Example: hallmark offer --market 0x... --model-id 0x... --name 'Digits' --symbol DGT --for-sale 1000 --for-team 500 \\
           --price 0.01ether --minimum 2ether --closes-in 30d --holders-bps 2000 --tranche 4000:1ether:365d \\
           --tranche 6000:10ether:730d

The command deploys the sale and its token, and lists the model in the market. From then on the token's holders get their share
of every fee. The terms can't be changed. They have a digest, which every payment names, so nobody buys under terms that they
have not read.
The proceeds are paid in tranches. A tranche is BPS:EARNED:TIME or BPS:EARNED:TIME:MILESTONE. BPS is its share in
ten-thousandths. EARNED is the ether that the market must have credited to the token's holders since the sale. MILESTONE is a
contract that must agree too, for example one that checks a score. With 0ether the milestone decides alone. `hallmark release`
pays tranches. A tranche that is not reached within TIME after the sale goes back to the buyers.

The registry must have a proof that the registrant has the model: `hallmark register` makes it from the committed model. The
command simulates everything first, and pays only if no contract refuses.";

/// Sells a model's token.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The market
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET")]
    market: Address,
    /// The registered model; the account has to be its registrant, who lists it in the market
    #[arg(long, value_name = "ID")]
    model_id: B256,
    /// The token's name
    #[arg(long)]
    name: String,
    /// The token's symbol
    #[arg(long)]
    symbol: String,
    /// The tokens for sale
    #[arg(long, value_name = "TOKENS")]
    for_sale: Tokens,
    /// The tokens that the team gets
    #[arg(long, value_name = "TOKENS", default_value = "0")]
    for_team: Tokens,
    /// The price of a whole token
    #[arg(long, value_name = "AMOUNT")]
    price: Amount,
    /// What has to be raised, or all is paid back
    #[arg(long, value_name = "AMOUNT")]
    minimum: Amount,
    /// When the sale begins
    #[arg(long, value_name = "TIME", default_value = "0s")]
    opens_in: Span,
    /// When the sale is over
    #[arg(long, value_name = "TIME")]
    closes_in: Span,
    /// The holders' part of each fee, in ten-thousandths
    #[arg(long, value_name = "BPS")]
    holders_bps: u16,
    /// Who gets the proceeds [default: the account]
    #[arg(long, value_name = "ADDRESS")]
    team: Option<Address>,
    /// A part of the proceeds: BPS:EARNED:TIME, with :MILESTONE behind it if a contract has to agree
    #[arg(long = "tranche", value_name = "TRANCHE", required = true)]
    tranches: Vec<TrancheTerms>,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    sending: Sending,
}

/// A part of the proceeds, and what it depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TrancheTerms {
    bps: u16,
    /// What the holders have to be credited.
    earned: Amount,
    time: Span,
    /// Nobody, where it depends on that alone.
    milestone: Address,
}

impl FromStr for TrancheTerms {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "expected BPS:EARNED:TIME, such as 5000:1ether:365d, or BPS:EARNED:TIME:MILESTONE";
        let mut parts = text.split(':');
        let (Some(bps), Some(earned), Some(time)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(FORM);
        };
        let milestone = match (parts.next(), parts.next()) {
            (None, _) => Address::ZERO,
            (Some(address), None) => address::parse(address)?,
            _ => return Err(FORM),
        };
        let bps = bps.parse().map_err(|_| FORM)?;
        Ok(Self { bps, earned: earned.parse()?, time: time.parse()?, milestone })
    }
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        self.sending.run(around, async |ledger| {
            let node = ledger.node.clone();
            let registry = self.trust.market(&node, self.market).await?;
            let now = node.head().await?.timestamp;
            let key = ledger.view(registry, &modelCall { modelId: self.model_id }).await?.keyDigest;
            let terms = self.terms([registry, ledger.account()], key, now);
            let (opens, closes) = (terms.opens, terms.closes);
            let digest = terms.digest();
            let plan = Plan::offering(terms)?;
            let listing = |token| listCall { modelId: self.model_id, holders: token, holdersBps: self.holders_bps };
            // An offering whose token the market does not list would be paid for in vain.
            ledger.check(&Intent::call(self.market, &listing(deployment::token(plan.address())))).await?;
            let offering = ledger.place(&plan).await?.address;
            if ledger.view(offering, &termsDigestCall {}).await? != digest {
                return Err(CliError::Unanswered("the offering has other terms than it was given"));
            }
            let token = ledger.view(offering, &tokenCall {}).await?;
            ledger.send(&Intent::call(self.market, &listing(token))).await?;
            let text = format!(
                "offering  {offering}\ntoken     {token}\nterms     {digest}\nopen      from {} to {}",
                utc(opens),
                utc(closes)
            );
            let json = json!({
                "offering": offering.to_string(),
                "token": token.to_string(),
                "terms": digest.to_string(),
                "model": self.model_id.to_string(),
                "opens": opens,
                "closes": closes,
            });
            let next = [format!("hallmark offering show {offering}")];
            Ok(ledger.followed(ledger.outcome(text, json), next))
        })
    }

    fn terms(&self, [registry, account]: [Address; 2], key: B256, now: u64) -> Terms {
        let closes = now.saturating_add(self.closes_in.0);
        let tranche = |part: &TrancheTerms| Tranche {
            bps: part.bps,
            earned: part.earned.0,
            milestone: part.milestone,
            expires: closes.saturating_add(part.time.0),
        };
        Terms {
            registry,
            market: self.market,
            modelId: self.model_id,
            keyDigest: key,
            name: self.name.clone(),
            symbol: self.symbol.clone(),
            team: self.team.unwrap_or(account),
            tokensForSale: self.for_sale.0,
            tokensForTeam: self.for_team.0,
            price: self.price.0,
            minimum: self.minimum.0,
            opens: now.saturating_add(self.opens_in.0),
            closes,
            holdersBps: self.holders_bps,
            tranches: self.tranches.iter().map(tranche).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Amount, Span, TrancheTerms};

    #[test]
    fn tranches_have_three_parts_or_four() {
        let part = TrancheTerms { bps: 4000, earned: Amount(100), time: Span(31_536_000), milestone: Address::ZERO };
        assert_eq!("4000:100wei:365d".parse(), Ok(part));
        let milestone = Address::repeat_byte(0x42);
        let text = format!("4000:0wei:365d:{milestone}");
        assert_eq!(text.parse(), Ok(TrancheTerms { earned: Amount(0), milestone, ..part }));
        let invalid = ["", "4000", "4000:1wei", "4000:1wei:365d:1", "1:1wei:1d:", "1:1wei:1d:0x1:2", "70000:1wei:1d"];
        for text in invalid.into_iter().chain(["1:-1wei:1d", "1:1:1d", "1:1wei:1"]) {
            assert!(text.parse::<TrancheTerms>().is_err(), "{text}");
        }
    }
}
