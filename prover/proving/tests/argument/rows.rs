//! Rows: entries and weights are committed up to the row of their last block, and nothing beyond it can be claimed.

use std::sync::LazyLock;

use hallmark_circuits::{
    columns::Column,
    error::{Check, Reject},
    layout::{Block, Layout},
    tables::place_tables,
    verifier::{native::Proof, statement::Statement},
};
use hallmark_proving::execute::execute;
use hallmark_proving::proving::{
    CommittedModel, Prover, commit,
    witness::{Witness, place_weights},
};
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    architectures, cnn,
    lenient::{Claim, verify_without},
    naive::broken,
    trusted::verify_off_chain,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

const CONTEXT: [u8; 32] = [7; 32];

struct World {
    srs: Srs,
    model: CommittedModel,
    input: Vec<i64>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let srs = Srs::insecure(9, &mut rng);
    let architecture = cnn::with_unused_rows();
    let weights = cnn::weights_of(&architecture, &mut rng);
    let model = commit(architecture, weights, &srs, &mut rng).unwrap();
    let input = architectures::random_input(&model.key.architecture, &mut rng);
    World { srs, model, input }
});

fn statement() -> Statement<'static> {
    Statement::new(&WORLD.model.key.architecture).unwrap()
}

fn witness(statement: &Statement<'_>) -> (Witness, Vec<i64>) {
    let trace = execute(statement.model, &WORLD.model.weights, &WORLD.input).unwrap();
    (Witness::new(statement, &trace), trace.output().iter().copied().map(i64::from).collect())
}

fn prove(witness: &Witness, output: &[i64]) -> Proof {
    let prover = Prover::new(&WORLD.model, &WORLD.srs).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    prover.prove_witness(CONTEXT, &WORLD.input, output.to_vec(), witness, &mut rng).unwrap().proof
}

fn verdict(output: &[i64], proof: &Proof) -> Result<(), Reject> {
    verify_off_chain(&WORLD.model.key, &WORLD.srs, CONTEXT, &WORLD.input, output, proof)
}

#[test]
fn rows_end_with_the_last_block() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let random = (0..40).map(|_| architectures::random_model(&mut rng).0);
    let random: Vec<_> = random.chain([cnn::architecture(), cnn::with_unused_rows()]).collect();
    for architecture in random {
        let layout = Layout::new(&architecture).unwrap();
        let row = 1 << layout.row_bits;
        let used = |blocks: &[Block]| {
            let places = blocks.iter().flat_map(|block| block.offset..block.offset + block.len());
            places.map(|place| place / row + 1).max().unwrap_or(1)
        };
        let tables: Vec<Block> = layout.tables.iter().map(|table| table.block).collect();
        assert_eq!(layout.entry_rows(), used(&tables));
        assert_eq!(layout.weight_rows(), used(&layout.weights));
        assert_eq!(layout.cell_rows(), (1 << layout.cell_bits) / row);
    }
}

#[test]
fn rows_beyond_the_last_block_are_not_committed() {
    let statement = statement();
    let layout = &statement.layout;
    assert_eq!([layout.entry_rows(), layout.weight_rows()], [3, 3]);
    assert_eq!([layout.entry_bits, layout.weight_bits].map(|bits| 1 << (bits - layout.row_bits)), [4, 4]);
    let (witness, output) = witness(&statement);
    let proof = prove(&witness, &output);
    assert_eq!(verdict(&output, &proof), Ok(()));
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
    let statement = statement();
    let layout = &statement.layout;
    let (mut witness, output) = witness(&statement);
    let zero = layout.zero_table().block.offset;
    for place in [3 << layout.row_bits, (4 << layout.row_bits) - 1] {
        witness.multiplicity[zero] -= 5;
        witness.multiplicity[place] += 5;
        let proof = prove(&witness, &output);
        assert_eq!(broken(&statement, &WORLD.model.weights, &witness), []);
        assert_eq!(verdict(&output, &proof), Err(Reject::Check(Check::Pairing)));
        let claim = Claim { key: WORLD.model.key.digest(), context: CONTEXT, values: [&WORLD.input, &output] };
        let without = |check| verify_without(check, &WORLD.model.key, WORLD.srs.opening_key(), &claim, &proof);
        assert_eq!(without(Some(Check::Pairing)), Ok(()));
        assert_eq!(without(None), Err(Reject::Check(Check::Pairing)));
    }
}

#[test]
fn zeros_counted_elsewhere_within_the_rows_are_accepted() {
    // The same within the last row that is committed.
    let statement = statement();
    let (mut witness, output) = witness(&statement);
    let zero = statement.layout.zero_table().block.offset;
    witness.multiplicity[zero] -= 5;
    witness.multiplicity[zero + 1] += 5;
    assert_eq!(verdict(&output, &prove(&witness, &output)), Ok(()));
}
