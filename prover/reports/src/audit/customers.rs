//! Customers who stand on the other side of the sale: what they pay comes back to them.

use std::collections::BTreeSet;

use alloy::primitives::{Address, U256, utils::format_ether};

use super::{Finding, Record};

/// The accounts that get something of a fee, with what they are.
#[derive(Debug, Default)]
pub(super) struct Insiders {
    accounts: Vec<(Address, &'static str)>,
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
/// The fees that count for a tranche are those that the market has credited to the token's holders.
pub(super) fn examine(mut insiders: Insiders, records: &mut [Record]) -> Finding {
    insiders.add_payees(records);
    for record in &mut *records {
        record.insider = record.customer.and_then(|customer| insiders.role(customer));
    }
    let unknown = records.iter().filter(|record| record.customer.is_none()).count();
    let own: Vec<&Record> = records.iter().filter(|record| record.insider.is_some()).collect();
    if !own.is_empty() {
        Finding::caution(describe(&own, records))
    } else if unknown > 0 {
        Finding::skipped(format!("the customers of {unknown} settlements are not known"))
    } else if records.is_empty() {
        Finding::pass("there are none")
    } else {
        Finding::pass(format!(
            "of {} settlements none was ordered by the registrant, the team or a payee; who is behind other accounts nobody \
             can tell",
            records.len()
        ))
    }
}

fn describe(own: &[&Record], all: &[Record]) -> String {
    let sum = |record: &Record| U256::from(record.settlement.to_holders);
    let theirs: U256 = own.iter().map(|record| sum(record)).sum();
    let whole: U256 = all.iter().map(sum).sum();
    let accounts: BTreeSet<(Address, &str)> =
        own.iter().filter_map(|record| record.customer.zip(record.insider)).collect();
    let accounts: Vec<_> = accounts.iter().map(|(account, role)| format!("{account} ({role})")).collect();
    format!(
        "{} of {} settlements were ordered by {}: {} of {} ether of the holders' fees, {}",
        own.len(),
        all.len(),
        accounts.join(", "),
        format_ether(theirs),
        format_ether(whole),
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
        Record { settlement, time: None, gas: None, customer: customer.map(Address::repeat_byte), insider: None }
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
            let part = format!(
                "{} ({role}): 1.000000000000000000 of 3.000000000000000000 ether",
                Address::repeat_byte(customer)
            );
            assert!(finding.detail.contains(&part) && finding.detail.ends_with("33.4%"), "{}", finding.detail);
        }
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
