//! Field arithmetic on eight elements at once, on processors with AVX-512 IFMA.
//!
//! A prime field of 256 bits is what `ark_ff` makes of a [`MontConfig`]: four limbs of 64 bits in Montgomery form. A
//! [`Packed`] holds eight of its elements, limb by limb. Sums, differences and products of eight elements take about as
//! long as those of one or two in scalar code.
//!
//! [`Lanes::detect`] asks the processor. Without its answer nothing can be packed, so callers keep their scalar code for
//! other processors, and tests compare both.
//!
//! ```
//! use ark_bn254::Fr;
//! use hallmark_lanes::{Lanes, Packed, Task};
//!
//! struct Squares([Fr; 8]);
//!
//! impl Task for Squares {
//!     type Output = [Fr; 8];
//!
//!     #[inline(always)]
//!     fn run(self, lanes: Lanes) -> [Fr; 8] {
//!         let values = Packed::load(lanes, &self.0);
//!         (values * values).to_array()
//!     }
//! }
//!
//! let numbers: [Fr; 8] = std::array::from_fn(|index| Fr::from(index as u64));
//! let squares = match Lanes::detect() {
//!     Some(lanes) => lanes.run(Squares(numbers)),
//!     None => numbers.map(|number| number * number),
//! };
//! assert_eq!(squares[7], Fr::from(49u64));
//! ```
//!
//! [`MontConfig`]: ark_ff::MontConfig

#[cfg(target_arch = "x86_64")]
mod ifma;
mod limbs;
mod packed;
#[cfg(not(target_arch = "x86_64"))]
mod portable;
mod prefetch;
mod token;

#[cfg(target_arch = "x86_64")]
use ifma as machine;
#[cfg(not(target_arch = "x86_64"))]
use portable as machine;

pub use packed::{LANES, Packed, Prime};
pub use prefetch::prefetch;
pub use token::{Lanes, Task};
