//! Proof files of both kinds: what is decoded has one encoding, and is refused unless it is a proof that was made.

use hallmark_circuits::codec::{Answer, ProofKind, Receipt, ReceiptProof};
use hallmark_circuits::error::Reject;
use hallmark_circuits::facts::NoFacts;
use hallmark_circuits::settlement::{self, trusted::SettlementKey};
use hallmark_circuits::verifier::native::verify;
use hallmark_circuits::verifier::statement::Statement;
use hallmark_proving::file::{Kind, decode, encode};
use hallmark_proving::proving::{CommittedModel, Prover, commit};
use hallmark_proving::settlement::{Circuit, SettlementKeys};
use hallmark_proving::srs::Srs;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use crate::harness::{Target, prepare};
use crate::mutate::mutate;
use hallmark_testing::{
    architectures::{model_with_steps, random_input},
    claims::{CONTEXT, claim},
};

/// A model, an input, and all that proves and verifies.
struct Fixture {
    srs: Srs,
    model: CommittedModel,
    input: Vec<i64>,
    keys: SettlementKeys,
    key: SettlementKey,
}

impl Fixture {
    fn new(rng: &mut ChaCha20Rng) -> Self {
        let srs = Srs::insecure(13, rng);
        let (architecture, weights) = model_with_steps(rng, 2);
        let model = commit(architecture, weights, &srs, rng).unwrap();
        let input = random_input(&model.key.architecture, rng);
        let keys = SettlementKeys::new(&Statement::new(&model.key.architecture).unwrap(), &srs).unwrap();
        let key = keys.key_of(model.key.clone(), &srs).unwrap();
        Self { srs, model, input, keys, key }
    }

    fn statement(&self) -> Statement<'_> {
        Statement::new(&self.model.key.architecture).unwrap()
    }

    fn prove(&self, kind: ProofKind, rng: &mut ChaCha20Rng) -> Receipt {
        let inference = Prover::new(&self.model, &self.srs).unwrap().prove(CONTEXT, &self.input, rng).unwrap();
        let (key, output) = (self.model.key.digest(), inference.output().to_vec());
        let proof = match kind {
            ProofKind::OffChain => ReceiptProof::OffChain(inference.proof),
            ProofKind::Settlement => ReceiptProof::Settlement(self.keys.prove(&self.statement(), key, &inference, rng)),
        };
        Receipt { key, size: 1, samples: 1, answer: Answer { context: CONTEXT, output }, proof }
    }

    /// The verdict on a receipt's answer and proof, whatever context it says.
    fn verify(&self, receipt: &Receipt) -> Result<(), Reject> {
        let key = &self.key;
        let claim = claim(&self.input, &receipt.answer.output);
        match &receipt.proof {
            ReceiptProof::OffChain(proof) => verify(key.model(), key.model().weight_digest(), &claim, proof),
            ReceiptProof::Settlement(proof) => settlement::native::verify(key, key.digest(), &claim, proof),
        }
    }
}

#[test]
fn proof() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let fixture = prepare(|| Fixture::new(&mut rng));
    let statement = fixture.statement();
    let kinds = [ProofKind::OffChain, ProofKind::OffChain, ProofKind::Settlement, ProofKind::Settlement];
    let honest = prepare(|| kinds.map(|kind| fixture.prove(kind, &mut rng)));
    let payloads = honest.each_ref().map(Receipt::to_bytes);
    let files = payloads.each_ref().map(|payload| encode(Kind::Proof, payload).unwrap());

    let read = |bytes: &[u8]| {
        let Ok(payload) = decode::<Vec<u8>>(bytes, Kind::Proof) else { return false };
        let Ok(receipt) = Receipt::from_bytes(&statement, &payload) else { return false };
        assert!(receipt.to_bytes() == payload, "a proof has two encodings");
        let verdict = fixture.verify(&receipt);
        let made =
            honest.iter().any(|honest| honest.answer.output == receipt.answer.output && honest.proof == receipt.proof);
        assert_eq!(verdict.is_ok(), made, "{verdict:?}");
        true
    };
    assert!(prepare(|| files.iter().all(|file| read(file))), "the seeds themselves are valid");
    let mutated = |rng: &mut _| mutate(&payloads, rng);
    Target {
        name: "proof",
        max_memory: 16,
        input: &|rng| {
            if rng.random_bool(0.1) { mutate(&files, rng) } else { encode(Kind::Proof, &mutated(rng)).unwrap() }
        },
        read: &read,
    }
    .run();
}

#[test]
fn settlement_keys() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let fixture = prepare(|| Fixture::new(&mut rng));
    let (circuit, srs) = (Circuit::new(&fixture.statement()).unwrap(), &fixture.srs);
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("keys");
    fixture.keys.store(&path, srs).unwrap();
    let file = std::fs::read(&path).unwrap();
    let payloads = [decode::<Vec<u8>>(&file, Kind::Settlement).unwrap()];
    let files = [file];
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let Ok(keys) = SettlementKeys::load(&path, &circuit, srs, &NoFacts) else { return false };
        assert_eq!(keys.circuit(), fixture.keys.circuit());
        true
    };
    assert!(prepare(|| read(&files[0])), "the seed itself is valid");
    Target {
        name: "settlement-keys",
        max_memory: 64,
        input: &|rng| {
            if rng.random_bool(0.1) {
                return mutate(&files, rng);
            }
            encode(Kind::Settlement, &mutate(&payloads, rng)).unwrap()
        },
        read: &read,
    }
    .run();
}
