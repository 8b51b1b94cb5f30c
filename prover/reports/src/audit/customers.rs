//! Customers who stand on the other side of the sale: what they pay comes back to them.

use std::collections::BTreeSet;

use alloy::primitives::{Address, U256};

use super::{Finding, Record};
use crate::number::{count, decimal};

/// Which settlements count for the tranches of a sale: those that the market credited to the holders since its close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Counted {
    /// All, where no sale is known, or not when it was closed.
    #[default]
    All,
    /// Those from this block on, in which the sale was closed.
    Since(u64),
    /// None yet: the sale is not closed.
    Nothing,
}

/// The accounts that get something of a fee, with what they are.
#[derive(Debug, Default)]
pub(super) struct Insiders {
    accounts: Vec<(Address, &'static str)>,
    /// Of which settlements their part is told.
    pub(super) counted: Counted,
}

impl Counted {
    fn has(self, record: &Record) -> bool {
        match self {
            Self::All => true,
            Self::Since(block) => record.settlement.block >= block,
            Self::Nothing => false,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::All => "of the holders' fees",
            Self::Since(_) => "of the holders' fees since the close of the sale",
            Self::Nothing => "of the holders' fees since the close of the sale, which is not closed yet",
        }
    }
}

impl Insiders {
    pub(super) fn add(&mut self, account: Address, role: &'static str) {
        self.accounts.push((account, role));
    }

    /// Every payee is one, whichever request it was paid for.
    fn add_payees(&mut self, records: &[Record]) {
        let payees: BTreeSet<Address> = records.iter().map(|record| record.settlement.payee).collect();
        payees.into_iter().for_each(|payee| self.add(payee, "payee"));
    }

    fn role(&self, account: Address) -> Option<&'static str> {
        self.accounts.iter().find_map(|(insider, role)| (*insider == account).then_some(*role))
    }
}

/// Names the settlements whose customers are insiders, and says what part of the holders' fees is theirs.
///
/// The fees that count for a tranche are those that the market has credited to the token's holders since the close of the sale.
pub(super) fn examine(mut insiders: Insiders, records: &mut [Record]) -> Finding {
    insiders.add_payees(records);
    for record in &mut *records {
        record.insider = record.customer.and_then(|customer| insiders.role(customer));
    }
    let unknown = records.iter().filter(|record| record.customer.is_none()).count();
    let own: Vec<&Record> = records.iter().filter(|record| record.insider.is_some()).collect();
    if !own.is_empty() {
        Finding::caution(describe(&own, records, insiders.counted))
    } else if unknown > 0 {
        Finding::skipped(format!("of {} the customers are not known", count(unknown, "settlement")))
    } else if records.is_empty() {
        Finding::pass("there are none")
    } else {
        Finding::pass(format!(
            "of {} none was ordered by the registrant, the team or a payee; who is behind other accounts nobody can tell",
            count(records.len(), "settlement")
        ))
    }
}

fn describe(own: &[&Record], all: &[Record], counted: Counted) -> String {
    let fee = |record: &Record| if counted.has(record) { record.settlement.to_holders } else { 0 };
    let theirs: U256 = own.iter().map(|record| U256::from(fee(record))).sum();
    let whole: U256 = all.iter().map(|record| U256::from(fee(record))).sum();
    let accounts: BTreeSet<(Address, &str)> =
        own.iter().filter_map(|record| record.customer.zip(record.insider)).collect();
    let accounts: Vec<_> = accounts.iter().map(|(account, role)| format!("{account} ({role})")).collect();
    format!(
        "{} of {} ordered by {}: {} of {} ether {}, {}",
        own.len(),
        count(all.len(), "settlement"),
        accounts.join(", "),
        decimal(theirs),
        decimal(whole),
        counted.words(),
        percentage(theirs, whole)
    )
}

/// A part in per cent, with one digit, rounded up: what is not nothing is not shown as nothing.
fn percentage(part: U256, whole: U256) -> String {
    let Some(tenths) = (part * U256::from(1000)).checked_add(whole.saturating_sub(U256::from(1))) else {
        return "?".into();
    };
    let tenths: u64 = tenths.checked_div(whole).unwrap_or_default().saturating_to();
    format!("{}.{}%", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use alloy::primitives::B256;

    use super::*;
    use crate::audit::Verdict;
    use hallmark_chain::settled::Settlement;

    fn record(customer: Option<u8>, payee: u8, to_holders: u128) -> Record {
        let settlement = Settlement {
            request: B256::ZERO,
            model: B256::ZERO,
            payee: Address::repeat_byte(payee),
            paid: 1,
            to_holders,
            input_hash: B256::ZERO,
            output_hash: B256::ZERO,
            transaction: B256::ZERO,
            block: 1,
            block_hash: B256::ZERO,
        };
        let customer = customer.map(Address::repeat_byte);
        Record { settlement, time: None, gas: None, customer, insider: None, batch: None }
    }

    fn insiders() -> Insiders {
        let mut insiders = Insiders::default();
        insiders.add(Address::repeat_byte(1), "registrant");
        insiders.add(Address::repeat_byte(2), "team");
        insiders
    }

    #[test]
    fn requests_of_insiders_are_named_with_their_part_of_the_fees() {
        let ether = 1_000_000_000_000_000_000;
        for (customer, role) in [(1, "registrant"), (2, "team"), (8, "payee")] {
            let mut records = [record(Some(customer), 9, ether), record(Some(5), 8, 2 * ether)];
            let finding = examine(insiders(), &mut records);
            assert_eq!((finding.verdict, records[0].insider), (Verdict::Caution, Some(role)));
            assert_eq!(records[1].insider, None);
            let part = format!("{} ({role}): 1 of 3 ether of the holders' fees, 33.4%", Address::repeat_byte(customer));
            assert!(finding.detail.ends_with(&part), "{}", finding.detail);
        }
    }

    #[test]
    fn what_was_settled_before_the_close_of_the_sale_counts_for_no_tranche() {
        let at = |block, customer, ether: u128| {
            let mut record = record(Some(customer), 9, ether * 1_000_000_000_000_000_000);
            record.settlement.block = block;
            record
        };
        let told = |counted| {
            let mut records = [at(4, 1, 1), at(5, 1, 1), at(5, 5, 2), at(6, 5, 1)];
            examine(Insiders { counted, ..insiders() }, &mut records).detail
        };
        assert!(told(Counted::All).ends_with("2 of 5 ether of the holders' fees, 40.0%"), "{}", told(Counted::All));
        let since = told(Counted::Since(5));
        assert!(since.starts_with("2 of 4 settlements ordered by"), "{since}");
        assert!(since.ends_with("1 of 4 ether of the holders' fees since the close of the sale, 25.0%"), "{since}");
        let open = told(Counted::Nothing);
        assert!(
            open.ends_with(
                "0 of 0 ether of the holders' fees since the close of the sale, which is not closed yet, 0.0%"
            ),
            "{open}"
        );
    }

    #[test]
    fn others_are_not_named_and_silence_is_no_pass() {
        let pass = |records: &mut [Record]| examine(insiders(), records).verdict;
        assert_eq!(pass(&mut [record(Some(5), 9, 1), record(Some(6), 9, 0)]), Verdict::Pass);
        assert_eq!(pass(&mut []), Verdict::Pass);
        assert_eq!(pass(&mut [record(Some(5), 9, 1), record(None, 9, 1)]), Verdict::Skipped);
        assert_eq!(pass(&mut [record(Some(9), 9, 1), record(None, 9, 1)]), Verdict::Caution);
    }

    #[test]
    fn parts_are_rounded_up_and_never_divide_by_nothing() {
        let per = |part: u64, whole: u64| percentage(U256::from(part), U256::from(whole));
        assert_eq!([per(0, 0), per(1, 1), per(1, 1_000_000), per(0, 5)], ["0.0%", "100.0%", "0.1%", "0.0%"]);
    }
}
