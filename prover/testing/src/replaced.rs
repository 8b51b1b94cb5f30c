//! A settlement proof that holds, in which a point stands in the place of a piece of the quotient. Who knows tau can make it.
//!
//! Halo2's prover proves as it does, and this transcript passes on what it says, but for that piece. With `c` for the piece's
//! coefficient in the opened sum and `D` for what was taken from the piece, the last point makes up for it:
//!
//! ```text
//! W' (tau - u) = F  becomes  W' (tau - u) = F - c D
//! ```

use std::io;

use ark_bn254::{Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::Field;
use hallmark_circuits::settlement::{
    DEGREE,
    columns::COLUMNS,
    convert::{point_from_halo2, point_to_halo2},
    halo2_transcript::Challenge,
    key::CircuitKey,
    table::VALUES,
    transcript::KeccakTranscript,
};
use halo2_proofs::{
    halo2curves::bn256,
    transcript::{Transcript, TranscriptWrite},
};

/// The pieces of the quotient.
pub const PIECES: usize = DEGREE - 1;
/// The points before them: the columns of values, the permutation's product, the random polynomial.
pub const FIRST_PIECE: usize = VALUES + 1 + 1;
/// After the pieces comes W.
const LAST_POINT: usize = FIRST_PIECE + PIECES + 1;

/// A transcript in the way of halo2's prover.
pub struct Replacing {
    transcript: KeccakTranscript<Vec<u8>>,
    circuit: CircuitKey,
    tau: Fr,
    piece: usize,
    replacement: G1Affine,
    /// The piece.
    replaced: G1Affine,
    points: usize,
    challenges: Vec<Fr>,
}

impl Replacing {
    /// Puts a point in the place of a piece.
    pub fn new(circuit: CircuitKey, tau: Fr, piece: usize, replacement: G1Affine) -> Self {
        let transcript = KeccakTranscript::new(Vec::new());
        let (replaced, challenges) = (replacement, Vec::new());
        Self { transcript, circuit, tau, piece, replacement, replaced, points: 0, challenges }
    }

    /// The proof.
    pub fn into_argument(self) -> Vec<u8> {
        self.transcript.into_stream()
    }

    /// The coefficient of the piece in the sum that is opened, by the challenges.
    fn coefficient(&self) -> Fr {
        let [_theta, _beta, _gamma, _y, x, batch, v, u] = self.challenges[..] else { panic!("halo2 draws others") };
        // The constants and the permutation's columns come before the quotient.
        let place = batch.pow([COLUMNS as u64]) * x.pow([(self.piece as u64) << self.circuit.log_rows]);
        v * (u - x * self.circuit.root) * place
    }
}

impl Transcript<bn256::G1Affine, Challenge> for Replacing {
    fn squeeze_challenge(&mut self) -> Challenge {
        let mut same = self.transcript.clone();
        self.challenges.push(same.challenge());
        self.transcript.squeeze_challenge()
    }

    fn common_point(&mut self, point: bn256::G1Affine) -> io::Result<()> {
        self.transcript.common_point(point)
    }

    fn common_scalar(&mut self, scalar: bn256::Fr) -> io::Result<()> {
        self.transcript.common_scalar(scalar)
    }
}

impl TranscriptWrite<bn256::G1Affine, Challenge> for Replacing {
    fn write_point(&mut self, point: bn256::G1Affine) -> io::Result<()> {
        let number = self.points;
        self.points += 1;
        let mut sent = point_from_halo2(&point);
        if number == FIRST_PIECE + self.piece {
            self.replaced = sent;
            sent = self.replacement;
        } else if number == LAST_POINT {
            let u = *self.challenges.last().unwrap();
            let taken = self.replaced - self.replacement;
            sent = (sent - taken * (self.coefficient() / (self.tau - u))).into_affine();
        }
        self.transcript.write_point(point_to_halo2(&sent))
    }

    fn write_scalar(&mut self, scalar: bn256::Fr) -> io::Result<()> {
        self.transcript.write_scalar(scalar)
    }
}
