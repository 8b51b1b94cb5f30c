//! The meaning of the contract's refusals.

use alloy_sol_types::SolInterface;
use thiserror::Error;

use super::{
    Outcome,
    interface::IHallmarkVerifier::{self, IHallmarkVerifierErrors as Raw},
};

/// Why the contract refuses a settlement.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{error}: {reason}")]
pub struct Refusal {
    /// The contract's error, by its name in Solidity.
    pub error: &'static str,
    /// The reason.
    pub reason: String,
}

impl Refusal {
    /// Why a call of the verifier ended as it did; nothing where it accepted.
    pub(super) fn of(outcome: &Outcome) -> Option<Self> {
        match outcome {
            Outcome::Returned(_) => None,
            Outcome::Reverted(data) => Some(Raw::abi_decode(data).map_or_else(|_| unknown(data), Self::from)),
            Outcome::Halted(reason) => Some(Self { error: "halt", reason: reason.clone() }),
        }
    }
}

fn unknown(data: &[u8]) -> Refusal {
    let reason = format!("{} bytes that are no error of the verifier", data.len());
    Refusal { error: "revert", reason }
}

impl From<Raw> for Refusal {
    fn from(error: Raw) -> Self {
        use IHallmarkVerifier as I;
        let (error, reason) = match error {
            Raw::KeyMissing(I::KeyMissing { key }) => ("KeyMissing", format!("there is no code at {key}")),
            Raw::KeyMalformed(I::KeyMalformed { key }) => {
                ("KeyMalformed", format!("the code at {key} is not a settlement key"))
            }
            Raw::KeyDigestMismatch(I::KeyDigestMismatch { expected, found }) => {
                ("KeyDigestMismatch", format!("the key's digest is {found}, but {expected} is registered"))
            }
            Raw::InputLength(I::InputLength { expected, found }) => {
                ("InputLength", format!("the input has {found} bytes where the model's has {expected}"))
            }
            Raw::OutputLength(I::OutputLength { expected, found }) => {
                ("OutputLength", format!("the output has {found} bytes where the model's has {expected}"))
            }
            Raw::ProofLength(I::ProofLength { expected, found }) => {
                ("ProofLength", format!("the proof has {found} bytes where the model's have {expected}"))
            }
            Raw::ScalarNotReduced(I::ScalarNotReduced { index }) => {
                ("ScalarNotReduced", format!("scalar {index} is not below the order of the group"))
            }
            Raw::InputDigestNotReduced(I::InputDigestNotReduced { index }) => {
                ("InputDigestNotReduced", format!("digest {index} of the input is not below the order of the group"))
            }
            Raw::PointInvalid(_) => ("PointInvalid", "a point is not on the curve".into()),
            Raw::ChallengeDegenerate(_) => ("ChallengeDegenerate", "a challenge is a root of unity or zero".into()),
            Raw::PrecompileFailed(I::PrecompileFailed { precompile }) => {
                ("PrecompileFailed", format!("the precompile at {precompile} gives no answer"))
            }
            Raw::ProofRejected(_) => ("ProofRejected", "all is well formed, but the proof does not hold".into()),
        };
        Self { error, reason }
    }
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::SolError;
    use revm::primitives::{Address, B256, U256};

    use super::{IHallmarkVerifier, Outcome, Refusal};

    #[test]
    fn errors_are_told_with_their_data() {
        let digest =
            IHallmarkVerifier::KeyDigestMismatch { expected: B256::repeat_byte(0xaa), found: B256::repeat_byte(0xbb) };
        let length = IHallmarkVerifier::ProofLength { expected: U256::from(7), found: U256::from(8) };
        let key = IHallmarkVerifier::KeyMissing { key: Address::repeat_byte(0xcc) };
        let cases = [
            (digest.abi_encode(), "KeyDigestMismatch", format!("0x{}", "aa".repeat(32))),
            (length.abi_encode(), "ProofLength", "8 bytes".into()),
            (key.abi_encode(), "KeyMissing", "0xCcCCcc".into()),
            (IHallmarkVerifier::ProofRejected {}.abi_encode(), "ProofRejected", "does not hold".into()),
            (vec![1, 2, 3, 4, 5], "revert", "5 bytes".into()),
            (Vec::new(), "revert", "0 bytes".into()),
        ];
        for (data, error, part) in cases {
            let refusal = Refusal::of(&Outcome::Reverted(data)).unwrap();
            assert_eq!(refusal.error, error);
            assert!(refusal.to_string().contains(&part), "{refusal}");
        }
        assert_eq!(Refusal::of(&Outcome::Returned(Vec::new())), None);
        assert_eq!(Refusal::of(&Outcome::Halted("OutOfGas".into())).unwrap().to_string(), "halt: OutOfGas");
    }
}
