//! That the random rows cover what a settlement proof depends on of its columns: the values at tau and at the point after it,
//! where the commitments and the quotient's are, and at two opened points.
//!
//! These are four linear functionals of a column. Their vectors over its random rows are independent, so that they are uniform
//! whatever the other rows hold. The quotient's pieces have blinds of their own.

use ark_bn254::Fr;
use ark_ff::{FftField, Field};
use hallmark_circuits::settlement::key::BLINDING_ROWS;
use hallmark_proving::random::random_scalar;
use hallmark_testing::dense::rank;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

const ROWS: usize = 64;
/// The random rows of the permutation's product, whose end is the row before them.
const OF_PRODUCT: usize = BLINDING_ROWS - 1;

/// The Lagrange polynomials of the last rows at x: `root^i (x^n - 1) / (n (x - root^i))`.
fn lagrange(root: Fr, x: Fr, rows: usize) -> Vec<Fr> {
    let factor = (x.pow([ROWS as u64]) - Fr::ONE) / Fr::from(ROWS as u64);
    (ROWS - rows..ROWS).map(|row| root.pow([row as u64])).map(|at| at * factor / (x - at)).collect()
}

#[test]
fn random_rows_cover_what_is_shown_of_a_column() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let root = Fr::get_root_of_unity(ROWS as u64).unwrap();
    let [x, tau] = [(); 2].map(|()| random_scalar(&mut rng));
    for rows in [BLINDING_ROWS, OF_PRODUCT] {
        let shown = |x: Fr, tau: Fr| rank([tau, tau * root, x, x * root].map(|point| lagrange(root, point, rows)));
        assert_eq!(shown(x, tau), 4);
        // A challenge next to the secret would show one value twice.
        assert_eq!(shown(tau * root, tau), 3);
    }
}
