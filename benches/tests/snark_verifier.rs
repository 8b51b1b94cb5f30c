//! A verifier by other people: the contract that snark-verifier generates for the digits model's circuit accepts the halo2
//! proofs that ours accepts, and refuses those that ours refuses.
//!
//! The generated contract is compiled by the same JavaScript build of solc.

use std::{
    io::Write,
    process::{Command, Stdio},
    rc::Rc,
};

use ark_bn254::Fr;
use hallmark_benches::model::ReadyModel;
use hallmark_chain::chain::{Address, Devnet, Outcome};
use hallmark_circuits::{
    claim::Claim,
    digest::Digest,
    encoding::{FR_BYTES, G1_BYTES, fr_from_bytes, fr_to_bytes},
    error::{Check, Reject},
    settlement::{
        convert::{g2_to_halo2, point_to_halo2},
        native::{HaloKey, verify},
        proof::{ARGUMENT_BYTES, SettlementProof},
        verifier::instances,
    },
    srs::OpeningKey,
    verifier::{native::seal, statement::Statement},
};
use hallmark_proving::proving::Prover;
use hallmark_proving::settlement::SettlementKeys;
use hallmark_testing::npm;
use halo2_proofs::{
    halo2curves::bn256::{self, Bn256},
    poly::{commitment::ParamsProver, kzg::commitment::ParamsKZG},
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};
use snark_verifier::{
    loader::evm::EvmLoader,
    pcs::kzg::{Bdfg21, KzgAs, KzgDecidingKey},
    system::halo2::{Config, compile, transcript::evm::EvmTranscript},
    verifier::{SnarkVerifier, plonk::PlonkVerifier},
};

const CONTEXT: Digest = Digest([7; 32]);

/// A settlement, and everything that it is checked with.
struct Settlement<'s> {
    ready: &'s ReadyModel,
    statement: &'s Statement<'s>,
    keys: &'s SettlementKeys,
    claim: Claim<Vec<i64>>,
    proof: SettlementProof,
}

impl Settlement<'_> {
    fn verify(&self) -> Result<(), Reject> {
        let Self { ready, keys, claim, proof, .. } = self;
        let key = keys.key_of(ready.model.key.clone(), &ready.srs).unwrap();
        verify(&key, key.digest(), claim, proof)
    }

    /// What the generated contract is sent: instances, then the halo2 proof.
    fn calldata(&self) -> Vec<u8> {
        let Self { ready, statement, claim, proof, .. } = self;
        let sealed = seal(ready.model.key.digest(), &statement.told(claim), &proof.commitments);
        let packed = statement.pack_shown(claim, proof.published[0]);
        let all = [vec![Fr::from(1)], instances(&sealed, packed, &proof.published, &[])].concat();
        all.iter().flat_map(fr_to_bytes).chain(proof.argument.iter().copied()).collect()
    }
}

/// The generated contract's source. It is for an older compiler by its own word, and has nothing that newer ones changed.
fn source(key: &HaloKey, setup: &OpeningKey, instances: usize) -> String {
    let [g2, tau_g2] = [&setup.g2, &setup.tau_g2].map(g2_to_halo2);
    let generator = point_to_halo2(&setup.g1);
    let powers = Some(Vec::new());
    let parameters: ParamsKZG<Bn256> =
        ParamsKZG::new(0).from_parts(key.get_domain().k(), vec![generator], powers, g2, tau_g2);
    let protocol = compile(&parameters, key, Config::kzg().with_num_instance(vec![instances]));
    let deciding = KzgDecidingKey::<Bn256>::new(generator, g2, tau_g2);
    let loader = EvmLoader::new::<bn256::Fq, bn256::Fr>();
    let protocol = protocol.loaded(&loader);
    let mut transcript = EvmTranscript::<_, Rc<EvmLoader>, _, _>::new(&loader);
    let instances = transcript.load_instances(vec![instances]);
    type Generated = PlonkVerifier<KzgAs<Bn256, Bdfg21>>;
    let proof = Generated::read_proof(&deciding, &protocol, &instances, &mut transcript).unwrap();
    Generated::verify(&deciding, &protocol, &instances, &proof).unwrap();
    loader.solidity_code().replace("pragma solidity 0.8.19;", "pragma solidity >=0.8.19;")
}

/// Creation code, without the optimizer, which does harm to the generated code.
fn compiled(source: &str) -> Vec<u8> {
    let input = json!({
        "language": "Solidity",
        "sources": { "oracle.sol": { "content": source } },
        "settings": { "outputSelection": { "*": { "*": ["evm.bytecode.object"] } } },
    });
    let tool = npm::folder().join("tools/solc");
    let mut command = Command::new("node");
    command.arg(tool).arg("--standard-json").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut solc = command.spawn().expect("Node 20 or later has to be installed");
    solc.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output: Value = serde_json::from_slice(&solc.wait_with_output().unwrap().stdout).unwrap();
    let code = output["contracts"]["oracle.sol"]["Halo2Verifier"]["evm"]["bytecode"]["object"].as_str();
    let code = code.unwrap_or_else(|| panic!("{}", output["errors"]));
    code.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Holds both verdicts of a settlement against each other, and returns ours.
fn agree(chain: &Devnet, oracle: Address, settlement: &Settlement<'_>, what: &str) -> Result<(), Reject> {
    let verdict = settlement.verify();
    let accepts = matches!(chain.trace(oracle, settlement.calldata()).unwrap().outcome, Outcome::Returned(_));
    // What the circuit defers is not the oracle's business.
    assert_eq!(accepts, verdict != Err(Reject::Check(Check::Settlement)), "{what}: {verdict:?}");
    verdict
}

/// The words of a halo2 proof that are scalars.
fn evaluations() -> std::ops::Range<usize> {
    let points = 11 * G1_BYTES / FR_BYTES;
    points..ARGUMENT_BYTES / FR_BYTES - 2 * G1_BYTES / FR_BYTES
}

/// Settlements with one change each, after which all numbers are still reduced. That the generated contract takes numbers
/// that are not reduced, and more bytes than there are, is a fault of its own.
fn changes<'s>(honest: &Settlement<'s>) -> Vec<(String, Settlement<'s>)> {
    let mut all = Vec::new();
    let mut change = |what: String, change: &dyn Fn(&mut Settlement<'s>)| {
        let Settlement { ready, statement, keys, claim, proof } = honest;
        let (claim, proof) = (claim.clone(), proof.clone());
        let mut changed = Settlement { ready, statement, keys, claim, proof };
        change(&mut changed);
        all.push((what, changed));
    };
    change("context".into(), &|settlement| settlement.claim.context.0[31] ^= 1);
    change("output".into(), &|settlement| settlement.claim.output[0] ^= 1);
    for index in 0..honest.proof.published.len() {
        change(format!("published {index}"), &|settlement| settlement.proof.published[index] += Fr::from(1));
    }
    for word in 0..ARGUMENT_BYTES / FR_BYTES {
        let at = word * FR_BYTES;
        if evaluations().contains(&word) {
            let scalar: &[u8; FR_BYTES] = honest.proof.argument[at..].first_chunk().unwrap();
            let next = fr_to_bytes(&(fr_from_bytes(scalar).unwrap() + Fr::from(1)));
            change(format!("evaluation {word}"), &|settlement| {
                settlement.proof.argument[at..at + FR_BYTES].copy_from_slice(&next);
            });
        } else {
            change(format!("coordinate {word}"), &|settlement| settlement.proof.argument[at + FR_BYTES - 1] ^= 1);
        }
    }
    for point in [0, 1, 2, 3, 4, 5, 10].map(|point| point * G1_BYTES).into_iter().chain([ARGUMENT_BYTES - G1_BYTES]) {
        change(format!("generator at {point}"), &|settlement| {
            settlement.proof.argument[point..point + G1_BYTES].fill(0);
            settlement.proof.argument[point + FR_BYTES - 1] = 1;
            settlement.proof.argument[point + G1_BYTES - 1] = 2;
        });
    }
    change("another last point".into(), &|settlement| {
        settlement.proof.commitments.opening.last = settlement.proof.commitments.opening.batch;
    });
    all
}

#[test]
fn snark_verifier_agrees() {
    let ready = ReadyModel::from_fixture("digits_mlp").unwrap();
    let statement = Statement::new(&ready.model.key.architecture).unwrap();
    let keys = SettlementKeys::new(&statement, &ready.srs).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let inference = Prover::new(&ready.model, &ready.srs).unwrap().prove(CONTEXT, &ready.input, &mut rng).unwrap();
    let proof = keys.prove(&statement, ready.model.key.digest(), &inference, &mut rng);
    let honest = Settlement { ready: &ready, statement: &statement, keys: &keys, claim: inference.claim, proof };

    let words = (honest.calldata().len() - ARGUMENT_BYTES) / FR_BYTES;
    let source = source(&keys.circuit().to_halo2().unwrap(), ready.srs.opening_key(), words);
    let chain = Devnet::default();
    let oracle = chain.deploy(compiled(&source)).unwrap();
    assert!(oracle.bytes > 5000, "it has no code to speak of");
    assert_eq!(agree(&chain, oracle.address, &honest, "honest"), Ok(()));
    for (what, changed) in changes(&honest) {
        assert!(agree(&chain, oracle.address, &changed, &what).is_err(), "{what}");
    }
}
