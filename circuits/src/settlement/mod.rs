//! Settlement: the verifier as a circuit, whose proof a contract checks.
//!
//! | module | what it is |
//! |---|---|
//! | [`program`] | the verifier's operations, recorded |
//! | [`wiring`] | the operations as uses of one gate |
//! | [`table`] | the uses in rows and columns |
//! | `circuit` | the table in halo2's terms, behind the feature `halo2` |

#[cfg(feature = "halo2")]
pub mod circuit;
pub mod program;
pub mod table;
pub mod verifier;
pub mod wiring;
