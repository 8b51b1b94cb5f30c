//! The prover of the merging sumcheck. Its equation is in [`hallmark_circuits::verifier::merge`].

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use hallmark_circuits::{channel::Sender, message::Message};

/// A functional times a polynomial, summed over the lowest variables of the sumcheck.
///
/// Where all of its own variables are bound it goes on as its product where the other variables are zero, and as zero elsewhere.
pub trait Summand {
    /// The constant and the quadratic coefficient of the round polynomial.
    fn round(&self) -> [Fr; 2];

    /// Binds the lowest variable that is left.
    fn bind(&mut self, x: &Fr);

    /// The value of the polynomial, when all variables are bound.
    fn value(&self) -> Fr;
}

/// Runs the sumcheck over the sum of all summands and returns its point.
pub fn prove(channel: &mut Sender, rounds: usize, mut claim: Fr, summands: &mut [&mut dyn Summand]) -> Vec<Fr> {
    let mut point = Vec::new();
    for _ in 0..rounds {
        let [constant, quadratic] = sum_rounds(summands.iter().map(|summand| summand.round()));
        channel.send(Message::MergeRound, &[constant, quadratic]);
        let x = channel.challenge();
        let linear = claim - constant.double() - quadratic;
        claim = (quadratic * x + linear) * x + constant;
        summands.iter_mut().for_each(|summand| summand.bind(&x));
        point.push(x);
    }
    point
}

/// The sum of round polynomials.
pub(super) fn sum_rounds(rounds: impl Iterator<Item = [Fr; 2]>) -> [Fr; 2] {
    rounds.fold([Fr::ZERO; 2], |sum, round| [sum[0] + round[0], sum[1] + round[1]])
}
