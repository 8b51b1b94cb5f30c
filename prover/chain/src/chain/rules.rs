//! The rules of the chains inside the program: those of Osaka.

use revm::{Context, Database, MainContext, handler::MainnetContext, primitives::hardfork::SpecId};

/// The chains' number: one that networks for development use.
pub const CHAIN_ID: u64 = 31_337;
/// The gas that a transaction may use: the most that Osaka allows (EIP-7825).
pub const MAX_GAS: u64 = 1 << 24;
/// The most bytes of a transaction that nodes pass on: the limit of Geth and Reth. No rule of the chain has it.
pub const MAX_TRANSACTION_BYTES: usize = 128 * 1024;
/// The gas that a registry gives a verification at most: `VERIFY_GAS` in `ModelRegistry.sol`, which a test compares.
pub const VERIFY_GAS: u64 = 10_000_000;
/// The most bytes that a contract's code has (EIP-170).
pub const MAX_CODE: usize = 24_576;

/// What transactions are executed in, on some state.
pub(super) fn context<D: Database>(state: D) -> MainnetContext<D> {
    Context::mainnet().with_db(state).modify_cfg_chained(|rules| {
        rules.set_spec_and_mainnet_gas_params(SpecId::OSAKA);
        rules.chain_id = CHAIN_ID;
    })
}
