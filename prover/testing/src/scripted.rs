//! A generator that gives one scalar that a test has chosen, and random ones otherwise.

use std::convert::Infallible;

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use rand::{Rng, TryCryptoRng, TryRng};

/// The bytes that a random scalar is made of.
const SCALAR_BYTES: usize = 64;

/// A generator of which the scalar with a given number is chosen.
#[derive(Debug)]
pub struct Scripted<R> {
    rng: R,
    drawn: usize,
    number: usize,
    chosen: Fr,
}

impl<R> Scripted<R> {
    /// Gives `chosen` in place of scalar `number`, counted from zero.
    pub const fn new(rng: R, number: usize, chosen: Fr) -> Self {
        Self { rng, drawn: 0, number, chosen }
    }
}

impl<R: Rng> TryRng for Scripted<R> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.rng.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.rng.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.rng.fill_bytes(bytes);
        if bytes.len() == SCALAR_BYTES {
            if self.drawn == self.number {
                let chosen = self.chosen.into_bigint().to_bytes_le();
                bytes.fill(0);
                bytes[..chosen.len()].copy_from_slice(&chosen);
            }
            self.drawn += 1;
        }
        Ok(())
    }
}

impl<R: Rng> TryCryptoRng for Scripted<R> {}
