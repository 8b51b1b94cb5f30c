//! The node: whether it is there, which chain it is of, what time it is there, and which contracts are on it.

use std::time::{SystemTime, UNIX_EPOCH};

use alloy::primitives::Address;
use hallmark_chain::node::{
    Head, KEY_VARIABLE, Node, NodeError, Wallet,
    deployment::has_proxy,
    genuine::{GenuineError, Market, Registry},
    utc,
};

use super::{
    super::{amount::Amount, connection::DEFAULT_NODE, surroundings::Surroundings},
    Args, Finding,
};

/// The last block of a node that follows its chain is not older.
const MAX_AGE: u64 = 300;
/// Clocks differ by so much.
const MAX_LEAD: u64 = 30;

pub(super) async fn look(args: &Args, around: &Surroundings) -> Vec<Finding> {
    let address = args.rpc.as_deref().unwrap_or(DEFAULT_NODE);
    let node = match around.node(address, args.chain).await {
        Ok(node) => node,
        Err(error) => return vec![away(args, &error)],
    };
    let mut findings = match node.head().await {
        Ok(head) => vec![
            Finding::fine("node", format!("chain {}, block {}", node.chain_id(), head.number)),
            clock(&head, SystemTime::now()),
        ],
        Err(error) => vec![Finding::fail("node", error.to_string())],
    };
    findings.push(proxy(&node).await);
    if let Some(registry) = args.registry {
        findings.push(contract("registry", registry, Registry::read(&node, registry).await.map(drop)));
    }
    if let Some(market) = args.market {
        findings.push(contract("market", market, Market::read(&node, market).await.map(drop)));
    }
    findings.extend(balance(args, &node).await);
    findings
}

/// A node that nobody has named need not be there. One of another chain is there, and wrong.
fn away(args: &Args, error: &NodeError) -> Finding {
    match error {
        NodeError::Unreachable { .. } if args.rpc.is_none() => {
            Finding::look("node", format!("{error}. Only commands that use a chain need one"))
        }
        _ => Finding::fail("node", error.to_string()),
    }
}

/// Deadlines are by the chain's clock, and commands compute them from it. A person sees this machine's.
fn clock(head: &Head, now: SystemTime) -> Finding {
    let here = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let there = head.timestamp;
    if there > here.saturating_add(MAX_LEAD) {
        let lead = there - here;
        Finding::look(
            "clock",
            format!(
                "the chain is {lead} s ahead of this machine, at {}: deadlines are by the chain's clock",
                utc(there)
            ),
        )
    } else if here > there.saturating_add(MAX_AGE) {
        let age = here - there;
        Finding::look(
            "clock",
            format!("the last block is {age} s old, of {}: the node is behind, or a clock is wrong", utc(there)),
        )
    } else {
        Finding::fine("clock", format!("the last block is of {}", utc(there)))
    }
}

async fn proxy(node: &Node) -> Finding {
    match has_proxy(node).await {
        Ok(true) => Finding::fine("proxy", "the chain has the deployment proxy"),
        Ok(false) => {
            Finding::look("proxy", "the chain lacks the deployment proxy: `hallmark deploy --with-proxy` puts it there")
        }
        Err(error) => Finding::fail("proxy", error.to_string()),
    }
}

fn contract(name: &'static str, address: Address, read: Result<(), GenuineError>) -> Finding {
    match read {
        Ok(()) => Finding::fine(name, format!("{address} is genuine")),
        Err(error) => Finding::fail(name, error.to_string()),
    }
}

/// What the account of the key in the variable has. A keystore is not opened for it.
async fn balance(args: &Args, node: &Node) -> Option<Finding> {
    let wallet = Wallet::find(None, None).ok().filter(|_| args.keystore.is_none())?;
    Some(match node.balance(wallet.address()).await {
        Ok(wei) if wei.is_zero() => Finding::look("balance", format!("the account of {KEY_VARIABLE} has no ether")),
        Ok(wei) => Finding::fine("balance", Amount::from(wei).to_string()),
        Err(error) => Finding::fail("balance", error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alloy::primitives::B256;

    use super::{super::Verdict, *};

    #[test]
    fn a_clock_that_differs_is_told() {
        let head = |timestamp| Head { number: 1, hash: B256::ZERO, timestamp, base_fee: 0 };
        let now = UNIX_EPOCH + Duration::from_secs(10_000);
        for (timestamp, verdict, words) in [
            (10_000, Verdict::Fine, "the last block is of"),
            (10_030, Verdict::Fine, "the last block is of"),
            (9_700, Verdict::Fine, "the last block is of"),
            (9_699, Verdict::Look, "301 s old"),
            (10_031, Verdict::Look, "31 s ahead"),
        ] {
            let found = clock(&head(timestamp), now);
            assert!(found.verdict == verdict && found.to_string().contains(words), "{timestamp}: {found}");
        }
    }
}
