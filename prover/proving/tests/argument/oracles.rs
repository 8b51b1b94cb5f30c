//! The relations' closed forms against sums over the hypercube, one index at a time.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::tables::place_tables;
use hallmark_circuits::{
    arithmetic::Native,
    layout::{TableKind, ZERO_TAG},
    model::{Architecture, Space, Weights, block_strides},
    multilinear::{below, equality, equality_at, equality_table, inner_product, powers, vanishing_tail},
    relations::{
        access::{Source, evaluate, expand_axis, whole_axis},
        lookup::{cell_tags, entry_arguments},
        packing::{centre, pack, places, public_tensors},
        plan::{Folding, TermPlan},
        rescale::{constants, occupied, scale},
    },
    semantics::{accumulate, assignments, execute, rounding},
    verifier::{statement::Statement, sumcheck::evaluate_round},
};
use hallmark_proving::proving::witness::{Witness, place_weights};
use hallmark_proving::random::random_scalar;
use hallmark_testing::{
    architectures::{random_input, random_model},
    claims::claim,
    cnn,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

fn scalars(count: usize, rng: &mut ChaCha20Rng) -> Vec<Fr> {
    (0..count).map(|_| random_scalar(rng)).collect()
}

/// `prod over bits of (x or 1 - x)`.
pub(crate) fn naive_equality(point: &[Fr], index: usize) -> Fr {
    (0..point.len()).map(|bit| if index >> bit & 1 == 1 { point[bit] } else { Fr::ONE - point[bit] }).product()
}

/// The extension of a function of the indices.
fn naive_extension(point: &[Fr], value: impl Fn(usize) -> Fr) -> Fr {
    (0..1 << point.len()).map(|index| naive_equality(point, index) * value(index)).sum()
}

/// The point of the hypercube that an index is.
pub(crate) fn corner(index: usize, bits: usize) -> Vec<Fr> {
    (0..bits).map(|bit| Fr::from(index as u64 >> bit & 1)).collect()
}

/// The network by hand, and random ones.
fn models(rng: &mut ChaCha20Rng, count: usize) -> Vec<(Architecture, Weights)> {
    let weights = cnn::weights(rng);
    let random = (0..count).map(|_| random_model(rng));
    std::iter::once((cnn::architecture(), weights)).chain(random.collect::<Vec<_>>()).collect()
}

#[test]
fn multilinear_functions_are_the_naive_ones() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for bits in 0..=6 {
        let (left, right) = (scalars(bits, &mut rng), scalars(bits, &mut rng));
        let size = 1usize << bits;
        let naive: Fr = (0..size).map(|index| naive_equality(&left, index) * naive_equality(&right, index)).sum();
        assert_eq!(equality(&mut Native, &left, &right), naive);
        assert_eq!(vanishing_tail(&mut Native, &left), naive_equality(&left, 0));
        for count in 0..=size + 1 {
            let naive: Vec<Fr> = (0..count.min(size)).map(|index| naive_equality(&left, index)).collect();
            assert_eq!(below(&mut Native, &left, count), naive.iter().sum());
            if count > 0 {
                assert_eq!(equality_table(&mut Native, &left, count), naive);
            }
        }
        for index in 0..size {
            assert_eq!(equality_at(&mut Native, &left, index), naive_equality(&left, index));
        }
        assert_eq!(inner_product(&mut Native, &left, &right), left.iter().zip(&right).map(|(x, y)| *x * y).sum());
    }
    let base = random_scalar(&mut rng);
    assert_eq!(powers(&mut Native, base, 5), (0..5).map(|n| base.pow([n])).collect::<Vec<_>>());
}

#[test]
fn a_round_is_the_polynomial_with_the_claimed_sum() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    for degree in 1..=5 {
        let polynomial = scalars(degree + 1, &mut rng);
        let naive = |x: Fr| polynomial.iter().enumerate().map(|(n, c)| *c * x.pow([n as u64])).sum::<Fr>();
        let claim = naive(Fr::ZERO) + naive(Fr::ONE);
        let sent = [&polynomial[..1], &polynomial[2..]].concat();
        for x in [Fr::ZERO, Fr::ONE, random_scalar(&mut rng)] {
            assert_eq!(evaluate_round(claim, &sent, x), naive(x));
        }
    }
}

/// The functional over the padded block, by the axes' tables.
fn expand(plan: &TermPlan<'_>, source: &Source<'_>, points: (&[Fr], &[Fr])) -> Vec<Fr> {
    let axes = source.access.axes.iter().zip(source.axes);
    axes.fold(vec![Fr::ONE], |outer, (map, &size)| {
        let inner = expand_axis(&mut Native, plan, map, size, points);
        outer.iter().flat_map(|weight| inner.iter().map(move |entry| *weight * entry)).collect()
    })
}

/// The functional over the block by its definition: every assignment of the variables that the access reads adds the
/// product of their foldings at the index that it reads, if that lies in the tensor.
fn naive_functional(plan: &TermPlan<'_>, source: &Source<'_>, (cells, sum): (&[Fr], &[Fr])) -> Vec<Fr> {
    let read =
        |variable: usize| source.access.axes.iter().flat_map(|map| &map.strides).any(|part| part.variable == variable);
    // A variable that is not read stays at zero, with a folding of one.
    let sizes: Vec<usize> = plan
        .variables
        .iter()
        .enumerate()
        .map(|(index, variable)| if read(index) { variable.size } else { 1 })
        .collect();
    let strides = block_strides(source.axes);
    let mut functional = vec![Fr::ZERO; source.block.len()];
    for assignment in assignments(&sizes) {
        let mut place = Some(0);
        for ((map, &size), stride) in source.access.axes.iter().zip(source.axes).zip(&strides) {
            let index = usize::try_from(map.index(&assignment)).ok().filter(|index| *index < size);
            place = place.zip(index).map(|(place, index)| place + index * stride);
        }
        let Some(place) = place else { continue };
        let weight = |(variable, value): (usize, &usize)| match plan.folding(variable, cells, sum) {
            Folding::Point(point) if read(variable) => naive_equality(point, *value),
            Folding::Point(_) | Folding::Ones => Fr::ONE,
        };
        functional[place] += assignment.iter().enumerate().map(weight).product::<Fr>();
    }
    functional
}

/// Whether a place of the block is read only where every axis on whose padding it lies is folded at a point: there the
/// other factor, or the tensor itself, is zero.
fn may_be_read(plan: &TermPlan<'_>, source: &Source<'_>, place: usize) -> bool {
    let strides = block_strides(source.axes);
    source.access.axes.iter().zip(source.axes).zip(strides).all(|((map, &size), stride)| {
        let index = place / stride % size.next_power_of_two();
        let folded = whole_axis(plan, map, size).map(|variable| plan.folding(variable, &[Fr::ONE; 64], &[Fr::ONE; 64]));
        index < size || matches!(folded, Some(Folding::Point(_)))
    })
}

#[test]
fn functionals_are_what_the_terms_read() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let mut architectures: Vec<_> = models(&mut rng, 40).into_iter().map(|(architecture, _)| architecture).collect();
    architectures.push(cnn::with_sums_over_weights());
    for architecture in architectures {
        let statement = Statement::new(&architecture).unwrap();
        let cells = scalars(statement.layout.cell_bits, &mut rng);
        for plan in &statement.terms {
            let sum = scalars(plan.sum_bits, &mut rng);
            for source in statement.sources(plan) {
                let expanded = expand(plan, &source, (&cells, &sum));
                let naive = naive_functional(plan, &source, (&cells, &sum));
                let inside: Vec<usize> = places(source.axes).collect();
                for place in 0..source.block.len() {
                    if inside.contains(&place) {
                        assert_eq!(expanded[place], naive[place]);
                    } else {
                        assert!(expanded[place] == Fr::ZERO || may_be_read(plan, &source, place), "reads padding");
                    }
                }
                let at = scalars(source.space_bits, &mut rng);
                let prefix = naive_equality(&at[source.block.bits..], source.block.prefix());
                let extension = prefix * naive_extension(&at[..source.block.bits], |place| expanded[place]);
                assert_eq!(evaluate(&mut Native, plan, &source, (&cells, &sum), &at), extension);
            }
        }
    }
}

#[test]
fn closed_forms_are_the_extensions_of_what_they_stand_for() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    for (architecture, _) in models(&mut rng, 10) {
        let statement = Statement::new(&architecture).unwrap();
        let (model, layout) = (statement.model, &statement.layout);
        let cells = 1 << layout.cell_bits;
        let (mut tags, mut scales, mut constant) =
            ([vec![0u64; cells], vec![0; cells]], vec![0u64; cells], vec![0i64; cells]);
        let at = scalars(layout.cell_bits, &mut rng);
        for (tensor, block) in layout.tensors.iter().enumerate() {
            let mut inside = vec![Fr::ZERO; cells];
            for place in places(model.tensor_axes(tensor)).map(|place| block.offset + place) {
                inside[place] = Fr::ONE;
                tags[0][place] = layout.output_table(model, tensor).tag;
                tags[1][place] = layout.remainder_table(model, tensor).tag;
                if let Some(step) = tensor.checked_sub(1).map(|step| &model.steps[step]) {
                    constant[place] = step.constant + rounding(step.shift);
                }
            }
            if let Some(step) = tensor.checked_sub(1) {
                scales[block.offset..block.offset + block.len()].fill(1 << model.steps[step].shift);
            }
            assert_eq!(occupied(&mut Native, model, layout, tensor, &at), naive_extension(&at, |cell| inside[cell]));
        }
        let naive = tags.map(|tags| naive_extension(&at, |cell| Fr::from(tags[cell])));
        assert_eq!(cell_tags(&mut Native, model, layout, &at), naive);
        let r = scalars(layout.cell_bits, &mut rng);
        let naive = naive_extension(&at, |cell| naive_equality(&r, cell) * Fr::from(scales[cell]));
        assert_eq!(scale(&mut Native, model, layout, &r, &at), naive);
        let naive = naive_extension(&at, |cell| Fr::from(constant[cell]));
        assert_eq!(constants(&mut Native, model, layout, &at), naive);
    }
}

#[test]
fn entries_are_the_tables_in_their_blocks() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    for (architecture, _) in models(&mut rng, 10) {
        let statement = Statement::new(&architecture).unwrap();
        let layout = &statement.layout;
        let mut entries = vec![(0u64, 0i64); 1 << layout.entry_bits];
        for table in &layout.tables {
            for (entry, argument) in (table.block.offset..table.block.offset + table.block.len()).zip(table.first..) {
                assert_eq!(entries[entry], (0, 0), "blocks overlap");
                entries[entry] = (table.tag, argument);
            }
        }
        let at = scalars(layout.entry_bits, &mut rng);
        let naive = (
            naive_extension(&at, |entry| Fr::from(entries[entry].0)),
            naive_extension(&at, |entry| Fr::from(entries[entry].1)),
        );
        assert_eq!(entry_arguments(&mut Native, layout, &at), naive);
    }
}

#[test]
fn tables_are_kept_apart_and_padding_has_only_zeros() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    for (architecture, _) in models(&mut rng, 20) {
        let statement = Statement::new(&architecture).unwrap();
        let layout = &statement.layout;
        let mut tags: Vec<u64> = layout.tables.iter().map(|table| table.tag).collect();
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), layout.tables.len());
        // Under the tag of padding there is nothing but (0, 0), in unused entries too.
        let outputs = place_tables(&statement);
        let blocks: Vec<_> = layout.tables.iter().filter(|table| table.tag != ZERO_TAG).collect();
        for (entry, output) in outputs.iter().enumerate() {
            if !blocks.iter().any(|t| (t.block.offset..t.block.offset + t.block.len()).contains(&entry)) {
                assert_eq!(*output, 0);
            }
        }
        // A remainder's table has its whole range and no more; a shift of 0 has none.
        for (step, tensor) in architecture.steps.iter().zip(1..) {
            let table = layout.remainder_table(&architecture, tensor);
            assert_eq!(table.block.len(), 1 << step.shift);
            assert_eq!(table.first, 0);
            let zeros = outputs[table.block.offset..table.block.offset + table.block.len()].iter().all(|o| *o == 0);
            assert!(zeros);
            assert_eq!(table.kind == TableKind::Zero, step.shift == 0);
        }
    }
}

/// What a factor reads of its space, folded at these points.
pub(crate) fn read(plan: &TermPlan<'_>, source: &Source<'_>, space: &[i64], points: (&[Fr], &[Fr])) -> Fr {
    let values = &space[source.block.offset..source.block.offset + source.block.len()];
    expand(plan, source, points).iter().zip(values).map(|(weight, value)| *weight * Fr::from(*value)).sum()
}

/// `sum over x of eq(r, x) acc(x)`, from the terms' functionals and a sum over each product's hypercube.
fn terms_at(statement: &Statement<'_>, witness: &Witness, weights: &[i64], r: &[Fr]) -> Fr {
    let term = |plan: &TermPlan<'_>| {
        let sources = statement.sources(plan);
        let sum = |index: usize| {
            let point = corner(index, plan.sum_bits);
            let operand = |source: &Source<'_>| match source.space {
                Space::Weights => read(plan, source, weights, (r, &point)),
                Space::Values => read(plan, source, &witness.output, (r, &point)),
            };
            plan.shared(&mut Native, r, &point) * sources.iter().map(operand).product::<Fr>()
        };
        plan.factor(&mut Native, r) * (0..1 << plan.sum_bits).map(sum).sum::<Fr>()
    };
    statement.terms.iter().map(term).sum()
}

#[test]
fn the_rescaling_claim_holds_for_honest_witnesses() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    for (architecture, weights) in models(&mut rng, 12) {
        let statement = Statement::new(&architecture).unwrap();
        let (model, layout) = (statement.model, &statement.layout);
        let input = random_input(model, &mut rng);
        let witness = Witness::new(&statement, &hallmark_proving::execute::execute(model, &weights, &input).unwrap());
        let tensors = execute(model, &weights, &input).unwrap();
        let r = scalars(layout.cell_bits, &mut rng);

        // By the definition of the integer semantics.
        let mut accumulators = vec![Fr::ZERO; 1 << layout.cell_bits];
        let mut scales = vec![Fr::ZERO; 1 << layout.cell_bits];
        for (step, block) in model.steps.iter().zip(&layout.tensors[1..]) {
            scales[block.offset..block.offset + block.len()].fill(Fr::from(1u64 << step.shift));
            for (cell, place) in assignments(&step.axes).zip(places(&step.axes)) {
                let sum = accumulate(model, &weights, &tensors, step, &cell).unwrap();
                accumulators[block.offset + place] = Fr::from(sum + rounding(step.shift));
            }
        }
        let by_semantics = naive_extension(&r, |cell| accumulators[cell]);
        let by_witness = naive_extension(&r, |cell| {
            scales[cell] * Fr::from(witness.quotient[cell]) + Fr::from(witness.remainder[cell])
        });
        let by_terms = terms_at(&statement, &witness, &place_weights(&statement, &weights), &r)
            + constants(&mut Native, model, layout, &r);
        assert_eq!(by_witness, by_semantics);
        assert_eq!(by_terms, by_semantics);
    }
}

#[test]
fn public_values_are_packed_as_their_extension_says() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    for (architecture, weights) in models(&mut rng, 20) {
        let statement = Statement::new(&architecture).unwrap();
        let (model, layout) = (statement.model, &statement.layout);
        let input = random_input(model, &mut rng);
        let tensors = execute(model, &weights, &input).unwrap();
        let gamma = random_scalar(&mut rng);
        let publics = public_tensors(model, layout);
        let values = [&tensors[0][..], &tensors[tensors.len() - 1]];
        let mut sum = Fr::ZERO;
        for (public, values) in publics.iter().zip(values) {
            let expanded = public.expand(gamma);
            assert_eq!(expanded.len(), public.block.len());
            // Cell by cell: sixteen bytes a word, high digits first, and each run begins a word.
            let per_word = 16 / public.width;
            for (number, (place, value)) in places(public.axes).zip(values).enumerate() {
                let (run, position) = (number / public.run(), number % public.run());
                let word = public.first_word + run * public.run_words() + position / per_word;
                let byte = public.width * (per_word - 1 - position % per_word);
                assert_eq!(expanded[place], Fr::from(256u64).pow([byte as u64]) * gamma.pow([word as u64]));
                let half = 1i64 << (8 * public.width - 1);
                assert!((-half..half).contains(value));
                sum += expanded[place] * Fr::from(*value);
            }
            let at = scalars(layout.cell_bits, &mut rng);
            let (low, high) = at.split_at(public.block.bits);
            let prefix = naive_equality(high, public.block.prefix());
            let extension = prefix * naive_extension(low, |place| expanded[place]);
            assert_eq!(public.evaluate(&mut Native, gamma, &at), extension);
        }
        assert_eq!([publics[0].first_word, publics[1].first_word], [0, publics[0].words()]);
        let packed = pack(&publics, [values[0], values[1]], gamma);
        assert_eq!(centre(&mut Native, &publics, gamma, packed), sum);
    }
}

#[test]
fn words_determine_their_cells() {
    // Digits of a base: two different words of values in range never agree.
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    let architecture = cnn::architecture();
    let statement = Statement::new(&architecture).unwrap();
    let gamma = random_scalar(&mut rng);
    let output = [-128, 127, 0, -1];
    let packed = |output: &[i64]| statement.pack(&claim(&[0; 126], output), gamma);
    for _ in 0..1000 {
        let other: [i64; 4] = std::array::from_fn(|_| rng.random_range(-128..=127));
        assert_eq!(packed(&output) == packed(&other), output == other);
    }
    assert_eq!(packed(&[-125, -128, 0, -1]), packed(&[-126, -128 + 256, 0, -1]));
}
