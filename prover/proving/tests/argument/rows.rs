//! Rows: entries and weights are committed up to the row of their last block, and nothing beyond it can be claimed.

use std::sync::LazyLock;

use ark_bn254::Fr;
use ark_ff::Field;
use hallmark_circuits::{
    columns::Column,
    error::Check,
    layout::{Block, Layout},
    model::Architecture,
    tables::place_tables,
};
use hallmark_proving::proving::witness::place_weights;
use hallmark_testing::{architectures, cnn, naive::broken};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::world::World;

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let architecture = cnn::with_unused_rows();
    let weights = architecture.clone();
    World::new(architecture, |rng| cnn::weights_of(&weights, rng))
});

/// The same model in longer rows of cells and entries, with the same setup, weights and blinds.
static LONGER: LazyLock<World> = LazyLock::new(|| {
    let architecture = Architecture { row_bits: 10, ..cnn::with_unused_rows() };
    let weights = architecture.clone();
    World::new(architecture, |rng| cnn::weights_of(&weights, rng))
});

#[test]
fn rows_end_with_the_last_block() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let random = (0..40).map(|_| architectures::random_model(&mut rng).0);
    let random: Vec<_> = random.chain([cnn::architecture(), cnn::with_unused_rows()]).collect();
    for architecture in random {
        let layout = Layout::new(&architecture).unwrap();
        let used = |blocks: &[Block], row_bits: usize| {
            let places = blocks.iter().flat_map(|block| block.offset..block.offset + block.len());
            places.map(|place| (place >> row_bits) + 1).max().unwrap_or(1)
        };
        let tables: Vec<Block> = layout.tables.iter().map(|table| table.block).collect();
        assert_eq!(layout.entry_rows(), used(&tables, layout.row_bits));
        assert_eq!(layout.weight_rows(), used(&layout.weights, layout.weight_row_bits));
        assert_eq!(layout.cell_rows(), 1 << (layout.cell_bits - layout.row_bits));
    }
}

#[test]
fn rows_beyond_the_last_block_are_not_committed() {
    let statement = WORLD.statement();
    let layout = &statement.layout;
    assert_eq!([layout.entry_rows(), layout.weight_rows()], [3, 3]);
    assert_eq!([layout.entry_bits, layout.weight_bits].map(|bits| 1 << (bits - layout.row_bits)), [4, 4]);
    let (witness, output) = WORLD.told(statement.model);
    let claim = WORLD.claim(&output);
    let proof = WORLD.prove(&claim, &witness);
    assert_eq!(WORLD.verify(&claim, &proof), Ok(()));
    let key = &WORLD.model.key;
    assert_eq!([key.entry_outputs.len(), key.weights.len(), WORLD.model.blinds.len()], [3; 3]);
    let rows = |column| proof.commitments.columns[column].len();
    assert_eq!([Column::Multiplicities, Column::EntryHelpers].map(rows), [3; 2]);
    // Cells have all rows: helpers of padding aren't zero.
    assert_eq!([Column::Quotients, Column::Helpers].map(rows), [layout.cell_rows(); 2]);
    // What is left out is zero for any inference.
    let beyond = 3 << layout.row_bits;
    let left_out = [&witness.multiplicity, &place_tables(&statement), &place_weights(&statement, &WORLD.model.weights)];
    assert!(left_out.iter().all(|space| space[beyond..].iter().all(|value| *value == 0)));
}

#[test]
fn look_ups_counted_beyond_the_rows_are_refused() {
    // Entries there are zeros, as those of the last table are: it is all the same to the look-ups which of them is counted.
    let statement = WORLD.statement();
    let layout = &statement.layout;
    let (mut witness, output) = WORLD.told(statement.model);
    let zero = layout.zero_table().block.offset;
    for place in [3 << layout.row_bits, (4 << layout.row_bits) - 1] {
        witness.multiplicity[zero] -= 5;
        witness.multiplicity[place] += 5;
        let claim = WORLD.claim(&output);
        let proof = WORLD.prove(&claim, &witness);
        assert_eq!(broken(&statement, &WORLD.model.weights, &witness), []);
        WORLD.assert_only(&claim, &proof, Check::Pairing);
    }
}

#[test]
fn zeros_counted_elsewhere_within_the_rows_are_accepted() {
    // The same within the last row that is committed.
    let statement = WORLD.statement();
    let (mut witness, output) = WORLD.told(statement.model);
    let zero = statement.layout.zero_table().block.offset;
    witness.multiplicity[zero] -= 5;
    witness.multiplicity[zero + 1] += 5;
    let claim = WORLD.claim(&output);
    assert_eq!(WORLD.verify(&claim, &WORLD.prove(&claim, &witness)), Ok(()));
}

#[test]
fn commitments_to_weights_do_not_depend_on_the_length_of_other_rows() {
    let [key, longer] = [&WORLD, &LONGER].map(|world| &world.model.key);
    assert_eq!(key.weights, longer.weights);
    assert_eq!(WORLD.model.blinds, LONGER.model.blinds);
    assert_eq!([key, longer].map(|key| key.entry_outputs.len()), [3, 2]);
    assert_ne!(key.digest(), longer.digest());
}

#[test]
fn weights_in_shorter_rows_than_the_rest_are_accepted() {
    let statement = LONGER.statement();
    let (witness, output) = LONGER.told(statement.model);
    let claim = LONGER.claim(&output);
    let mut proof = LONGER.prove(&claim, &witness);
    assert_eq!(LONGER.verify(&claim, &proof), Ok(()));
    assert_eq!([Column::Quotients, Column::Helpers].map(|column| proof.commitments.columns[column].len()), [1; 2]);
    // One element after the other is another one.
    for place in 0..proof.elements.len() {
        proof.elements[place] += Fr::ONE;
        assert!(LONGER.verify(&claim, &proof).is_err(), "{place}");
        proof.elements[place] -= Fr::ONE;
    }
}
