//! The unit U: one full-size multi-scalar multiplication of 2^16 points by scalar code, in the same run and with the same threads.

use std::{hint::black_box, time::Instant};

use ark_bn254::{Fr, G1Affine};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::median;
use hallmark_proving::msm::msm_without_lanes;
use hallmark_proving::random::random_scalar;
use hallmark_proving::srs::Srs;

/// The base-two logarithm of the number of points.
const LOG_POINTS: u32 = 16;
/// How often it is measured.
const RUNS: usize = 5;

/// The points and scalars of the unit.
#[derive(Debug)]
pub struct Unit {
    bases: Vec<G1Affine>,
    scalars: Vec<Fr>,
}

impl Default for Unit {
    fn default() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let bases = Srs::insecure(LOG_POINTS, &mut rng).g1()[..1 << LOG_POINTS].to_vec();
        let scalars = bases.iter().map(|_| random_scalar(&mut rng)).collect();
        Self { bases, scalars }
    }
}

impl Unit {
    /// Computes it once.
    pub fn run(&self) {
        let _sum = black_box(msm_without_lanes(&self.bases, &self.scalars));
    }

    /// The seconds it takes, the median of several.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        let time = |_| {
            let start = Instant::now();
            self.run();
            start.elapsed().as_secs_f64()
        };
        median((0..RUNS).map(time).collect())
    }
}
