//! Randomness for halo2, which expects an older version of the interface.

use rand::CryptoRng;
use rand_core_06::{Error, RngCore};

/// A generator with the interface that halo2 expects.
pub(super) struct HaloRng<'r, R>(pub(super) &'r mut R);

impl<R: CryptoRng> RngCore for HaloRng<'_, R> {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}
