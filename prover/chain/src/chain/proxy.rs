//! The deterministic deployment proxy: a contract that everybody uses to deploy others by CREATE2.
//!
//! It takes a salt and creation code, and deploys that code at
//!
//! ```text
//! keccak256(0xff ‖ proxy ‖ salt ‖ keccak256(creation code))[12..]
//! ```
//!
//! The proxy is at the same address on every chain (Nick's method). The signature of its deployment was chosen first. So nobody
//! has the key of the sending account, and nothing else can ever be at the proxy's address. See
//! <https://github.com/Arachnid/deterministic-deployment-proxy>.

use alloy::primitives::{Address, address, hex};

/// The address of the proxy.
pub const PROXY: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");

/// The proxy's code.
///
/// ```text
/// PUSH32 -32  DUP1 CALLDATASIZE ADD      the length of the creation code
/// PUSH1 0  DUP2 PUSH1 32  DUP3 CALLDATACOPY
/// DUP1 CALLDATALOAD                      the salt
/// DUP3 DUP3 CALLVALUE CREATE2
/// DUP1 ISZERO ISZERO PUSH1 57 JUMPI  DUP2 DUP3 REVERT
/// JUMPDEST DUP1 DUP3 MSTORE POP POP POP  PUSH1 20 PUSH1 12 RETURN
/// ```
pub const PROXY_CODE: [u8; 69] = hex!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0"
    "3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);

/// The account that sends the proxy's deployment on every chain.
pub const PROXY_SIGNER: Address = address!("3fAB184622Dc19b6109349B94811493BF2a45362");

/// Its gas price, in wei.
pub const PROXY_GAS_PRICE: u128 = 100_000_000_000;

/// The wei that this account needs for it: 100,000 gas.
pub const PROXY_COST: u128 = 100_000 * PROXY_GAS_PRICE;

/// The signed transaction that deploys the proxy. It names no chain, so that it is valid on all that take such transactions.
pub const PROXY_TRANSACTION: [u8; 167] = hex!(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe"
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0"
    "3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
    "1ba02222222222222222222222222222222222222222222222222222222222222222"
    "a02222222222222222222222222222222222222222222222222222222222222222"
);

#[cfg(test)]
mod tests {
    use alloy::{
        consensus::{Transaction, TxEnvelope, transaction::SignerRecoverable},
        eips::eip2718::Decodable2718,
    };

    use super::*;

    #[test]
    fn the_transaction_deploys_the_proxy_and_costs_what_is_said() {
        let transaction = TxEnvelope::decode_2718_exact(&PROXY_TRANSACTION).unwrap();
        assert_eq!(transaction.recover_signer().unwrap(), PROXY_SIGNER);
        assert_eq!((transaction.nonce(), transaction.to(), transaction.chain_id()), (0, None, None));
        assert_eq!(PROXY_SIGNER.create(0), PROXY);
        assert_eq!(transaction.max_fee_per_gas(), PROXY_GAS_PRICE);
        assert_eq!(u128::from(transaction.gas_limit()) * PROXY_GAS_PRICE, PROXY_COST);
        assert!(transaction.input().ends_with(&PROXY_CODE));
    }
}
