//! The generator of Poseidon's constants: the Grain LFSR in self-shrinking mode (ePrint 2019/458, appendix F), so that
//! nobody chose them.

use std::collections::VecDeque;

use ark_bn254::Fr;
use ark_ff::{BigInt, Field, PrimeField};

/// The bits of a field element.
const ELEMENT_BITS: usize = Fr::MODULUS_BIT_SIZE as usize;
/// The bits that are discarded before the first is used.
const WARM_UP: usize = 160;
/// The positions that are summed for the next bit.
const TAPS: [usize; 6] = [62, 51, 38, 23, 13, 0];

/// The register: 80 bits, the oldest in front.
pub(super) struct Grain {
    register: VecDeque<bool>,
}

impl Grain {
    /// The register is seeded with what is generated: a prime field (1), the S-box x^a (0), the field's bits, the width
    /// and the rounds.
    pub(super) fn new(width: usize, full_rounds: usize, partial_rounds: usize) -> Self {
        let seed = [(1, 2), (0, 4), (ELEMENT_BITS, 12), (width, 12), (full_rounds, 10), (partial_rounds, 10)];
        let bits = seed.into_iter().flat_map(|(value, length)| (0..length).rev().map(move |bit| value >> bit & 1 == 1));
        let mut grain = Self { register: bits.chain([true; 30]).collect() };
        for _ in 0..WARM_UP {
            grain.step();
        }
        grain
    }

    /// The next bit of the register.
    fn step(&mut self) -> bool {
        let bit = TAPS.iter().fold(false, |sum, tap| sum ^ self.register.get(*tap).copied().unwrap_or(false));
        self.register.pop_front();
        self.register.push_back(bit);
        bit
    }

    /// The next bit that self-shrinking keeps: of each pair, the second, where the first is 1.
    fn bit(&mut self) -> bool {
        while !self.step() {
            self.step();
        }
        self.step()
    }

    /// An integer of a field element's length, from its highest bit.
    fn integer(&mut self) -> BigInt<4> {
        let mut limbs = [0; 4];
        for position in (0..ELEMENT_BITS).rev() {
            if let Some(limb) = limbs.get_mut(position / 64) {
                *limb |= u64::from(self.bit()) << (position % 64);
            }
        }
        BigInt(limbs)
    }

    /// A field element: the next integer below the modulus.
    pub(super) fn element(&mut self) -> Fr {
        loop {
            if let Some(element) = Fr::from_bigint(self.integer()) {
                return element;
            }
        }
    }

    /// The Cauchy matrix 1 / (x_i + y_j). Its coordinates are integers modulo r: the reference scripts reject none
    /// here.
    ///
    /// The scripts try again where a sum is zero or an invariant subspace is found; neither occurs for the widths in
    /// use.
    pub(super) fn matrix<const N: usize>(&mut self) -> [[Fr; N]; N] {
        let rows: [Fr; N] = std::array::from_fn(|_| self.reduced());
        let columns: [Fr; N] = std::array::from_fn(|_| self.reduced());
        rows.map(|x| columns.map(|y| (x + y).inverse().unwrap_or_default()))
    }

    fn reduced(&mut self) -> Fr {
        let integer = self.integer();
        integer.0.into_iter().rev().fold(Fr::default(), |value, limb| value * Fr::from(1u128 << 64) + Fr::from(limb))
    }
}
