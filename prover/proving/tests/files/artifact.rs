//! The files of models, keys and proofs: they survive, and everything else is a typed error.
#![allow(missing_docs)]

use std::{fs, path::PathBuf};

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use hallmark_circuits::{
    codec::{Answer, CodecError, Receipt, ReceiptProof},
    key::VerifyingKey,
    verifier::statement::Statement,
};
use hallmark_proving::artifact::{
    ArtifactError, Model, read_key, read_model, read_receipt, write_key, write_model, write_receipt,
};
use hallmark_proving::file::{self, ContainerError, Fault, FileError, Kind, Target};
use hallmark_proving::proving::{CommittedModel, Prover, commit};
use hallmark_proving::srs::Srs;
use hallmark_testing::{architectures::random_model, claims::CONTEXT};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tempfile::TempDir;

struct Fixture {
    folder: TempDir,
    committed: CommittedModel,
    receipt: Receipt,
}

impl Fixture {
    fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let srs = Srs::insecure(13, &mut rng);
        let (architecture, weights) = random_model(&mut rng);
        let committed = commit(architecture, weights, &srs, &mut rng).unwrap();
        let input = vec![0; committed.key.architecture.input.axes.iter().product()];
        let inference = Prover::new(&committed, &srs).unwrap().prove(CONTEXT, &input, &mut rng).unwrap();
        let key = committed.key.digest();
        let answer = Answer { context: CONTEXT, output: inference.output().to_vec() };
        let receipt = Receipt { key, size: 1, samples: 1, answer, proof: ReceiptProof::OffChain(inference.proof) };
        Self { folder: TempDir::new().unwrap(), committed, receipt }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    fn model(&self) -> Model {
        Model::from_committed(self.committed.clone())
    }

    fn published(&self) -> VerifyingKey {
        self.model().published_key().unwrap()
    }

    fn statement(&self) -> Statement<'_> {
        Statement::new(&self.committed.key.architecture).unwrap()
    }
}

#[test]
fn all_kinds_survive() {
    let fixture = Fixture::new();
    let path = fixture.path();
    let committed = fixture.model();
    let compiled = Model { commitment: None, ..committed.clone() };
    for model in [&compiled, &compiled, &committed] {
        write_model(&path, model).unwrap();
        assert_eq!(read_model(&path).unwrap(), *model);
    }
    let refused = write_model(&path, &compiled).unwrap_err();
    assert!(matches!(refused, ArtifactError::File(FileError { fault: Fault::Model, .. })), "{refused}");
    let forced = Target { replace: true, ..(&path).into() };
    let kept = write_model(forced, &compiled).unwrap().kept.unwrap();
    assert_eq!((read_model(&kept).unwrap(), read_model(&path).unwrap()), (committed, compiled));
    fs::remove_file(&path).unwrap();
    assert_eq!(fixture.model().into_committed(), Some(fixture.committed.clone()));
    write_key(&path, &fixture.published()).unwrap();
    assert_eq!(read_key(&path).unwrap(), fixture.published());
    fs::remove_file(&path).unwrap();
    let bytes = write_receipt(&path, &fixture.receipt).unwrap().bytes;
    assert_eq!(bytes, fs::metadata(&path).unwrap().len());
    assert_eq!(read_receipt(&path, &fixture.statement()).unwrap(), fixture.receipt);
}

#[test]
fn another_kind_is_named() {
    let fixture = Fixture::new();
    let path = fixture.path();
    write_model(&path, &fixture.model()).unwrap();
    let error = read_key(&path).unwrap_err();
    let ArtifactError::File(FileError { fault: Fault::Container(ContainerError::Kind { expected, found }), .. }) =
        error
    else {
        panic!("{error}")
    };
    assert_eq!((expected, found), (Kind::Key, Kind::Model));
}

#[test]
fn every_changed_or_missing_byte_of_a_proof_s_file_is_refused() {
    let fixture = Fixture::new();
    let path = fixture.path();
    write_receipt(&path, &fixture.receipt).unwrap();
    let bytes = fs::read(&path).unwrap();
    // One byte in seven of the long middle, and all at the ends.
    let places = (0..bytes.len()).filter(|&place| place < 128 || place + 64 > bytes.len() || place % 7 == 0);
    for place in places {
        let mut changed = bytes.clone();
        changed[place] ^= 0x10;
        for damaged in [&changed, &bytes[..place]] {
            fs::write(&path, damaged).unwrap();
            assert!(read_receipt(&path, &fixture.statement()).is_err(), "{place}");
        }
    }
}

#[test]
fn a_longer_proof_is_refused() {
    let fixture = Fixture::new();
    let (path, statement) = (fixture.path(), fixture.statement());
    write_receipt(&path, &fixture.receipt).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, [bytes.as_slice(), &[0; 100]].concat()).unwrap();
    let error = read_receipt(&path, &statement).unwrap_err();
    assert!(
        matches!(
            error,
            ArtifactError::File(FileError { fault: Fault::Container(ContainerError::Trailing { extra: 100 }), .. })
        ),
        "{error}"
    );
    fs::write(&path, [bytes, vec![0; 8 << 20]].concat()).unwrap();
    let error = read_receipt(&path, &statement).unwrap_err();
    assert!(matches!(error, ArtifactError::File(FileError { fault: Fault::TooLarge { .. }, .. })), "{error}");
    file::write_atomically(&path, Kind::Proof, &[fixture.receipt.to_bytes(), vec![0]].concat()).unwrap();
    let error = read_receipt(&path, &statement).unwrap_err();
    assert!(matches!(error, ArtifactError::Codec { fault: CodecError::Length { .. }, .. }), "{error}");
}

#[test]
fn a_model_s_bytes_are_refused_where_cut_or_continued_and_otherwise_have_one_encoding() {
    let fixture = Fixture::new();
    let model = fixture.model();
    let mut bytes = model.to_bytes();
    for place in (0..bytes.len()).filter(|&place| place < 256 || place % 97 == 0) {
        assert!(Model::from_bytes(&bytes[..place]).is_err(), "{place}");
        bytes[place] ^= 0x81;
        if let Ok(found) = Model::from_bytes(&bytes) {
            assert_eq!(found.to_bytes(), bytes, "{place}");
        }
        bytes[place] ^= 0x81;
    }
    bytes.push(0);
    assert_eq!(Model::from_bytes(&bytes), Err(CodecError::Trailing { extra: 1 }));
}

#[test]
fn blinds_that_are_not_reduced_are_refused() {
    let fixture = Fixture::new();
    let mut bytes = fixture.model().to_bytes();
    let start = bytes.len() - 32;
    bytes[start..].copy_from_slice(&Fr::MODULUS.to_bytes_be());
    let index = fixture.committed.blinds.len() - 1;
    let expected = CodecError::Scalar { part: "the blinds", index };
    assert_eq!(Model::from_bytes(&bytes), Err(expected.clone()));
    // A sound checksum does not help.
    file::write_atomically(&fixture.path(), Kind::Model, &bytes).unwrap();
    let error = read_model(&fixture.path()).unwrap_err();
    assert!(matches!(&error, ArtifactError::Codec { fault, .. } if *fault == expected), "{error}");
}
