//! The verifier on a computer: digests, arithmetic, and the deferred group equation.

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM, pairing::Pairing};
use ark_ff::Field;

use super::{opening::Scalars, statement::Statement, verify as verify_arithmetic};
use crate::{
    arithmetic::Native,
    channel::SEALED,
    commitments::{Commitments, Public},
    error::{Check, Reject},
    key::VerifyingKey,
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
    commitments.check_shape(&statement.layout)?;
    check_input(&key.architecture, input)?;
    check_output(&statement, output)?;
    Ok(statement)
}

/// The digests that the transcript absorbs, in the order of [`crate::channel::SEALED`].
#[must_use]
pub fn seal(public: &Public, commitments: &Commitments) -> [Fr; SEALED.len()] {
    [
        public.seal(commitments),
        commitments.seal_helpers(),
        commitments.seal_fold(),
        commitments.seal_division(),
        commitments.seal_batch(),
    ]
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
    let of_key: [(&[G1Affine], &[Fr]); 3] = [
        (&key.weights, &scalars.weights),
        (&key.entry_outputs, &scalars.entry_outputs),
        (std::slice::from_ref(&setup.g1), std::slice::from_ref(&scalars.generator)),
    ];
    let of_proof = commitments.parts().into_iter().zip(scalars.commitments.parts());
    let parts: Vec<_> = of_key.into_iter().chain(of_proof).collect();
    let points: Vec<G1Affine> = parts.iter().flat_map(|part| part.0).copied().collect();
    let scalars: Vec<Fr> = parts.iter().flat_map(|part| part.1).copied().collect();
    let left = G1Projective::msm(&points, &scalars).map_err(|_| Reject::Check(Check::Pairing))?;
    let right = -commitments.last.into_group();
    let pairing = Bn254::multi_pairing([left.into_affine(), right.into_affine()], [setup.g2, setup.tau_g2]);
    if pairing.0 == <Bn254 as Pairing>::TargetField::ONE { Ok(()) } else { Err(Reject::Check(Check::Pairing)) }
}
