//! The verifier on a computer: digests, arithmetic, and the deferred group equation.

use ark_bn254::{Bn254, Fr, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM, pairing::Pairing};
use ark_ff::Field;

use super::{opening::Scalars, statement::Statement, verify as verify_arithmetic};
use crate::{
    arithmetic::Native,
    claim::Claim,
    columns::Column,
    commitments::Commitments,
    digest::Digest,
    error::{Check, Reject},
    key::VerifyingKey,
    message::{SEALED, Sealed},
    relations::packing::public_tensors,
    semantics::check_input,
    trusted::TrustedKey,
};

/// A proof of one inference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The group elements.
    pub commitments: Commitments,
    /// The field elements, in the order of [`Statement::schedule`].
    pub elements: Vec<Fr>,
}

/// Checks that the model answers the input with the output that is claimed, and that the proof was made for this context.
///
/// # Soundness
/// The model is the one with `weight_digest`. The caller has that digest from where the model was registered, and not from
/// whoever gave the key or the proof. It has the input and the context from whoever asks, too.
///
/// # Errors
/// - [`Reject::Digest`] if the key is another model's.
/// - [`Reject::Commitments`], [`Reject::Neutral`], [`Reject::Ended`] or [`Reject::Trailing`] if the proof does not have the
///   model's shape.
/// - [`Reject::Values`] or [`Reject::Output`] if the claimed values are too many or too few, or not the model's kind.
/// - [`Reject::Check`] if an equation does not hold.
pub fn verify<V: AsRef<[i64]>>(
    key: &TrustedKey,
    weight_digest: Digest,
    claim: &Claim<V>,
    proof: &Proof,
) -> Result<(), Reject> {
    check_digest(weight_digest, key.weight_digest())?;
    verify_under(key.key(), weight_digest, claim, proof)
}

/// Checks a proof under a key that somebody has reason to believe, and has the digest of.
pub(crate) fn verify_under<V: AsRef<[i64]>>(
    key: &VerifyingKey,
    weight_digest: Digest,
    claim: &Claim<V>,
    proof: &Proof,
) -> Result<(), Reject> {
    let statement = check_shapes(key, claim, &proof.commitments)?;
    let sealed = seal(weight_digest, &statement.told(claim), &proof.commitments);
    let pack = |_: &mut Native, gamma: Fr| statement.pack(claim, gamma);
    let deferred = verify_arithmetic(&mut Native, &statement, &sealed, &proof.elements, pack)?;
    let scalars = deferred.scalars(&mut Native, &statement.layout);
    check_pairing(key, &proof.commitments, &scalars)
}

/// Refuses a key that is not the one that was named.
pub(crate) fn check_digest(expected: Digest, found: Digest) -> Result<(), Reject> {
    if expected == found { Ok(()) } else { Err(Reject::Digest { expected, found }) }
}

/// Plans the statement, and refuses another number of points.
pub(crate) fn check_points<'k>(key: &'k VerifyingKey, commitments: &Commitments) -> Result<Statement<'k>, Reject> {
    let statement = Statement::new(&key.architecture)?;
    commitments.check(&statement.layout)?;
    Ok(statement)
}

/// Plans the statement, and refuses whatever does not have its numbers of points and values.
pub(crate) fn check_shapes<'k, V: AsRef<[i64]>>(
    key: &'k VerifyingKey,
    claim: &Claim<V>,
    commitments: &Commitments,
) -> Result<Statement<'k>, Reject> {
    let statement = check_points(key, commitments)?;
    let [input, output] = claim.values();
    check_input(&key.architecture, input)?;
    check_output(&statement, output)?;
    Ok(statement)
}

/// The digests that the transcript absorbs, in the order of [`SEALED`]. `key` is the weight digest.
#[must_use]
pub fn seal(key: Digest, claim: &Claim<Vec<u8>>, commitments: &Commitments) -> [Fr; SEALED.len()] {
    SEALED.map(|sealed| match sealed {
        Sealed::Commitments => claim.seal(key, commitments),
        _ => commitments.seal(sealed),
    })
}

/// Refuses outputs that a word of the packing can't hold, or another number of them.
fn check_output(statement: &Statement<'_>, output: &[i64]) -> Result<(), Reject> {
    let [_, public] = public_tensors(statement.model, &statement.layout);
    let half = 1i64 << (8 * public.width - 1);
    let expected = public.values();
    let found = output.iter().filter(|value| (-half..half).contains(*value)).count();
    if output.len() == expected && found == expected { Ok(()) } else { Err(Reject::Output { expected, found }) }
}

/// `e(sum of scalar * point, G2) = e(last, tau G2)`.
pub(crate) fn check_pairing(
    key: &VerifyingKey,
    commitments: &Commitments,
    scalars: &Scalars<Fr>,
) -> Result<(), Reject> {
    let setup = &key.setup;
    let mut points = vec![setup.g1];
    let mut factors = vec![scalars.generator];
    for (declaration, scalars) in scalars.columns.iter() {
        points.extend(match declaration.column {
            Column::Weights => &key.weights,
            Column::EntryOutputs => &key.entry_outputs,
            column => &commitments.columns[column],
        });
        factors.extend(scalars);
    }
    points.extend(commitments.opening.points());
    factors.extend(scalars.opening.points());
    let left = G1Projective::msm(&points, &factors).map_err(|_| Reject::Check(Check::Pairing))?;
    let right = -commitments.opening.last.into_group();
    let pairing = Bn254::multi_pairing([left.into_affine(), right.into_affine()], [setup.g2, setup.tau_g2]);
    if pairing.0 == <Bn254 as Pairing>::TargetField::ONE { Ok(()) } else { Err(Reject::Check(Check::Pairing)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, InputPort, MIN_ROW_BITS, OutputPort, Step, Table};

    #[test]
    fn outputs_are_as_many_and_as_small_as_their_table_s() {
        for (outputs, half) in [([-1, 1], 1 << 7), ([-200, 0], 1 << 15), ([0, i32::MAX], 1 << 31)] {
            let model = Architecture {
                input: InputPort::of_integers(vec![1], 8),
                output: OutputPort { shape: vec![2], parts: vec![], scale: 1.0 },
                weights: vec![],
                parts: vec![],
                tables: vec![Table { name: String::new(), first: 0, outputs: outputs.to_vec() }],
                steps: vec![Step {
                    name: String::new(),
                    axes: vec![2],
                    constant: 0,
                    terms: vec![],
                    shift: 0,
                    table: 0,
                }],
                row_bits: MIN_ROW_BITS,
                weight_row_bits: MIN_ROW_BITS,
            };
            let statement = Statement::new(&model).unwrap();
            assert_eq!(check_output(&statement, &[-half, half - 1]), Ok(()));
            let refused = |found| Err(Reject::Output { expected: 2, found });
            assert_eq!(check_output(&statement, &[-half - 1, 0]), refused(1));
            assert_eq!(check_output(&statement, &[half, i64::MIN]), refused(0));
            assert_eq!(check_output(&statement, &[0]), refused(1));
            assert_eq!(check_output(&statement, &[0; 3]), refused(3));
        }
    }
}
