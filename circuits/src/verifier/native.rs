//! The verifier on a computer: digests, arithmetic, and the deferred group equation.

use ark_bn254::{Bn254, Fr, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM, pairing::Pairing};
use ark_ff::Field;

use super::{opening::Scalars, statement::Statement, verify as verify_arithmetic};
use crate::{
    arithmetic::Native,
    columns::Column,
    commitments::{Commitments, Public},
    error::{Check, Reject},
    key::VerifyingKey,
    message::{SEALED, Sealed},
    relations::packing::{pack, public_tensors},
    semantics::check_input,
    srs::OpeningKey,
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
/// The key is taken as it is. Before it is trusted its digest has to be compared with the registered one, and, once for each
/// digest, its commitments to the tables with those made from the architecture: a registrant could have registered others.
/// The command line does both.
pub fn verify(
    key: &VerifyingKey,
    setup: &OpeningKey,
    context: [u8; 32],
    input: &[i64],
    output: &[i64],
    proof: &Proof,
) -> Result<(), Reject> {
    let statement = check_shapes(key, setup, [input, output], &proof.commitments)?;
    let tensors = public_tensors(statement.model, &statement.layout);
    let public = Public::new(&tensors, key.digest(), context, [input, output]);
    let sealed = seal(&public, &proof.commitments);
    let pack = |_: &mut Native, gamma: Fr| pack(statement.model, &statement.layout, [input, output], gamma);
    let deferred = verify_arithmetic(&mut Native, &statement, &sealed, &proof.elements, pack)?;
    let scalars = deferred.scalars(&mut Native, &statement.layout);
    check_pairing(key, setup, &proof.commitments, &scalars)
}

/// Plans the statement, and refuses whatever does not have its numbers of rows, points and values.
pub fn check_shapes<'k>(
    key: &'k VerifyingKey,
    setup: &OpeningKey,
    [input, output]: [&[i64]; 2],
    commitments: &Commitments,
) -> Result<Statement<'k>, Reject> {
    let statement = Statement::new(&key.architecture)?;
    if key.setup != setup.digest {
        return Err(Reject::Setup);
    }
    key.check_shape(&statement.layout)?;
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
pub fn check_pairing(
    key: &VerifyingKey,
    setup: &OpeningKey,
    commitments: &Commitments,
    scalars: &Scalars<Fr>,
) -> Result<(), Reject> {
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
