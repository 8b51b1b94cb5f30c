//! The packed words against a contract's loop over bytes, and the weights against the words.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use proptest::prelude::*;

use super::{
    PublicTensor, centre,
    digest::{Told, unfold},
    pack, places, public_tensors,
};
use crate::{
    arithmetic::Native,
    encoding::fr_to_bytes,
    error::Reject,
    layout::{Block, Layout},
    model::{
        Access, Architecture, AxisMap, Factor, InputPort, MIN_ROW_BITS, OutputPort, Step, Table, Term, block_bits,
    },
    multilinear::equality_table,
    poseidon::permute,
};

/// Two tensors of a space, the output in the block above the input's.
fn tensors<'m>(axes: [&'m [usize]; 2], widths: [usize; 2]) -> [PublicTensor<'m>; 2] {
    by_digests(axes, widths, 0)
}

/// The same, but the input is told by so many digests.
fn by_digests<'m>(axes: [&'m [usize]; 2], widths: [usize; 2], digests: usize) -> [PublicTensor<'m>; 2] {
    let bits = axes.map(block_bits);
    let top = bits[0].max(bits[1]);
    let tensor = |index: usize, first_word| PublicTensor {
        tensor: index,
        axes: axes[index],
        block: Block { offset: index << top, bits: bits[index] },
        width: widths[index],
        first_word,
        digests: if index == 0 { digests } else { 0 },
    };
    let input = tensor(0, 0);
    [input, tensor(1, input.words())]
}

/// What a contract does: it knows the numbers of bytes of runs and of values, and takes sixteen bytes at a time.
fn contract(runs: [(usize, usize); 2], bytes: [&[u8]; 2], gamma: Fr) -> Fr {
    let (mut sum, mut power) = (Fr::ZERO, Fr::ONE);
    for ((run, width), bytes) in runs.into_iter().zip(bytes) {
        for chunk in bytes.chunks(run).flat_map(|run| run.chunks(16)) {
            let mut word = [0; 16];
            word[..chunk.len()].copy_from_slice(chunk);
            (0..chunk.len()).step_by(width).for_each(|sign| word[sign] ^= 0x80);
            sum += power * Fr::from(u128::from_be_bytes(word));
            power *= gamma;
        }
    }
    sum
}

/// Values that fill their width, the least and the greatest among them.
fn values(public: &PublicTensor<'_>, seed: u64) -> Vec<i64> {
    let half = 1i64 << (8 * public.width - 1);
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as i64
    };
    let value = |random: i64| match random % 8 {
        0 => -half,
        1 => half - 1,
        _ => random % (2 * half) - half,
    };
    (0..public.values()).map(|_| value(next())).collect()
}

fn scalars(count: usize, seed: u64) -> Vec<Fr> {
    (1..=count as u64).map(|index| Fr::from(seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15)).pow([5])).collect()
}

fn check(axes: [&[usize]; 2], widths: [usize; 2], seed: u64) {
    check_tensors(&tensors(axes, widths), seed);
}

fn check_tensors(tensors: &[PublicTensor<'_>; 2], seed: u64) {
    let gamma = Fr::from(seed | 1 << 40).pow([5]);
    let values = [values(&tensors[0], seed), values(&tensors[1], !seed)];
    let packed = pack(tensors, [&values[0], &values[1]], gamma);

    let bytes = [0, 1].map(|index: usize| tensors[index].to_bytes(&values[index]));
    let runs = tensors.each_ref().map(|public| (public.run() * public.width, public.width));
    assert_eq!(contract(runs, [&bytes[0], &bytes[1]], gamma), packed);

    let mut sum = Fr::ZERO;
    for (public, values) in tensors.iter().zip(&values) {
        let weights = public.expand(gamma);
        assert_eq!(weights.len(), public.block.len());
        sum += places(public.axes).zip(values).map(|(place, value)| weights[place] * Fr::from(*value)).sum::<Fr>();

        // The extension over a space of which the block is a part.
        let at = scalars(public.block.bits.max(tensors[1].block.offset.ilog2() as usize) + 2, seed);
        let table = equality_table(&mut Native, &at, 1 << at.len());
        let block = &table[public.block.offset..public.block.offset + public.block.len()];
        let naive: Fr = block.iter().zip(&weights).map(|(equal, weight)| *equal * weight).sum();
        assert_eq!(public.evaluate(&mut Native, gamma, &at), naive);
    }
    assert_eq!(centre(&mut Native, tensors, gamma, packed), sum);
}

/// Axes, and the numbers of values and of one-byte words in a run, and of runs.
const SHAPES: [(&[usize], usize, usize, usize); 12] = [
    (&[28, 28], 28, 2, 28),
    (&[3, 5, 7], 7, 1, 15),
    (&[3, 5, 8], 40, 3, 3),
    (&[64], 64, 4, 1),
    (&[10], 10, 1, 1),
    (&[1, 8, 8], 64, 4, 1),
    (&[3, 8, 8], 192, 12, 1),
    (&[4, 1], 4, 1, 1),
    (&[17], 17, 2, 1),
    (&[2, 16, 1], 32, 2, 1),
    (&[1], 1, 1, 1),
    (&[], 1, 1, 1),
];

#[test]
fn runs_are_what_stands_together_in_both_orders() {
    for (axes, run, words, runs) in SHAPES {
        let [public, _] = tensors([axes, &[1]], [1, 1]);
        assert_eq!((public.run(), public.run_words(), public.words()), (run, words, words * runs), "{axes:?}");
        // The cells of a run have one place after another.
        let places: Vec<usize> = places(axes).collect();
        for run in places.chunks(run) {
            assert!(run.iter().zip(run[0]..).all(|(place, expected)| *place == expected), "{axes:?}");
        }
    }
}

#[test]
fn words_of_odd_shapes_are_a_contract_s_and_the_weights() {
    for (number, (axes, ..)) in SHAPES.into_iter().enumerate() {
        for (position, width) in [1, 2, 4].into_iter().enumerate() {
            let (other, ..) = SHAPES[(number + position + 1) % SHAPES.len()];
            check([axes, other], [width, [4, 1, 2][position]], (number * 3 + position) as u64);
        }
    }
}

proptest! {
    #[test]
    fn words_of_any_shape_are_a_contract_s_and_the_weights(
        input in prop::collection::vec(1usize..12, 0..4),
        output in prop::collection::vec(1usize..40, 0..3),
        widths in [0usize..3, 0..3],
        seed: u64,
    ) {
        check([&input, &output], widths.map(|bits| 1 << bits), seed);
    }
}

#[test]
fn the_weight_of_a_cell_is_its_place_in_a_word() {
    // The fourth value of the second run of [3, 10] with two bytes each: word 2 of the tensor, digit 3 of 8 from the top.
    let [_, public] = tensors([&[64], &[3, 10]], [1, 2]);
    let gamma = Fr::from(1_000_003u64);
    let place = places(public.axes).nth(13).unwrap();
    assert_eq!(public.expand(gamma)[place], gamma.pow([4 + 2]) * Fr::from(1u128 << 64));
    // And the tenth is the second of its next word.
    let place = places(public.axes).nth(19).unwrap();
    assert_eq!(public.expand(gamma)[place], gamma.pow([4 + 3]) * Fr::from(1u128 << 96));
}

#[test]
fn bytes_are_two_s_complement() {
    let [narrow, wide] = tensors([&[4], &[2]], [1, 4]);
    assert_eq!(narrow.to_bytes(&[-128, -1, 0, 127]), [0x80, 0xff, 0, 0x7f]);
    assert_eq!(wide.to_bytes(&[-2, 1 << 16]), [0xff, 0xff, 0xff, 0xfe, 0, 1, 0, 0]);
}

#[test]
fn bytes_give_their_values_back() {
    for (axes, width) in [(&[3usize, 5][..], 1), (&[7], 2), (&[2, 2], 4)] {
        let [public, _] = tensors([axes, &[1]], [width, 1]);
        let values = values(&public, 5);
        let mut bytes = public.to_bytes(&values);
        assert_eq!(public.from_bytes(&bytes), Some(values));
        bytes.push(0);
        assert_eq!(public.from_bytes(&bytes), None);
        bytes.truncate(public.values() * width - 1);
        assert_eq!(public.from_bytes(&bytes), None);
    }
}

/// A model of one step whose table has these outputs.
fn model(input_bits: u32, outputs: Vec<i32>) -> Architecture {
    let factor = Factor::values(Access { source: 0, axes: vec![AxisMap::variable(0)] });
    let term = Term { coefficient: 1, summed: vec![], factors: vec![factor] };
    Architecture {
        input: InputPort::of_integers(vec![20], input_bits),
        output: OutputPort { shape: vec![20], parts: vec![], scale: 1.0 },
        weights: vec![],
        parts: vec![],
        tables: vec![Table { name: "table".into(), first: 0, outputs }],
        steps: vec![Step { name: "step".into(), axes: vec![20], constant: 0, terms: vec![term], shift: 0, table: 0 }],
        row_bits: MIN_ROW_BITS,
        weight_row_bits: MIN_ROW_BITS,
    }
}

#[test]
fn an_output_is_as_wide_as_its_table_needs() {
    let cases = [
        (1, [-128, 127]),
        (2, [-129, 0]),
        (2, [0, 128]),
        (2, [-32_768, 32_767]),
        (4, [-32_769, 0]),
        (4, [0, 32_768]),
        (4, [i32::MIN, i32::MAX]),
    ];
    for (input_bits, input_width, words) in [(8, 1, 2), (16, 2, 3)] {
        for (width, outputs) in cases {
            let model = model(input_bits, outputs.to_vec());
            let [input, output] = public_tensors(&model, &Layout::new(&model).unwrap());
            assert_eq!((input.tensor, input.width, input.first_word), (0, input_width, 0));
            assert_eq!((output.tensor, output.width, output.first_word), (1, width, words), "{outputs:?}");
        }
    }
}

/// Samples are powers of two, so that runs would reach over them otherwise.
#[test]
fn no_run_has_values_of_two_samples() {
    let run = |samples: usize, digests| by_digests([&[samples, 4, 8], &[1]], [1, 1], digests)[0].run();
    assert_eq!((run(2, 0), run(2, 2), run(4, 4), run(2, 1)), (64, 32, 32, 64));
}

/// The digest by its definition: circomlib's permutation P, as x -> P(x - c) + c, on a state of a capacity and two places.
fn reference_digest(header: Fr, words: &[Fr]) -> Fr {
    let mut state = [Fr::ZERO; 3];
    let absorbed: Vec<Fr> = std::iter::once(header).chain(words.iter().copied()).collect();
    for pair in absorbed.chunks(2) {
        state[1..=pair.len()].copy_from_slice(pair);
        permute(&mut Native, &mut state);
    }
    state[1]
}

/// The header, byte by byte.
fn reference_header(width: u8, run: u32, runs: u32) -> Fr {
    let bytes = [b"hallmark input 1".as_slice(), &[width], &[0; 3], &run.to_be_bytes(), &[0; 3], &runs.to_be_bytes()];
    Fr::from_be_bytes_mod_order(&bytes.concat())
}

#[test]
fn digests_are_those_of_the_samples_words() {
    // Rows of 20 bytes take two words each; three of them make a sample, of which there are four.
    let [input, _] = by_digests([&[4, 3, 10], &[2]], [2, 1], 4);
    let values = values(&input, 7);
    let words: Vec<Fr> = input.pack_words(&values).map(Fr::from).collect();
    assert_eq!((input.run(), words.len(), input.hidden(&values)), (10, 4 * 3 * 2, words.clone()));
    let expected: Vec<Fr> = words.chunks(6).map(|words| reference_digest(reference_header(2, 20, 3), words)).collect();
    assert_eq!(input.digests_of(&values), expected);
    let told: Vec<u8> = expected.iter().flat_map(fr_to_bytes).collect();
    assert_eq!(input.told(&values), told);
    assert_eq!(input.read_told(&told), Ok(Told { values: vec![], digests: expected }));
    // Each sample alone has the same digest as in the batch.
    let [alone, _] = by_digests([&[3, 10], &[2]], [2, 1], 1);
    let one_by_one: Vec<u8> = values.chunks(30).flat_map(|values| alone.told(values)).collect();
    assert_eq!(one_by_one, told);
}

/// Where all axes are powers of two, a run would reach from one sample into the next.
#[test]
fn samples_of_a_few_bytes_have_words_of_their_own() {
    for axes in [[8, 1], [8, 4]] {
        let [input, _] = by_digests([&axes, &[2]], [1, 1], 8);
        let values = values(&input, 3);
        assert_eq!((input.run(), input.words()), (axes[1], 8));
        let [alone, _] = by_digests([&axes[1..], &[2]], [1, 1], 1);
        let one_by_one: Vec<u8> = values.chunks(axes[1]).flat_map(|values| alone.told(values)).collect();
        assert_eq!(input.told(&values), one_by_one);
        check_tensors(&by_digests([&axes, &[2]], [1, 1], 8), 11);
    }
}

#[test]
fn inputs_that_differ_in_anything_have_other_digests() {
    let of =
        |axes: &[usize], width: usize, values: &[i64]| by_digests([axes, &[2]], [width, 1], 1)[0].digests_of(values)[0];
    let all = [
        of(&[4], 1, &[0, 0, 0, 0]),
        of(&[4], 1, &[0, 0, 0, 1]),
        of(&[4], 1, &[1, 0, 0, 0]),
        of(&[4], 1, &[-1, 0, 0, 0]),
        // The same words: of fewer values, of wider ones, and of one run in the place of two.
        of(&[3], 1, &[0, 0, 0]),
        of(&[2], 2, &[128, 128]),
        of(&[3, 3], 1, &[0; 9]),
        of(&[9], 1, &[0; 9]),
        of(&[32], 1, &[0; 32]),
        of(&[48], 1, &[0; 48]),
    ];
    for (index, digest) in all.iter().enumerate() {
        assert!(!all[..index].contains(digest), "{index}");
    }
}

#[test]
fn what_is_told_has_the_model_s_length_and_reduced_digests() {
    let [input, output] = by_digests([&[2, 5], &[3]], [1, 2], 2);
    let told = input.told(&[1; 10]);
    assert_eq!(input.told_bytes(), 64);
    let refused = |found| Err(Reject::Told { what: "input", expected: 64, found });
    assert_eq!(input.read_told(&told[..63]), refused(63));
    assert_eq!(input.read_told(&[&told[..], &[0; 32]].concat()), refused(96));
    let mut number = Fr::from_be_bytes_mod_order(&told[32..]).into_bigint();
    assert!(!number.add_with_carry(&Fr::MODULUS));
    let again = [&told[..32], &number.to_bytes_be()].concat();
    assert_eq!(input.read_told(&again), Err(Reject::InputDigest));
    assert_eq!(output.read_told(&[0, 1, 0, 2, 0xff, 0xff]), Ok(Told { values: vec![1, 2, -1], digests: vec![] }));
    assert_eq!(output.read_told(&[0; 5]), Err(Reject::Told { what: "output", expected: 6, found: 5 }));
}

#[test]
fn a_circuit_unfolds_what_is_told_to_all_values() {
    let tensors = by_digests([&[4, 3, 10], &[7]], [2, 1], 4);
    let values = tensors.each_ref().map(|public| values(public, 5));
    let gamma = Fr::from(1_000_003u64);
    let shown = pack(&tensors, [tensors[0].shown(&values[0]), tensors[1].shown(&values[1])], gamma);
    assert_eq!(shown, pack(&by_digests([&[1], &[7]], [1, 1], 0), [&[], &values[1]], gamma));
    let unfolded = unfold(&mut Native, &tensors[0], gamma, &tensors[0].hidden(&values[0]), shown);
    assert_eq!(unfolded.packed, pack(&tensors, [&values[0], &values[1]], gamma));
    assert_eq!(unfolded.digests, tensors[0].digests_of(&values[0]));
}
