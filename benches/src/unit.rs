//! The unit U: one full-size multi-scalar multiplication of 2^16 points, in the same run and with the same threads.

use std::time::{Duration, Instant};

use ark_bn254::{Fr, G1Affine};
use hallmark_prover::{msm::msm, random::random_scalar, srs::Srs};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// The points and scalars of the unit.
#[derive(Debug)]
pub struct Unit {
    bases: Vec<G1Affine>,
    scalars: Vec<Fr>,
}

impl Default for Unit {
    fn default() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let bases = Srs::insecure(16, &mut rng).g1()[..1 << 16].to_vec();
        let scalars = bases.iter().map(|_| random_scalar(&mut rng)).collect();
        Self { bases, scalars }
    }
}

impl Unit {
    /// Computes it once.
    pub fn run(&self) {
        let _sum = std::hint::black_box(msm(&self.bases, &self.scalars));
    }

    /// The time it takes, the median of several.
    #[must_use]
    pub fn time(&self) -> Duration {
        median(5, || self.run())
    }
}

/// The median time of several runs.
pub fn median(runs: usize, mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..runs.max(1))
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}
