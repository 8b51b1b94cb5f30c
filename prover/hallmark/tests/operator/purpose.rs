//! A proof is for one request, one payee, one model and one chain, and is worth nothing to others.

use alloy::primitives::{Address, B256, U256};
use hallmark_chain::node::{
    Intent, NodeError,
    contracts::market::{IInferenceMarket::Fulfilment, InferenceMarket::fulfilCall},
};
use hallmark_circuits::{digest::Digest, relations::packing::public_tensors};
use hallmark_operator::{Served, context};
use hallmark_proving::proving::Prover;

use crate::{
    service::FULFILLED,
    world::{FEE, FILES, OPERATOR, RIVAL, World},
};

pub(crate) const INPUT: [u8; 4] = [1, 2, 3, 4];

/// A real answer, for any purpose.
pub(crate) fn answer(served: &Served, context: B256) -> (Vec<u8>, Vec<u8>) {
    let rng = &mut rand::rng();
    let statement = served.statement().unwrap();
    let [tensor, _] = public_tensors(statement.model, &statement.layout);
    let input = tensor.from_bytes(&INPUT).unwrap();
    let inference = Prover::new(&served.model, &served.srs).unwrap().prove(Digest(context.0), &input, rng).unwrap();
    let settler = served.settler(&statement);
    let proof = settler.settle(&inference, rng).unwrap().to_bytes();
    (settler.statement.told(&inference.claim).output, proof)
}

struct Case {
    chain: u64,
    market: Address,
    request: B256,
    model: B256,
    payee: Address,
    deadline: u64,
    name: &'static str,
}

impl Case {
    fn fulfilment(&self, request: B256, payee: Address) -> Intent {
        let Self { chain, market, request: bound, model, payee: bound_payee, deadline, name } = self;
        let context = context(*chain, *market, *bound, *model, *bound_payee, *deadline);
        let (output, proof) = answer(&FILES.served(name, *model), context);
        let f = Fulfilment {
            requestId: request,
            payee,
            input: INPUT.to_vec().into(),
            output: output.into(),
            proof: proof.into(),
        };
        Intent::call(*market, &fulfilCall { f })
    }
}

#[tokio::test]
async fn a_proof_for_another_purpose_is_refused() {
    let world = World::new(&[]).await;
    let other_model = world.register_other().await;
    let (id, other) = (world.request(&INPUT).await, world.request(&INPUT).await);
    let operator = world.anvil.account(OPERATOR).await;
    let deadline = world.request_of(id).await.deadline;
    let right = || Case {
        chain: 31_337,
        market: world.market,
        request: id,
        model: world.model,
        payee: operator.address(),
        deadline,
        name: "m",
    };
    let wrong = [
        ("request", Case { request: other, ..right() }),
        ("chain", Case { chain: 1, ..right() }),
        ("payee", Case { payee: Address::repeat_byte(9), ..right() }),
        ("model's id", Case { model: other_model, ..right() }),
        ("weights", Case { name: "other", ..right() }),
        ("deadline", Case { deadline: deadline + 1, ..right() }),
    ];
    for (what, case) in wrong {
        let error = operator.send(&case.fulfilment(id, operator.address())).await.unwrap_err();
        let NodeError::Reverted { revert, .. } = &error else { panic!("{what}: {error}") };
        assert!(revert.is("ProofRejected"), "{what}: {revert}");
    }
    operator.send(&right().fulfilment(id, operator.address())).await.unwrap();
    assert_eq!(world.request_of(id).await.state, FULFILLED);
}

#[tokio::test]
async fn front_running_a_proof_gains_nothing() {
    let world = World::new(&[]).await;
    let id = world.request(&INPUT).await;
    let (operator, thief) = (world.anvil.account(OPERATOR).await, world.anvil.account(RIVAL).await);
    let deadline = world.request_of(id).await.deadline;
    let case = Case {
        chain: 31_337,
        market: world.market,
        request: id,
        model: world.model,
        payee: operator.address(),
        deadline,
        name: "m",
    };
    // The thief sees the operator's transaction. With its own name on it, it is refused.
    let stolen = case.fulfilment(id, thief.address());
    assert!(matches!(thief.send(&stolen).await, Err(NodeError::Reverted { .. })));
    // As it is, it pays the operator, and the thief pays the gas.
    thief.send(&case.fulfilment(id, operator.address())).await.unwrap();
    assert_eq!(world.credit(operator.address()).await, U256::from(FEE - FEE / 10));
    assert_eq!(world.credit(thief.address()).await, U256::ZERO);
    let error = operator.send(&case.fulfilment(id, operator.address())).await.unwrap_err();
    assert!(matches!(&error, NodeError::Reverted { revert, .. } if revert.is("NotOpen")), "{error}");
}
