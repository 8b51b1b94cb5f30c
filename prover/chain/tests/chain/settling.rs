//! The contract on the embedded chain accepts what the verifier accepts, for the gas that was recorded and predicted.

use std::{collections::BTreeMap, fs, path::PathBuf};

use hallmark_chain::chain::{Devnet, GasReport, Pinned, Verdict, Verifier};
use hallmark_circuits::{
    claim::Claim, commitments::Commitments, digest::Digest, model::Architecture, settlement::gas::Gas,
    verifier::statement::Statement,
};
use hallmark_proving::proving::{Prover, commit};
use hallmark_proving::settlement::{Circuit, SettlementKeys};
use hallmark_proving::srs::Srs;
use hallmark_testing::{claims::CONTEXT, cnn};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// What two addresses may differ by in the gas of calldata.
const ADDRESSES: u64 = 2 * 20 * 12;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// A settlement in `fixtures/settlement`.
struct Recorded {
    key: Vec<u8>,
    claim: Claim<Vec<u8>>,
    proof: Vec<u8>,
}

impl Recorded {
    fn read(name: &str) -> Self {
        let read = |file: &str| fs::read(path("fixtures/settlement").join(name).join(file)).unwrap();
        let context = Digest(read("context.bin").try_into().unwrap());
        let claim = Claim { context, input: read("input.bin"), output: read("output.bin") };
        Self { key: read("key.bin"), claim, proof: read("proof.bin") }
    }

    fn settle(&self) -> Verdict {
        let chain = Devnet::default();
        let verifier = Verifier::deploy(&chain).unwrap();
        let address = chain.deploy_code(&[&[0], self.key.as_slice()].concat()).unwrap().address;
        let key = Pinned { address, digest: Digest::keccak(&self.key) };
        verifier.verify(&chain, &key, &self.claim, &self.proof).unwrap()
    }
}

/// The parts add up to what is paid.
fn assert_complete(gas: &GasReport, verdict: &Verdict) {
    let parts: u64 = gas.parts().iter().map(|part| part.1).sum();
    assert_eq!(parts, gas.transaction);
    assert_eq!(gas.base + gas.calldata + verdict.transaction.spent.total(), gas.transaction);
    assert!(gas.floor < gas.transaction);
}

#[test]
fn gas_is_the_recorded_one() {
    let mut found = BTreeMap::new();
    for name in ["digits_mlp", "lenet5_max", "cnn_264k"] {
        let verdict = Recorded::read(name).settle();
        assert_eq!(verdict.refusal, None, "{name}");
        let gas = GasReport::new(&verdict);
        assert_complete(&gas, &verdict);
        found.insert(name.to_owned(), gas);
    }
    let path = path("fixtures/golden/gas.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    let recorded: BTreeMap<String, GasReport> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    // The proofs are files, so that not even their zero bytes change.
    assert_eq!(found, recorded, "gas has changed: set UPDATE_GOLDEN to record it");
}

/// Another program measured the same settlements, with other addresses.
#[test]
fn gas_is_what_forge_measures() {
    for name in ["digits_mlp", "lenet5_max", "cnn_264k"] {
        let snapshot = fs::read(path("verifier-contracts/snapshots").join(format!("{name}.json"))).unwrap();
        let snapshot: BTreeMap<String, String> = serde_json::from_slice(&snapshot).unwrap();
        let forge: u64 = snapshot["transaction"].parse().unwrap();
        let gas = Recorded::read(name).settle().transaction.gas;
        assert!(gas.abs_diff(forge) <= ADDRESSES, "{name}: {gas} here, {forge} by forge");
    }
}

#[test]
fn a_fresh_proof_is_accepted_for_the_predicted_gas() {
    for architecture in [cnn::with_sums_over_weights(), cnn::told_by_digests(1), cnn::told_by_digests(4)] {
        is_accepted_for_the_predicted_gas(architecture);
    }
}

fn is_accepted_for_the_predicted_gas(architecture: Architecture) {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let log_size = Circuit::new(&Statement::new(&architecture).unwrap()).unwrap().log_rows();
    let srs = Srs::insecure(log_size.max(architecture.row_bits), &mut rng);
    let weights = cnn::weights_of(&architecture, &mut rng);
    let model = commit(architecture, weights, &srs, &mut rng).unwrap();
    let statement = Statement::new(&model.key.architecture).unwrap();
    let input = hallmark_testing::architectures::random_input(statement.model, &mut rng);
    let inference = Prover::new(&model, &srs).unwrap().prove(CONTEXT, &input, &mut rng).unwrap();
    let keys = SettlementKeys::new(&statement, &srs).unwrap();
    let weights = model.key.digest();
    let told = statement.told(&inference.claim);
    let proof = keys.prove(&statement, weights, &inference, &mut rng).to_bytes();

    let chain = Devnet::default();
    let verifier = Verifier::deploy(&chain).unwrap();
    let key = keys.key_of(model.key.clone(), &srs).unwrap();
    let address = Verifier::store(&chain, &key.to_bytes()).unwrap().address;
    assert_eq!(verifier.key_digest(&chain, address), Ok(key.digest()));
    assert_eq!(verifier.weight_digest(&chain, address), Ok(model.key.digest()));
    assert_eq!(verifier.setup(&chain, address), Ok((srs.opening_key().digest, true)));
    assert!(verifier.key_digest(&chain, verifier.address()).is_err(), "the verifier is no key");

    let pinned = Pinned { address, digest: key.digest() };
    let verdict = verifier.verify(&chain, &pinned, &told, &proof).unwrap();
    assert_eq!(verdict.refusal, None);
    let gas = GasReport::new(&verdict);
    assert_complete(&gas, &verdict);
    let of_proof: usize = Commitments::shape(&statement.layout).iter().map(|part| part.1).sum();
    let deferred = of_proof + statement.layout.entry_rows() + statement.layout.weight_rows();
    assert_eq!(gas.deferred_points.count, deferred);
    let predicted = Gas::predict(statement.model, &statement.layout).total();
    assert!(predicted.abs_diff(gas.transaction) < gas.transaction / 50, "{predicted} predicted, {gas:?}");
}

#[test]
fn refusals_are_the_contract_s_own() {
    let recorded = Recorded::read("lenet5_max");
    let chain = Devnet::default();
    let verifier = Verifier::deploy(&chain).unwrap();
    let address = chain.deploy_code(&[&[0], recorded.key.as_slice()].concat()).unwrap().address;
    let key = Pinned { address, digest: Digest::keccak(&recorded.key) };
    let refuse = |key: &Pinned, claim: &Claim<Vec<u8>>, proof: &[u8]| {
        verifier.verify(&chain, key, claim, proof).unwrap().refusal.unwrap().error
    };
    let Recorded { claim, proof, .. } = &recorded;
    let mut flipped = proof.clone();
    flipped[63] ^= 1;
    assert_eq!(refuse(&key, claim, &flipped), "PointInvalid");
    assert_eq!(refuse(&key, claim, &proof[1..]), "ProofLength");
    assert_eq!(refuse(&key, &Claim { context: Digest([9; 32]), ..claim.clone() }, proof), "ProofRejected");
    assert_eq!(refuse(&key, &Claim { input: Vec::new(), ..claim.clone() }, proof), "InputLength");
    assert_eq!(refuse(&key, &Claim { output: vec![0; 99], ..claim.clone() }, proof), "OutputLength");
    assert_eq!(refuse(&Pinned { digest: Digest([1; 32]), ..key }, claim, proof), "KeyDigestMismatch");
    assert_eq!(refuse(&Pinned { address: verifier.address(), ..key }, claim, proof), "KeyMalformed");
    let nobody = Pinned { address: [1; 20].into(), ..key };
    assert_eq!(refuse(&nobody, claim, proof), "KeyMissing");
}
