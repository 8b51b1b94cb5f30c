//! Changes of batches: of what a proof is for, of what it says, and of the bytes of all of it.

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    sol_types::SolCall,
};
use hallmark_chain::node::{
    Answer,
    contracts::market::{IInferenceMarket::Batch, InferenceMarket::fulfilBatchCall},
};
use hallmark_testing::batched::LENGTHS;
use rand::{Rng, RngExt};

use super::world::{PAYEES, World};
use crate::{contract::change_word, mutate::mutate};

/// The calldata of a batch with a few changes, most of which leave it one.
pub(super) fn change(world: &World, seeds: &[Batch], rng: &mut impl Rng) -> Vec<u8> {
    let call = |batch: &Batch| fulfilBatchCall { b: batch.clone() }.abi_encode();
    if rng.random_bool(0.1) {
        return mutate(&seeds.iter().map(call).collect::<Vec<_>>(), rng);
    }
    let other = &seeds[rng.random_range(0..seeds.len())];
    let mut batch = seeds[rng.random_range(0..seeds.len())].clone();
    for _ in 0..rng.random_range(0..3) {
        if rng.random_bool(0.5) {
            change_answers(&mut batch, world, rng);
        } else {
            change_bytes(&mut batch, other, rng);
        }
    }
    call(&batch)
}

/// Moves answers about: requests, payees and what stands for them.
fn change_answers(batch: &mut Batch, world: &World, rng: &mut impl Rng) {
    let Some(mut answers) = batch.answers() else { return };
    let [one, two] = [0, 1].map(|_| rng.random_range(0..answers.len()));
    match rng.random_range(0..9) {
        0 => answers.swap(one, two),
        1 => answers[one].request = answers[two].request,
        2 => answers[one].payee = PAYEES[rng.random_range(0..PAYEES.len())],
        3 => answers[one].payee = Address::ZERO,
        // Nobody's request, which the market skips.
        4 => answers[one].request = B256::repeat_byte(rng.random()),
        5 => answers[one].output = answers[two].output.clone(),
        6 => answers[one] = world.answers[rng.random_range(0..world.answers.len())].clone(),
        // The market's filler as an answer.
        7 => {
            let last = answers.last().cloned().unwrap_or_else(|| answers[one].clone());
            let request = world.answers[rng.random_range(0..world.answers.len())].request;
            answers.push(Answer { request, ..last });
        }
        _ => drop(answers.pop()),
    }
    let size = batch.size.to::<usize>().max(answers.len());
    if let Ok(gathered) = Batch::gather(batch.modelId, size, &answers) {
        *batch = Batch { size: batch.size, proof: batch.proof.clone(), ..gathered };
    }
}

/// Changes what a batch consists of.
fn change_bytes(batch: &mut Batch, other: &Batch, rng: &mut impl Rng) {
    match rng.random_range(0..7) {
        0 => batch.size = U256::from(1 << rng.random_range(0..6)),
        1 => batch.modelId[rng.random_range(0..32)] ^= 1 << rng.random_range(0..8),
        2 => batch.inputs = flipped(&batch.inputs, rng),
        3 => batch.outputs = flipped(&batch.outputs, rng),
        4 => batch.outputs = [batch.outputs.as_ref(), &[0; LENGTHS[1]]].concat().into(),
        5 => batch.proof = other.proof.clone(),
        _ => {
            let mut proof = batch.proof.to_vec();
            let length = proof.len().min(other.proof.len());
            change_word(&mut proof[..length], &other.proof[..length], rng);
            batch.proof = proof.into();
        }
    }
}

fn flipped(bytes: &Bytes, rng: &mut impl Rng) -> Bytes {
    let mut bytes = bytes.to_vec();
    if !bytes.is_empty() {
        let at = rng.random_range(0..bytes.len());
        bytes[at] ^= 1 << rng.random_range(0..8);
    }
    bytes.into()
}
