//! The operator's service and the commands against a real node: whatever happens, a request is settled once, and paid to who
//! proved it; and an audit finds what is not as it is said to be.

mod answer;
mod anvil;
mod audit;
mod batch_fees;
mod batch_keys;
mod batch_transactions;
mod batched;
mod batches;
mod chaos;
mod deployment;
mod devnet;
mod digests;
mod doctor;
mod fleet;
mod guarded;
mod hollow;
mod hostile;
mod kills;
mod lost;
mod many;
mod mint;
mod money;
mod outage;
mod paying;
mod program;
mod proxy;
mod purpose;
mod rehearsal;
mod relay;
mod sale;
mod service;
mod terms;
mod unwritten;
mod workers;
mod world;
