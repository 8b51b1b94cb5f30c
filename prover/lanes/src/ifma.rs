//! The arithmetic in AVX-512 IFMA: Montgomery multiplication with limbs of 52 bits (Gueron and Krasnov, *Accelerating Big
//! Integer Arithmetic Using Intel IFMA Extensions*, ARITH 2016), a limb of eight elements in a register.
//!
//! Elements keep `ark_ff`'s form, `value * 2^256`. A product by these limbs divides by `2^260`. So one factor is multiplied
//! by 16 first, which is a shift.

use std::arch::x86_64::*;

use ark_ff::MontConfig;

use super::{
    Lanes, Prime, Task,
    limbs::{BITS, COUNT, MASK, Modulus, split},
    packed::LANES,
};

/// A limb of each element in each register.
pub(crate) type Vectors = [__m512i; COUNT];

/// Four words of 64 bits of each element.
type Words = [__m512i; 4];

/// The words of eight elements.
const WORDS: usize = 4 * LANES;

/// Compiles work for the instructions.
///
/// # Safety
/// The processor must have them.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(crate) unsafe fn run<T: Task>(lanes: Lanes, task: T) -> T::Output {
    task.run(lanes)
}

macro_rules! with_lanes {
    ($(#[doc = $doc:literal] $name:ident$([$config:ident])? = $inner:ident($($argument:ident: $kind:ty),*) -> $output:ty;)*) => {$(
        #[doc = $doc]
        #[inline(always)]
        pub(crate) fn $name$(<$config: MontConfig<4>>)?(_: Lanes, $($argument: $kind),*) -> $output {
            // SAFETY: the processor has the instructions, since there is a token.
            unsafe { $inner($($argument),*) }
        }
    )*};
}

with_lanes! {
    /// Eight elements.
    load[C] = load_elements(values: &[Prime<C>; LANES]) -> Vectors;
    /// Elements that lie apart.
    gather[C] = gather_elements(values: [&Prime<C>; LANES]) -> Vectors;
    /// The elements at even places, and those at odd ones.
    load_pairs[C] = load_element_pairs(values: &[Prime<C>; 2 * LANES]) -> [Vectors; 2];
    /// One element eight times.
    splat[C] = splat_element(value: &Prime<C>) -> Vectors;
    /// Zeros.
    zero = zeros() -> Vectors;
    /// Writes eight elements.
    store[C] = store_elements(vectors: Vectors, values: &mut [Prime<C>; LANES]) -> ();
    /// Sums.
    add = add_limbs(modulus: &Modulus, left: Vectors, right: Vectors) -> Vectors;
    /// Differences.
    sub = sub_limbs(modulus: &Modulus, left: Vectors, right: Vectors) -> Vectors;
    /// Products.
    mul = mul_limbs(modulus: &Modulus, left: Vectors, right: Vectors) -> Vectors;
}

/// The words of elements that lie one after the other.
///
/// An element has one field that is not empty, of four words, and no more bytes than that: so the field begins where the
/// element does.
const fn check_layout<C: MontConfig<4>>() {
    assert!(size_of::<Prime<C>>() == 32 && align_of::<Prime<C>>() == align_of::<u64>());
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn load_elements<C: MontConfig<4>>(values: &[Prime<C>; LANES]) -> Vectors {
    const { check_layout::<C>() };
    let words = std::ptr::from_ref(values).cast::<u64>();
    // SAFETY: the elements are WORDS words, of which each load reads eight, the last from WORDS - 8 on.
    let rows = unsafe { [0, 8, 16, WORDS - 8].map(|start| _mm512_loadu_epi64(words.add(start).cast())) };
    into_limbs(columns_of_elements(rows))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn gather_elements<C: MontConfig<4>>(values: [&Prime<C>; LANES]) -> Vectors {
    let row = |first: usize| -> __m512i {
        let [low, high] = [values[first], values[first + 1]].map(|value| value.0.0.map(|word| word as i64));
        _mm512_set_epi64(high[3], high[2], high[1], high[0], low[3], low[2], low[1], low[0])
    };
    into_limbs(columns_of_elements([row(0), row(2), row(4), row(6)]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn load_element_pairs<C: MontConfig<4>>(values: &[Prime<C>; 2 * LANES]) -> [Vectors; 2] {
    const { check_layout::<C>() };
    let words = std::ptr::from_ref(values).cast::<u64>();
    // SAFETY: the elements are 2 * WORDS words, of which each load reads eight, the last from 2 * WORDS - 8 on.
    let rows: [__m512i; 8] = std::array::from_fn(|row| unsafe { _mm512_loadu_epi64(words.add(8 * row).cast()) });
    // Each row has a pair. Even elements are in the lower halves of rows, odd ones in the upper halves.
    let joined = |half: [i64; 8]| -> Words {
        let index = _mm512_setr_epi64(half[0], half[1], half[2], half[3], half[4], half[5], half[6], half[7]);
        let pick = |low: usize| _mm512_permutex2var_epi64(rows[low], index, rows[low + 1]);
        [pick(0), pick(2), pick(4), pick(6)]
    };
    let even = joined([0, 1, 2, 3, 8, 9, 10, 11]);
    let odd = joined([4, 5, 6, 7, 12, 13, 14, 15]);
    [into_limbs(columns_of_elements(even)), into_limbs(columns_of_elements(odd))]
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn splat_element<C: MontConfig<4>>(value: &Prime<C>) -> Vectors {
    broadcast(&split(value.0.0))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn zeros() -> Vectors {
    [_mm512_setzero_si512(); COUNT]
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn store_elements<C: MontConfig<4>>(vectors: Vectors, values: &mut [Prime<C>; LANES]) {
    const { check_layout::<C>() };
    let rows = elements_of_columns(into_words(vectors));
    let words = std::ptr::from_mut(values).cast::<u64>();
    for (row, start) in rows.into_iter().zip([0, 8, 16, WORDS - 8]) {
        // SAFETY: the elements are WORDS words, of which each store writes eight, the last from WORDS - 8 on. Every limb is
        // below 2^52 and the whole below the prime, so that the words are elements.
        unsafe { _mm512_storeu_epi64(words.add(start).cast(), row) };
    }
}

/// From four rows of two elements each to four columns: word `i` of all elements.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn columns_of_elements(rows: Words) -> Words {
    // Words 0 of four elements, then their words 1; and likewise words 2 and 3.
    let low = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13);
    let high = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);
    let [a, b, c, d] = rows;
    let (first, second) = (_mm512_permutex2var_epi64(a, low, b), _mm512_permutex2var_epi64(c, low, d));
    let (third, fourth) = (_mm512_permutex2var_epi64(a, high, b), _mm512_permutex2var_epi64(c, high, d));
    [
        _mm512_shuffle_i64x2::<0x44>(first, second),
        _mm512_shuffle_i64x2::<0xee>(first, second),
        _mm512_shuffle_i64x2::<0x44>(third, fourth),
        _mm512_shuffle_i64x2::<0xee>(third, fourth),
    ]
}

/// The other way round.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn elements_of_columns(columns: Words) -> Words {
    let [a, b, c, d] = columns;
    // Words 0 and 1 of elements 0 to 3, and of 4 to 7; and likewise words 2 and 3.
    let low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
    let high = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
    let (first, second) = (_mm512_permutex2var_epi64(a, low, b), _mm512_permutex2var_epi64(c, low, d));
    let (third, fourth) = (_mm512_permutex2var_epi64(a, high, b), _mm512_permutex2var_epi64(c, high, d));
    let front = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    let back = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    [
        _mm512_permutex2var_epi64(first, front, second),
        _mm512_permutex2var_epi64(first, back, second),
        _mm512_permutex2var_epi64(third, front, fourth),
        _mm512_permutex2var_epi64(third, back, fourth),
    ]
}

/// Words of 64 bits as limbs.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn into_limbs(words: Words) -> Vectors {
    let [a, b, c, d] = words;
    let mask = _mm512_set1_epi64(MASK as i64);
    [
        _mm512_and_si512(a, mask),
        _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64::<52>(a), _mm512_slli_epi64::<12>(b)), mask),
        _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64::<40>(b), _mm512_slli_epi64::<24>(c)), mask),
        _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64::<28>(c), _mm512_slli_epi64::<36>(d)), mask),
        _mm512_srli_epi64::<16>(d),
    ]
}

/// Limbs as words of 64 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn into_words(limbs: Vectors) -> Words {
    let [a, b, c, d, e] = limbs;
    [
        _mm512_or_si512(a, _mm512_slli_epi64::<52>(b)),
        _mm512_or_si512(_mm512_srli_epi64::<12>(b), _mm512_slli_epi64::<40>(c)),
        _mm512_or_si512(_mm512_srli_epi64::<24>(c), _mm512_slli_epi64::<28>(d)),
        _mm512_or_si512(_mm512_srli_epi64::<36>(d), _mm512_slli_epi64::<16>(e)),
    ]
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn broadcast(limbs: &[u64; COUNT]) -> Vectors {
    limbs.map(|limb| _mm512_set1_epi64(limb as i64))
}

/// Limbs of which each may exceed 52 bits, or be negative, as limbs of 52 bits. The last takes what is left.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn carry(mut limbs: Vectors) -> Vectors {
    let mask = _mm512_set1_epi64(MASK as i64);
    for index in 0..COUNT - 1 {
        let over = _mm512_srai_epi64::<BITS>(limbs[index]);
        limbs[index] = _mm512_and_si512(limbs[index], mask);
        limbs[index + 1] = _mm512_add_epi64(limbs[index + 1], over);
    }
    limbs
}

/// A number below twice the prime, whose limbs may exceed 52 bits, less the prime if it is not below it.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn reduce(modulus: &Modulus, limbs: Vectors) -> Vectors {
    let prime = broadcast(&modulus.limbs);
    let number = carry(limbs);
    let less = carry(std::array::from_fn(|index| _mm512_sub_epi64(number[index], prime[index])));
    let below = _mm512_movepi64_mask(less[COUNT - 1]);
    std::array::from_fn(|index| _mm512_mask_blend_epi64(below, less[index], number[index]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn add_limbs(modulus: &Modulus, left: Vectors, right: Vectors) -> Vectors {
    reduce(modulus, std::array::from_fn(|index| _mm512_add_epi64(left[index], right[index])))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn sub_limbs(modulus: &Modulus, left: Vectors, right: Vectors) -> Vectors {
    let prime = broadcast(&modulus.limbs);
    let difference = carry(std::array::from_fn(|index| _mm512_sub_epi64(left[index], right[index])));
    let negative = _mm512_movepi64_mask(difference[COUNT - 1]);
    let raised = std::array::from_fn(|index| {
        _mm512_mask_add_epi64(difference[index], negative, difference[index], prime[index])
    });
    carry(raised)
}

/// With factors below the prime p, the sum before the reduction is below `16 p^2 / 2^260 + p`, which is below `2 p` since p is
/// below `2^254`. A limb of the sum grows by less than `4 * 2^52` in each of five steps.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn mul_limbs(modulus: &Modulus, left: Vectors, right: Vectors) -> Vectors {
    let zero = _mm512_setzero_si512();
    let prime = broadcast(&modulus.limbs);
    let inverse = _mm512_set1_epi64(modulus.inverse as i64);
    let right = sixteen_times(right);
    let mut sum = [zero; COUNT + 1];
    for factor in left {
        for index in 0..COUNT {
            sum[index] = _mm512_madd52lo_epu64(sum[index], factor, right[index]);
            sum[index + 1] = _mm512_madd52hi_epu64(sum[index + 1], factor, right[index]);
        }
        let multiple = _mm512_madd52lo_epu64(zero, sum[0], inverse);
        for index in 0..COUNT {
            sum[index] = _mm512_madd52lo_epu64(sum[index], multiple, prime[index]);
            sum[index + 1] = _mm512_madd52hi_epu64(sum[index + 1], multiple, prime[index]);
        }
        // The lowest limb is a multiple of 2^52 now.
        let over = _mm512_srli_epi64::<BITS>(sum[0]);
        sum = [_mm512_add_epi64(sum[1], over), sum[2], sum[3], sum[4], sum[5], zero];
    }
    let [a, b, c, d, e, _] = sum;
    reduce(modulus, [a, b, c, d, e])
}

/// The number shifted by four bits, below `2^258`.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn sixteen_times(limbs: Vectors) -> Vectors {
    let [a, b, c, d, e] = limbs;
    let mask = _mm512_set1_epi64(MASK as i64);
    let joined =
        |low, high| _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64::<48>(low), _mm512_slli_epi64::<4>(high)), mask);
    [
        _mm512_and_si512(_mm512_slli_epi64::<4>(a), mask),
        joined(a, b),
        joined(b, c),
        joined(c, d),
        _mm512_or_si512(_mm512_srli_epi64::<48>(d), _mm512_slli_epi64::<4>(e)),
    ]
}
