//! The verifier on a computer: digests, arithmetic, and the deferred group equation.

use ark_bn254::{Bn254, Fr, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM, pairing::Pairing};
use ark_ff::Field;

use super::{opening::Scalars, statement::Statement, verify as verify_arithmetic};
use crate::{
    arithmetic::Native,
    columns::Column,
    commitments::{Commitments, Public},
    digest::Digest,
    error::{Check, Reject},
    key::VerifyingKey,
    message::{SEALED, Sealed},
    relations::packing::{pack, public_tensors},
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

/// Checks that `output` is what the model answers to `input`, and that the proof was made for `context`.
///
/// The model is the one with this weight digest, which the caller has from where it was registered.
///
/// # Errors
/// If the key has another digest, or the proof does not hold.
pub fn verify(
    key: &TrustedKey,
    weight_digest: [u8; 32],
    context: [u8; 32],
    input: &[i64],
    output: &[i64],
    proof: &Proof,
) -> Result<(), Reject> {
    check_digest(weight_digest, key.weight_digest())?;
    let statement = check_shapes(key.key(), [input, output], &proof.commitments)?;
    let tensors = public_tensors(statement.model, &statement.layout);
    let public = Public::new(&tensors, key.weight_digest(), context, [input, output]);
    let sealed = seal(&public, &proof.commitments);
    let pack = |_: &mut Native, gamma: Fr| pack(statement.model, &statement.layout, [input, output], gamma);
    let deferred = verify_arithmetic(&mut Native, &statement, &sealed, &proof.elements, pack)?;
    let scalars = deferred.scalars(&mut Native, &statement.layout);
    check_pairing(key.key(), &proof.commitments, &scalars)
}

/// Refuses a key that is not the one that was named.
pub(crate) fn check_digest(expected: [u8; 32], found: [u8; 32]) -> Result<(), Reject> {
    if expected == found { Ok(()) } else { Err(Reject::Digest { expected: Digest(expected), found: Digest(found) }) }
}

/// Plans the statement, and refuses whatever does not have its numbers of points and values.
pub(crate) fn check_shapes<'k>(
    key: &'k VerifyingKey,
    [input, output]: [&[i64]; 2],
    commitments: &Commitments,
) -> Result<Statement<'k>, Reject> {
    let statement = Statement::new(&key.architecture)?;
    commitments.check(&statement.layout)?;
    check_input(&key.architecture, input)?;
    check_output(&statement, output)?;
    Ok(statement)
}

/// The digests that the transcript absorbs, in the order of [`SEALED`].
#[must_use]
pub fn seal(public: &Public, commitments: &Commitments) -> [Fr; SEALED.len()] {
    SEALED.map(|sealed| match sealed {
        Sealed::Commitments => public.seal(commitments),
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
                input: InputPort { shape: vec![1], axes: vec![1], bits: 8, scales: vec![1.0], offsets: vec![0.0] },
                output: OutputPort { shape: vec![2], scale: 1.0 },
                weights: vec![],
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
