//! The market and the replay side by side: of a batch in any bytes, both take the proof or neither does, and what the market pays
//! for is what an auditor finds.

mod change;
mod world;

use std::{cell::RefCell, collections::BTreeSet};

use alloy::{
    primitives::{B256, keccak256},
    sol_types::{SolCall, SolEvent},
};
use hallmark_chain::{
    node::{
        Past,
        contracts::market::InferenceMarket::{Fulfilled, fulfilBatchCall},
    },
    settled::{Replay, Settlement, told},
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use self::{change::change, world::World};
use crate::harness::{Target, prepare};

const SIZES: [usize; 3] = [2, 4, 8];
/// What the verifier says to a proof that does not hold, or is none.
const OF_PROOF: [&str; 6] =
    ["ProofRejected", "ProofLength", "PointInvalid", "ScalarNotReduced", "InputLength", "OutputLength"];

impl World {
    /// Whether the market takes the calldata. The replay says the same of its proof, and of each answer that is paid.
    fn judge(&self, calldata: &[u8], errors: &mut BTreeSet<String>) -> bool {
        let verdict = self.market_says(calldata);
        let statement = self.model.statement();
        let replay = Replay { statement: &statement, key: &self.model.key };
        let batch = fulfilBatchCall::abi_decode(calldata).map(|call| call.b);
        let holds = batch.is_ok_and(|batch| replay.check_batch(self.chain(), self.market, &batch).is_ok());
        match &verdict {
            Ok(_) => assert!(holds, "the market takes what the replay refuses"),
            Err(error) if OF_PROOF.contains(&error.as_str()) => assert!(!holds, "{error} for a proof that holds"),
            // The replay knows nothing of requests, nor of gas.
            Err(_) => {}
        }
        let past = Past { to: Some(self.market), input: calldata.to_vec().into() };
        let events = verdict.as_ref().map_or(&[][..], Vec::as_slice).iter();
        for event in events.filter_map(|log| Fulfilled::decode_log(log).ok()) {
            let sent = told(&past, self.market, &settlement(&event)).unwrap().unwrap();
            assert!(replay.check_sent(self.chain(), self.market, B256::ZERO, &sent).is_ok());
        }
        errors.extend(verdict.as_ref().err().cloned());
        verdict.is_ok()
    }
}

/// An event that is in no block yet.
fn settlement(event: &Fulfilled) -> Settlement {
    Settlement {
        request: event.requestId,
        model: event.modelId,
        payee: event.payee,
        paid: event.paid,
        to_holders: event.toHolders,
        input_hash: event.inputHash,
        output_hash: keccak256(&event.output),
        transaction: B256::ZERO,
        block: 0,
        block_hash: B256::ZERO,
    }
}

#[test]
fn batch() {
    let (world, seeds) = prepare(|| {
        let (world, mut rng) = (World::new(), ChaCha20Rng::seed_from_u64(22));
        // Of each size a full batch, and others that the market fills up.
        let counts = |size: usize| [size, size - 1, size / 4 + 1];
        let shapes: Vec<_> = SIZES.iter().flat_map(|size| counts(*size).map(|count| (*size, count))).collect();
        let seeds: Vec<_> = shapes.into_iter().map(|(size, count)| world.batch(size, count, &mut rng)).collect();
        (world, seeds)
    });
    let errors = RefCell::new(BTreeSet::new());
    let read = |bytes: &[u8]| world.judge(bytes, &mut errors.borrow_mut());
    let call = |b| fulfilBatchCall { b }.abi_encode();
    assert!(seeds.iter().all(|seed| read(&call(seed.clone()))), "the seeds themselves are paid: {errors:?}");
    let input = |rng: &mut _| change(&world, &seeds, rng);
    Target { name: "batch", max_memory: 128, input: &input, read: &read }.run();
    // It is no test of refusals if all are for one reason.
    assert!(errors.borrow().len() >= 4, "{errors:?}");
}
