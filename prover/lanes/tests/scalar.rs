//! Packed arithmetic is that of `ark_ff`, on edge values and on many others, in both fields of the curve.

use ark_bn254::{FqConfig, FrConfig};
use ark_ff::{AdditiveGroup, BigInt, Field, MontConfig, PrimeField};
use hallmark_lanes::{LANES, Lanes, Packed, Prime, Task};

/// Elements whose stored limbs are extreme, elements that are extreme themselves, and many in between.
fn elements<C: MontConfig<4>>() -> Vec<Prime<C>> {
    let one = Prime::<C>::from(1u64);
    let largest = -one;
    let half = one.double().inverse().unwrap();
    let mut found = vec![Prime::<C>::from(0u64), one, one.double(), largest, largest - one, half, -half];
    // Stored as they are: limbs of ones, and numbers next to the prime.
    let stored = |words| Prime::<C>::new_unchecked(BigInt::<4>(words));
    let modulus = C::MODULUS.0;
    found.push(stored([1, 0, 0, 0]));
    found.push(stored([modulus[0] - 1, modulus[1], modulus[2], modulus[3]]));
    found.push(stored([u64::MAX, u64::MAX, u64::MAX, modulus[3] - 1]));
    found.push(stored([0, 0, 0, modulus[3]]));
    for bit in 0..253 {
        found.push(Prime::<C>::from_bigint(one.double().pow([bit]).into_bigint()).unwrap());
    }
    let mut random = Prime::<C>::from(0x0123_4567_89ab_cdefu64).inverse().unwrap();
    for _ in 0..256 {
        random = random.square() + one;
        found.push(random);
    }
    found
}

struct Every<'v, C: MontConfig<4>> {
    left: &'v [Prime<C>],
    right: &'v [Prime<C>],
}

impl<C: MontConfig<4>> Task for Every<'_, C> {
    type Output = Vec<[Prime<C>; 4]>;

    #[inline(always)]
    fn run(self, lanes: Lanes) -> Self::Output {
        let chunks = self.left.as_chunks::<LANES>().0.iter().zip(self.right.as_chunks::<LANES>().0);
        let all = chunks.flat_map(|(left, right)| {
            let (left, right) = (Packed::load(lanes, left), Packed::load(lanes, right));
            let results = [left + right, left - right, left * right, -left].map(Packed::to_array);
            (0..LANES).map(move |lane| results.map(|result| result[lane]))
        });
        all.collect()
    }
}

fn agrees<C: MontConfig<4>>(lanes: Lanes) {
    let all = elements::<C>();
    for (index, first) in all.iter().enumerate() {
        // Each with each, in changing lanes.
        let mut right = all.clone();
        right.rotate_left(index);
        right.truncate(all.len() / LANES * LANES);
        let left = vec![*first; right.len()];
        let found = lanes.run(Every { left: &left, right: &right });
        assert_eq!(found.len(), right.len());
        for ((a, b), found) in left.iter().zip(&right).zip(found) {
            assert_eq!(found, [*a + b, *a - b, *a * b, -*a], "{a} and {b}");
        }
    }
}

#[test]
fn arithmetic_is_that_of_scalars() {
    // Other processors never pack anything.
    let Some(lanes) = Lanes::detect() else { return };
    agrees::<FrConfig>(lanes);
    agrees::<FqConfig>(lanes);
}

#[test]
fn elements_go_in_and_out_in_order() {
    // Other processors never pack anything.
    let Some(lanes) = Lanes::detect() else { return };
    let all = elements::<FrConfig>();
    for window in all.windows(2 * LANES) {
        let pairs: &[Prime<FrConfig>; 2 * LANES] = window.try_into().unwrap();
        let (first, _) = pairs.split_first_chunk::<LANES>().unwrap();
        assert_eq!(Packed::load(lanes, first).to_array(), *first);
        assert_eq!(Packed::gather(lanes, first.each_ref()).to_array(), *first);
        assert_eq!(Packed::splat(lanes, &first[3]).to_array(), [first[3]; LANES]);
        assert_eq!(Packed::load(lanes, first).sum(), first.iter().sum());
        let [even, odd] = Packed::load_pairs(lanes, pairs).map(Packed::to_array);
        for index in 0..LANES {
            assert_eq!([even[index], odd[index]], [pairs[2 * index], pairs[2 * index + 1]]);
        }
        let mut written = [Prime::<FrConfig>::default(); LANES];
        (Packed::load(lanes, first) * Packed::splat(lanes, &Prime::from(1u64))).store(&mut written);
        assert_eq!(written, *first);
    }
    assert_eq!(Packed::<FrConfig>::zero(lanes).to_array(), [Prime::from(0u64); LANES]);
}
