//! Multi-scalar multiplication in G1: `sum_i scalars[i] * bases[i]`.
//!
//! This is the bucket method (Pippenger, as in Bernstein, Doumen, Lange and Oosterwijk, ePrint 2012/549) with signed
//! digits. Committing takes most of a proof's time, and almost all of it is the sums of the buckets' points: those are
//! taken in affine coordinates, where many independent additions share one inversion (6 field multiplications an
//! addition instead of 10).
//!
//! Every function pairs bases and scalars in order and stops at the end of the shorter slice; more scalars than bases
//! is a mistake of the caller that debug builds refuse. Nothing here runs in constant time.

mod additions;
mod buckets;
mod digits;

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ff::{AdditiveGroup, PrimeField};
use hallmark_lanes::Lanes;
use rayon::prelude::*;

use self::{
    buckets::{group_sums, window_sum},
    digits::{Offset, Radix},
};

/// Bits of a scalar's balanced representative: |s| < r/2 < 2^253.
const SCALAR_BITS: u32 = 253;

/// Up to this many products, measured, are cheaper one by one (by the curve's endomorphism) than in buckets.
const FEW: usize = 12;

/// `sum_i scalars[i] * bases[i]` for scalars of any size. Zeros and small values, also negative ones, are cheap.
pub fn msm(bases: &[G1Affine], scalars: &[Fr]) -> G1Projective {
    msm_with(Lanes::detect(), bases, scalars)
}

/// What [`msm`] computes, in the scalar code of processors that lack the instructions for [`Lanes`]. The yardstick of benchmarks
/// takes it, so that its unit is the same on all processors.
pub fn msm_without_lanes(bases: &[G1Affine], scalars: &[Fr]) -> G1Projective {
    msm_with(None, bases, scalars)
}

fn msm_with(lanes: Option<Lanes>, bases: &[G1Affine], scalars: &[Fr]) -> G1Projective {
    debug_assert!(scalars.len() <= bases.len(), "{} scalars for {} bases", scalars.len(), bases.len());
    let scalars = &scalars[..scalars.len().min(bases.len())];
    if scalars.len() <= FEW {
        return bases.iter().zip(scalars).map(|(base, scalar)| *base * scalar).sum();
    }
    let radix = Radix::for_scalars(scalars.len(), SCALAR_BITS);
    let offset = Offset::new(radix);
    let shifted: Vec<_> =
        scalars.par_iter().with_min_len(1 << 10).map(|scalar| offset.shift(scalar.into_bigint())).collect();
    sum(lanes, radix, &bases[..scalars.len()], |window, index| offset.digit(window, &shifted[index]))
}

/// `sum_i scalars[i] * bases[i]` for small integers. The cost follows the largest magnitude; zeros cost nothing.
pub fn msm_small(bases: &[G1Affine], scalars: &[i64]) -> G1Projective {
    debug_assert!(scalars.len() <= bases.len(), "{} scalars for {} bases", scalars.len(), bases.len());
    let scalars = &scalars[..scalars.len().min(bases.len())];
    let count = scalars.par_iter().with_min_len(1 << 12).filter(|scalar| **scalar != 0).count();
    let magnitude = scalars.par_iter().with_min_len(1 << 12).map(|scalar| scalar.unsigned_abs()).max().unwrap_or(0);
    let radix = Radix::for_scalars(count, u64::BITS - magnitude.saturating_sub(1).leading_zeros());
    let offset = radix.small_offset();
    sum(Lanes::detect(), radix, &bases[..scalars.len()], |window, index| {
        radix.small_digit(offset, window, scalars[index])
    })
}

/// The sum of `scalar * bases[index]` over the entries (index, scalar).
///
/// An index may come more than once; one beyond the bases is a mistake of the caller, which debug builds refuse and
/// others leave out.
pub fn msm_sparse(bases: &[G1Affine], entries: &[(usize, Fr)]) -> G1Projective {
    debug_assert!(
        entries.iter().all(|(index, _)| *index < bases.len()),
        "an entry is beyond the {} bases",
        bases.len()
    );
    let (points, scalars): (Vec<_>, Vec<_>) =
        entries.iter().filter_map(|(index, scalar)| Some((*bases.get(*index)?, *scalar))).unzip();
    msm(&points, &scalars)
}

/// The sum of `scalars[group] * bases[index]` over the members (index, group).
///
/// The points of a group are added up first, so that a scalar that many points share is multiplied once. A member beyond
/// the bases or the scalars is a mistake of the caller, which debug builds refuse and others leave out.
pub fn msm_grouped(bases: &[G1Affine], members: &[(u32, u32)], scalars: &[Fr]) -> G1Projective {
    let inside = |(index, group): (u32, u32)| (index as usize) < bases.len() && (group as usize) < scalars.len();
    debug_assert!(members.iter().all(|member| inside(*member)), "a member is beyond the bases or the scalars");
    let (points, scalars): (Vec<_>, Vec<_>) = members
        .par_chunks(members.len().div_ceil(rayon::current_num_threads()).max(1))
        .flat_map_iter(|members| {
            let members: Vec<_> = members.iter().copied().filter(|member| inside(*member)).collect();
            group_sums(Lanes::detect(), bases, &members, scalars.len())
        })
        .map(|(group, point)| (point, scalars[group]))
        .unzip();
    msm(&points, &scalars)
}

/// `sum_w 2^(w * radix.bits) sum_i digit(w, i) * bases[i]`, its windows and blocks of bases in parallel.
fn sum(
    lanes: Option<Lanes>,
    radix: Radix,
    bases: &[G1Affine],
    digit: impl Fn(u32, usize) -> i32 + Sync,
) -> G1Projective {
    let blocks = block_count(radix, bases.len());
    let block = bases.len().div_ceil(blocks).max(1);
    let sums: Vec<G1Projective> = (0..radix.windows as usize * blocks)
        .into_par_iter()
        .map(|task| {
            let (window, start) = ((task / blocks) as u32, (task % blocks * block).min(bases.len()));
            let end = (start + block).min(bases.len());
            window_sum(lanes, &bases[start..end], radix.buckets(), |index| digit(window, start + index))
        })
        .collect();
    combine(radix, sums.chunks(blocks))
}

/// Enough blocks for two tasks a thread, as windows may be few. A block has buckets of its own to sum, so that it must
/// have many more points than buckets.
fn block_count(radix: Radix, bases: usize) -> usize {
    let wanted = (2 * rayon::current_num_threads()).div_ceil(radix.windows as usize);
    wanted.min(bases / (8 * radix.buckets())).max(1)
}

/// Horner's rule over the windows, from the highest.
fn combine<'a>(radix: Radix, windows: impl DoubleEndedIterator<Item = &'a [G1Projective]>) -> G1Projective {
    windows.rev().fold(G1Projective::ZERO, |mut total, blocks| {
        for _ in 0..radix.bits {
            total.double_in_place();
        }
        total + blocks.iter().sum::<G1Projective>()
    })
}
