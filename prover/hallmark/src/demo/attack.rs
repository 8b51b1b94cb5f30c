//! Lies that the contracts refuse: of an operator, and of whoever sees its proof.
//!
//! All but the last are made of a genuine proof for the very request that they are offered for.

use std::{path::Path, sync::Arc};

use alloy::primitives::{Address, B256};
use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use hallmark_circuits::{
    digest::Digest,
    encoding::{FR_BYTES, G1_BYTES},
    model::{Architecture, Weights},
    relations::packing::public_tensors,
    settlement::proof::SettlementProof,
};

use super::{CliError, Shell};
use crate::connection::block_on;
use hallmark_chain::node::{
    Account, Fees, Intent, Node, NodeError, Revert, Wallet,
    contracts::market::{
        IInferenceMarket::Fulfilment,
        InferenceMarket::{fulfilCall, requestOfCall},
    },
};
use hallmark_chain::settled::{Sent, Settlement, told};
use hallmark_circuits::verifier::statement::Statement;
use hallmark_local::{Keys, Question, default_file};
use hallmark_operator::{Served, context};
use hallmark_proving::{
    artifact::read_model,
    proving::{CommittedModel, Prover, commit},
    settlement::{Circuit, Settler},
    srs::Srs,
};

/// Whoever would like the operator's fee.
const THIEF: Address = Address::repeat_byte(0xbb);
const NO_MODEL: CliError = CliError::Demo("the model is not committed to");

/// A fulfilment that the market has to refuse.
pub(super) struct Attack {
    /// What is tried.
    pub(super) what: &'static str,
    /// The variable of the request that it is offered for.
    pub(super) request: &'static str,
    pub(super) lie: Lie,
    /// The contract's error.
    pub(super) error: &'static str,
}

/// What is wrong with a fulfilment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    /// The answer is another one.
    Output,
    /// The input is another one.
    Input,
    /// Somebody else is to be paid.
    Payee,
    /// One bit of a point is flipped.
    Bit,
    /// The order of the group is added to a number: the same number in other bytes.
    Order,
    /// It is the answer of a model that costs less, with a genuine proof of that.
    Weights,
    /// The proof was made and paid for $REQUEST.
    Replay,
}

impl Attack {
    /// What the contract says; nothing, if it accepts.
    pub(super) fn attempt(&self, shell: &Shell, liar: &mut Option<Liar>) -> Result<Option<Revert>, CliError> {
        let (market, target, wallet) = (
            shell.parse("MARKET")?,
            shell.parse(self.request)?,
            Wallet::parse(shell.get("SERVICE").unwrap_or_default())?,
        );
        let payee = wallet.address();
        block_on(async {
            let node = Node::embedded(shell.devnet.clone(), None).await?;
            let f = match (self.lie, &mut *liar) {
                (Lie::Replay, _) => {
                    Fulfilment { requestId: target, ..paid(&node, market, shell.parse("REQUEST")?).await? }
                }
                (lie, Some(liar)) if liar.honest.requestId == target => liar.bend(lie)?,
                (lie, liar) => liar.insert(Liar::new(shell, &node, market, target, payee).await?).bend(lie)?,
            };
            let account = Account::new(node, wallet, Fees::default());
            match account.send(&Intent::call(market, &fulfilCall { f })).await {
                Ok(_) => Ok(None),
                Err(NodeError::Reverted { revert, .. }) => Ok(Some(revert)),
                Err(error) => Err(error.into()),
            }
        })
    }
}

/// What was sent for a request that is settled.
pub(super) async fn paid(node: &Node, market: Address, request: B256) -> Result<Fulfilment, CliError> {
    const GONE: CliError = CliError::Demo("the settlement is not on the chain");
    let blocks = 0..=node.head().await?.number;
    let settlement = Settlement::find(node, market, request, blocks).await?.ok_or(GONE)?;
    let past = node.transaction(settlement.transaction).await?.ok_or(GONE)?;
    told(&past, market, &settlement)?.and_then(Sent::alone).ok_or(GONE)
}

/// Who has the model, and a genuine answer to a request that is still open.
pub(super) struct Liar {
    served: Served,
    context: B256,
    input: Vec<i64>,
    output: Vec<i64>,
    proof: SettlementProof,
    honest: Fulfilment,
}

impl Liar {
    async fn new(shell: &Shell, node: &Node, market: Address, request: B256, payee: Address) -> Result<Self, CliError> {
        let id = shell.parse("MODEL")?;
        let served = load(id)?;
        let deadline = node.view(market, &requestOfCall { requestId: request }).await?.deadline;
        let context = context(node.chain_id(), market, request, id, payee, deadline);
        let input = Question::exact("image.npy".as_ref()).read(&served.model.key.architecture.input)?.integers;
        let statement = served.statement()?;
        let (output, proof) = prove(&served, &served.model, &statement, context, &input)?;
        let tensors = public_tensors(statement.model, &statement.layout);
        let honest = Fulfilment {
            requestId: request,
            payee,
            input: tensors[0].to_bytes(&input).into(),
            output: tensors[1].to_bytes(&output).into(),
            proof: proof.to_bytes().into(),
        };
        drop(statement);
        Ok(Self { served, context, input, output, proof, honest })
    }

    /// The genuine fulfilment with one thing wrong.
    fn bend(&self, lie: Lie) -> Result<Fulfilment, CliError> {
        let honest = self.honest.clone();
        Ok(match lie {
            Lie::Output => Fulfilment { output: self.other_output()?.into(), ..honest },
            Lie::Input => Fulfilment { input: self.other_input()?.into(), ..honest },
            Lie::Payee => Fulfilment { payee: THIEF, ..honest },
            Lie::Bit => Fulfilment { proof: self.flip_bit().into(), ..honest },
            Lie::Order => Fulfilment { proof: self.add_order().into(), ..honest },
            Lie::Weights => self.cheaper_model()?,
            Lie::Replay => honest,
        })
    }

    /// The output's bytes with one that was below the greatest in its place.
    fn other_output(&self) -> Result<Vec<u8>, CliError> {
        let mut output = self.output.clone();
        let greatest = (0..output.len()).rev().max_by_key(|&index| output[index]).unwrap_or(0);
        let below = (0..output.len()).filter(|&index| output[index] < output[greatest]);
        let claimed = below.max_by_key(|&index| output[index]).unwrap_or(greatest);
        output.swap(greatest, claimed);
        let statement = self.served.statement()?;
        let [_, tensor] = public_tensors(statement.model, &statement.layout);
        Ok(tensor.to_bytes(&output))
    }

    fn other_input(&self) -> Result<Vec<u8>, CliError> {
        let statement = self.served.statement()?;
        let [tensor, _] = public_tensors(statement.model, &statement.layout);
        Ok(tensor.to_bytes(&Question::exact("other.npy".as_ref()).read(&statement.model.input)?.integers))
    }

    fn flip_bit(&self) -> Vec<u8> {
        let mut bytes = self.proof.to_bytes();
        if let Some(byte) = bytes.get_mut(G1_BYTES - 1) {
            *byte ^= 1;
        }
        bytes
    }

    /// The proof with s + r where the first scalar s is published: the same number modulo r.
    fn add_order(&self) -> Vec<u8> {
        let mut bytes = self.proof.to_bytes();
        let points = self.proof.commitments.points().count();
        let mut scalar = self.proof.published.first().copied().unwrap_or_default().into_bigint();
        // 2 r is below 2^255: nothing is carried.
        let _carry = scalar.add_with_carry(&Fr::MODULUS);
        if let Some(place) = bytes.get_mut(points * G1_BYTES..points * G1_BYTES + FR_BYTES) {
            place.copy_from_slice(&scalar.to_bytes_be());
        }
        bytes
    }

    /// A sound proof of another model's answer: the operator serves a model that costs less.
    fn cheaper_model(&self) -> Result<Fulfilment, CliError> {
        let CommittedModel { key, weights, .. } = &self.served.model;
        let weights = prune(&key.architecture, weights);
        let cheaper = commit(key.architecture.clone(), weights, &self.served.srs, &mut rand::rng())?;
        let statement = self.served.statement()?;
        let (output, proof) = prove(&self.served, &cheaper, &statement, self.context, &self.input)?;
        let [_, tensor] = public_tensors(statement.model, &statement.layout);
        let (output, proof) = (tensor.to_bytes(&output).into(), proof.to_bytes().into());
        Ok(Fulfilment { output, proof, ..self.honest.clone() })
    }
}

/// The operator's model with its keys, from the folder that the story happens in.
fn load(id: B256) -> Result<Served, CliError> {
    let path = Path::new("digits.hallmark");
    let model = read_model(path)?.into_committed().ok_or(NO_MODEL)?;
    let srs = Srs::read("srs.bin")?;
    let circuit = Circuit::new(&Statement::new(&model.key.architecture)?)?;
    let keys = Keys::find_or_make(default_file(path), circuit, &srs)?.keys;
    Ok(Served::new(id, model, Arc::new(srs), keys, Vec::new())?)
}

/// A model's output and the proof of it, under the keys of the served architecture.
fn prove(
    served: &Served,
    model: &CommittedModel,
    statement: &Statement<'_>,
    context: B256,
    input: &[i64],
) -> Result<(Vec<i64>, SettlementProof), CliError> {
    let rng = &mut rand::rng();
    let key = served.keys.key_of(model.key.clone(), &served.srs)?;
    let settler = Settler { statement, key: &key, keys: &served.keys };
    let inference = Prover::new(model, &served.srs)?.prove(Digest(context.0), input, rng)?;
    let proof = settler.settle(&inference, rng)?;
    Ok((inference.output().to_vec(), proof))
}

/// Every second weight becomes zero. Biases stay: all sums are then nearer to them, so that no sum leaves its table.
fn prune(architecture: &Architecture, weights: &Weights) -> Weights {
    let shapes = architecture.weights.iter();
    let prune = |(values, axes): (&Vec<i64>, &Vec<usize>)| match axes.len() {
        0 | 1 => values.clone(),
        _ => values.iter().enumerate().map(|(index, value)| if index % 2 == 0 { *value } else { 0 }).collect(),
    };
    Weights(weights.0.iter().zip(shapes.map(|shape| &shape.axes)).map(prune).collect())
}
