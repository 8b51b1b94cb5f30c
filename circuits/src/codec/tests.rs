//! Keys and receipts survive their encodings, and nothing else is accepted.

use std::collections::HashSet;

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInt, BigInteger, PrimeField};

use super::{
    Answer, CodecError, MAX_ARCHITECTURE_BYTES, ProofKind, Reader, Receipt, ReceiptHead, ReceiptProof, ScoreRecord,
    container::{HEADER, Kind},
    read_architecture, read_key, read_set_key, write_architecture, write_key, write_set_key,
};
use crate::{
    commitments::Commitments,
    digest::Digest,
    encoding::g1_to_bytes,
    key::VerifyingKey,
    layout::Layout,
    model::{
        Access, Architecture, AxisMap, Batch, Binding, DataSet, Factor, InputPort, Labels, MAX_BATCH_BITS, MAX_CHUNKS,
        MAX_ROW_BITS, MIN_ROW_BITS, Metric, ModelError, OutputPart, OutputPort, PartAxis, Score, Step, Table, Term,
        WeightShape,
    },
    set_key::SetKey,
    settlement::{
        proof::{ARGUMENT_BYTES, SettlementProof},
        verifier::published,
    },
    srs::{OpeningKey, OpeningKeyError},
    verifier::{native::Proof, statement::Statement},
};

/// One step: `y = table[x + w]`.
fn architecture() -> Architecture {
    let access = || Access { source: 0, axes: vec![AxisMap::variable(0)] };
    let term = |factor| Term { coefficient: 1, summed: vec![], factors: vec![factor] };
    let terms = vec![term(Factor::weights(access())), term(Factor::values(access()))];
    Architecture {
        input: InputPort {
            parts: vec![],
            ranges: vec![],
            shape: vec![1, 3],
            axes: vec![3],
            bits: 8,
            scales: vec![0.5],
            offsets: vec![0.0],
            binding: Binding::Values,
        },
        output: OutputPort { shape: vec![3], parts: vec![], scale: 0.25 },
        weights: vec![WeightShape { name: "bias".into(), axes: vec![3] }],
        parts: vec![],
        tables: vec![Table { name: "identity".into(), first: -8, outputs: (-8..8).collect() }],
        steps: vec![Step { name: "add".into(), axes: vec![3], constant: 0, terms, shift: 0, table: 0 }],
        row_bits: MIN_ROW_BITS,
        weight_row_bits: MIN_ROW_BITS,
    }
}

fn points(count: usize) -> Vec<G1Affine> {
    (0..count).map(|index| (G1Affine::generator() * Fr::from(index as u64)).into_affine()).collect()
}

fn setup(insecure: bool) -> OpeningKey {
    let [tau_g1, tau_g2] = [Fr::from(5); 2];
    let tau_g1 = (G1Affine::generator() * tau_g1).into_affine();
    OpeningKey::new(tau_g1, (G2Affine::generator() * tau_g2).into_affine(), insecure).unwrap()
}

fn key() -> VerifyingKey {
    let architecture = architecture();
    let layout = Layout::new(&architecture).unwrap();
    let entry_outputs = points(layout.entry_rows());
    let weights = points(layout.weight_rows());
    VerifyingKey { architecture, setup: setup(true), entry_outputs, weights, batches: vec![] }
}

fn receipt(statement: &Statement<'_>, kind: ProofKind) -> Receipt {
    let count = Commitments::count(&statement.layout);
    let commitments = Commitments::from_points(&statement.layout, &points(count)).unwrap();
    let scalars = |count: usize| (0..count).map(|index| -Fr::from(index as u64)).collect();
    let proof = match kind {
        ProofKind::OffChain => {
            let elements = scalars(statement.schedule().iter().map(|message| message.1).sum());
            ReceiptProof::OffChain(Proof { commitments, elements })
        }
        ProofKind::Settlement => {
            let (published, argument) = (scalars(published(&statement.layout)), vec![9; ARGUMENT_BYTES]);
            ReceiptProof::Settlement(SettlementProof { commitments, published, argument })
        }
    };
    let answer = Answer { context: Digest([2; 32]), output: vec![-7, 0, 7] };
    Receipt { key: Digest([1; 32]), size: 8, samples: 5, answer, proof }
}

/// The receipts of both kinds.
fn receipts(statement: &Statement<'_>) -> [Receipt; 2] {
    ProofKind::ALL.map(|kind| receipt(statement, kind))
}

#[test]
fn keys_survive() {
    let key = key();
    assert_eq!(read_key(&write_key(&key)), Ok(key));
}

/// Whoever changes any bit of a key before its batches changes its digest, the flag of its setup included.
#[test]
fn a_digest_covers_every_byte_of_a_key_but_its_batches() {
    let digest = key().digest();
    let mut bytes = write_key(&key());
    let covered = bytes.len() - 1;
    for (index, flip) in (0..covered).flat_map(|index| [1, 0x80, 0xff].map(|flip| (index, flip))) {
        bytes[index] ^= flip;
        if let Ok(found) = read_key(&bytes) {
            assert_ne!(found.digest(), digest, "{index}");
        }
        bytes[index] ^= flip;
    }
    let renamed = VerifyingKey { setup: setup(false), ..key() };
    assert_eq!(read_key(&write_key(&renamed)), Ok(renamed.clone()));
    assert_ne!(renamed.digest(), digest);
}

#[test]
fn keys_with_batches_survive_and_those_with_others_do_not() {
    let batch = |log_size| Batch { log_size, row_bits: MIN_ROW_BITS };
    let offered = VerifyingKey { batches: vec![batch(1), batch(4)], ..key() };
    let bytes = write_key(&offered);
    assert_eq!(read_key(&bytes), Ok(offered.clone()));
    assert_eq!(offered.digest(), key().digest());
    assert_eq!([2, 16, 1, 4].map(|size| offered.batch(size)), [Some(batch(1)), Some(batch(4)), None, None]);
    let none = bytes.len() - 5;
    let with = |list: &[u8]| read_key(&[&bytes[..none], list].concat());
    assert_eq!(with(&[0]), Ok(key()));
    assert_eq!(with(&[1, 4]), Err(CodecError::Truncated { part: "the batches" }));
    assert_eq!(with(&[0, 4]), Err(CodecError::Trailing { extra: 1 }));
    let refused = [
        (&[1, 0, 9][..], ModelError::BatchSize { found: 1, limit: MAX_BATCH_BITS }),
        (&[2, 4, 9, 4, 9], ModelError::BatchOrder { first: 16, second: 16 }),
        (
            &[1, 4, 8],
            ModelError::RowBits {
                what: "rows of cells and table entries",
                found: 8,
                least: MIN_ROW_BITS,
                greatest: MAX_ROW_BITS,
            },
        ),
    ];
    for (list, error) in refused {
        assert_eq!(with(list), Err(CodecError::Model(error)));
    }
    let long = [&[17][..], &[4, 9].repeat(17)].concat();
    let error = ModelError::Count { what: "batch sizes", found: 17, limit: 16 };
    assert_eq!(with(&long), Err(CodecError::Model(error)));
}

#[test]
fn setups_whose_points_disagree_are_refused() {
    let encoding = architecture().to_bytes();
    let bytes = write_key(&key());
    let (flag, tau_g1) = (8 + encoding.len(), 8 + encoding.len() + 1);
    let with = |at: usize, new: &[u8]| {
        let mut changed = bytes.clone();
        changed[at..at + new.len()].copy_from_slice(new);
        read_key(&changed)
    };
    assert_eq!(with(flag, &[2]), Err(CodecError::Flag(2)));
    let other = g1_to_bytes(&(G1Affine::generator() * Fr::from(6)).into_affine());
    assert_eq!(with(tau_g1, &other), Err(CodecError::Setup(OpeningKeyError::Inconsistent)));
    assert_eq!(with(tau_g1, &[0; 64]), Err(CodecError::Setup(OpeningKeyError::Point("tau_g1"))));
    let part = "the setup's points";
    assert_eq!(with(tau_g1 + 63, &[1]), Err(CodecError::Point { part, index: 0 }));
    assert_eq!(with(tau_g1 + 64, &[0xff; 32]), Err(CodecError::Point { part, index: 1 }));
}

#[test]
fn receipts_survive_and_have_the_statement_s_length() {
    let architecture = architecture();
    let statement = Statement::new(&architecture).unwrap();
    for receipt in receipts(&statement) {
        let bytes = receipt.to_bytes();
        assert_eq!(bytes.len(), Receipt::length(&statement, receipt.proof.kind()));
        assert_eq!(Receipt::from_bytes(&statement, &bytes), Ok(receipt));
    }
}

#[test]
fn every_truncation_and_every_longer_encoding_is_refused() {
    let architecture = architecture();
    let statement = Statement::new(&architecture).unwrap();
    let mut key = write_key(&key());
    for length in 0..key.len() {
        assert!(read_key(&key[..length]).is_err(), "{length}");
    }
    key.push(0);
    assert_eq!(read_key(&key), Err(CodecError::Trailing { extra: 1 }));
    assert_eq!(Receipt::from_bytes(&statement, &[]), Err(CodecError::Truncated { part: "the proof's kind" }));
    for receipt in receipts(&statement) {
        let (kind, mut receipt) = (receipt.proof.kind(), receipt.to_bytes());
        let expected = receipt.len();
        receipt.push(0);
        for found in (1..=expected + 1).filter(|&found| found != expected) {
            let refused = Err(CodecError::Length { kind, expected, found });
            assert_eq!(Receipt::from_bytes(&statement, &receipt[..found]), refused);
        }
    }
}

#[test]
fn every_changed_byte_is_refused_or_the_encoding_of_what_it_gives() {
    let architecture = architecture();
    let statement = Statement::new(&architecture).unwrap();
    let mut key_bytes = write_key(&key());
    for (index, flip) in (0..key_bytes.len()).flat_map(|index| [1, 0x80, 0xff].map(|flip| (index, flip))) {
        key_bytes[index] ^= flip;
        if let Ok(found) = read_key(&key_bytes) {
            assert_eq!(write_key(&found), key_bytes, "{index}");
        }
        key_bytes[index] ^= flip;
    }
    for mut receipt in receipts(&statement).map(|receipt| receipt.to_bytes()) {
        for (index, flip) in (0..receipt.len()).flat_map(|index| [1, 0x80, 0xff].map(|flip| (index, flip))) {
            receipt[index] ^= flip;
            if let Ok(found) = Receipt::from_bytes(&statement, &receipt) {
                assert_eq!(found.to_bytes(), receipt, "{index}");
            }
            receipt[index] ^= flip;
        }
    }
}

#[test]
fn a_proof_is_of_as_many_samples_as_it_is_about_or_fewer() {
    let architecture = architecture();
    let statement = Statement::new(&architecture).unwrap();
    for receipt in receipts(&statement) {
        let bytes = receipt.to_bytes();
        assert_eq!(ReceiptHead::from_bytes(&bytes), Ok(receipt.head()));
        assert_eq!(ReceiptHead::from_bytes(&bytes[..48]), Err(CodecError::Truncated { part: "the number of samples" }));
        for (size, samples) in [(8, 0), (8, 9), (0, 0), (1, u64::MAX)] {
            let mut bytes = bytes.clone();
            bytes[33..41].copy_from_slice(&u64::to_be_bytes(size));
            bytes[41..49].copy_from_slice(&samples.to_be_bytes());
            assert_eq!(Receipt::from_bytes(&statement, &bytes), Err(CodecError::Samples { size, samples }));
        }
    }
}

#[test]
fn a_proof_of_another_or_of_no_kind_is_refused() {
    let architecture = architecture();
    let statement = Statement::new(&architecture).unwrap();
    let [off_chain, settlement] = receipts(&statement).map(|receipt| receipt.to_bytes());
    for (mut bytes, tag) in [(off_chain, 1), (settlement, 0)] {
        bytes[0] = tag;
        assert!(matches!(Receipt::from_bytes(&statement, &bytes), Err(CodecError::Length { .. })));
        bytes[0] = 2;
        assert_eq!(Receipt::from_bytes(&statement, &bytes), Err(CodecError::Kind(2)));
    }
}

#[test]
fn scalars_that_are_not_reduced_are_refused() {
    let architecture = architecture();
    let statement = Statement::new(&architecture).unwrap();
    let parts = [("the proof's elements", 0), ("the published numbers", ARGUMENT_BYTES)];
    for (receipt, (expected, after)) in receipts(&statement).into_iter().zip(parts) {
        let bytes = receipt.to_bytes();
        let end = bytes.len() - after;
        for excess in [0u64, 1] {
            let mut bytes = bytes.clone();
            let mut scalar = Fr::MODULUS;
            scalar.add_with_carry(&BigInt::from(excess));
            bytes[end - 32..end].copy_from_slice(&scalar.to_bytes_be());
            let found = Receipt::from_bytes(&statement, &bytes);
            assert!(matches!(found, Err(CodecError::Scalar { part, .. }) if part == expected), "{found:?}");
        }
    }
}

#[test]
fn points_off_the_curve_are_refused() {
    let architecture = architecture();
    let statement = Statement::new(&architecture).unwrap();
    for mut bytes in receipts(&statement).map(|receipt| receipt.to_bytes()) {
        // The first point follows the kind, two digests, two numbers and three values; it is the neutral element, and (0, 1) is
        // no point.
        bytes[1 + 64 + 16 + 24 + 63] = 1;
        let expected = CodecError::Point { part: "the commitments", index: 0 };
        assert_eq!(Receipt::from_bytes(&statement, &bytes), Err(expected));
    }
    let mut bytes = write_key(&key());
    // The number of batches follows.
    let last = bytes.len() - 2;
    bytes[last] = 1;
    let expected = CodecError::Point { part: "the weight commitments", index: 0 };
    assert_eq!(read_key(&bytes), Err(expected));
}

#[test]
fn an_announced_length_takes_no_memory() {
    for found in [u64::MAX, 1 << 40, MAX_ARCHITECTURE_BYTES as u64 + 1] {
        let expected = CodecError::TooLarge { found, limit: MAX_ARCHITECTURE_BYTES };
        assert_eq!(read_key(&found.to_be_bytes()), Err(expected));
    }
    let bytes = (MAX_ARCHITECTURE_BYTES as u64).to_be_bytes();
    assert_eq!(read_key(&bytes), Err(CodecError::Truncated { part: "the architecture" }));
}

#[test]
fn needless_bytes_in_an_architecture_are_refused() {
    let encoding = architecture().to_bytes();
    let rest = write_key(&key()).split_off(8 + encoding.len());
    let with = |encoding: &[u8]| [&(encoding.len() as u64).to_be_bytes(), encoding, &rest].concat();
    assert!(read_key(&with(&encoding)).is_ok());
    let refused = Err(CodecError::NotCanonical { part: "the architecture" });
    assert_eq!(read_key(&with(&[encoding.as_slice(), &[0]].concat())), refused);
    // The last byte is the number of row bits; with a continuation it still is.
    let (last, head) = encoding.split_last().unwrap();
    assert_eq!(read_key(&with(&[head, &[last | 0x80, 0]].concat())), refused);
}

#[test]
fn an_architecture_is_validated_when_it_is_read() {
    let mut bytes = Vec::new();
    write_architecture(&mut bytes, &Architecture { steps: vec![], ..architecture() });
    let refused = Err(CodecError::Model(ModelError::NoSteps));
    assert_eq!(read_architecture(&mut Reader::new(&bytes)), refused);
}

#[test]
fn what_outputs_are_called_and_where_they_lie_changes_the_digest() {
    let part = |name: &str, start| OutputPart {
        name: name.into(),
        shape: vec![1],
        start,
        axes: vec![PartAxis { size: 1, stride: 1 }],
        scale: 1.0,
    };
    let digest = |change: fn(&mut [OutputPart])| {
        let mut model = architecture();
        model.output = OutputPort { shape: vec![3], parts: vec![part("a", 0), part("b", 2)], scale: 1.0 };
        change(&mut model.output.parts);
        model.digest()
    };
    let changes: [fn(&mut [OutputPart]); 8] = [
        |_| {},
        |parts| parts[0].name.push('x'),
        |parts| parts[1].shape = vec![],
        |parts| parts[1].scale = 100.0,
        |parts| (parts[0].start, parts[1].start) = (2, 0),
        |parts| parts[0].axes[0].stride = 2,
        |parts| parts[0].axes[0].size = 2,
        |parts| parts.swap(0, 1),
    ];
    let digests: HashSet<Digest> = changes.into_iter().map(digest).collect();
    assert_eq!(digests.len(), changes.len());
}

#[test]
fn a_header_tells_its_kind() {
    let header = |start: &[u8]| {
        let mut header = [0; HEADER];
        header[..start.len()].copy_from_slice(start);
        header
    };
    let kinds = [Kind::Model, Kind::Key, Kind::Proof, Kind::Settlement, Kind::DataSet, Kind::SetKey, Kind::Score];
    for (kind, letter) in kinds.into_iter().zip(*b"MKPSDEC") {
        let found = header(&[b"hallmrk".as_slice(), &[letter]].concat());
        assert!(kinds.into_iter().all(|other| other.is_of(&found) == (other == kind)), "{kind}");
        assert!(!kind.is_of(&header(&[b"hallmrl".as_slice(), &[letter]].concat())), "another magic");
    }
}

fn set_key() -> SetKey {
    let form = DataSet { log_size: 8, samples: InputPort::of_integers(vec![3], 8), labels: Labels::Classes(2) };
    let row = |factor: u64| (G1Affine::generator() * Fr::from(factor)).into_affine();
    let chunks = vec![vec![row(2), row(3), row(4), row(5)], vec![row(6), row(7), row(8), row(9)]];
    SetKey { form, setup: key().setup, row_bits: MIN_ROW_BITS, chunks }
}

fn read_whole_set(bytes: &[u8]) -> Result<SetKey, CodecError> {
    let mut reader = Reader::new(bytes);
    let key = read_set_key(&mut reader)?;
    reader.finish()?;
    Ok(key)
}

#[test]
fn the_key_of_a_data_set_has_one_encoding() {
    let key = set_key();
    assert_eq!(key.form.rows(key.row_bits), 4);
    let bytes = write_set_key(&key);
    assert_eq!(read_whole_set(&bytes), Ok(key.clone()));
    for end in 0..bytes.len() {
        assert!(read_whole_set(&bytes[..end]).is_err(), "{end}");
    }
    assert!(read_whole_set(&[bytes.as_slice(), &[0]].concat()).is_err());
    for row_bits in [MIN_ROW_BITS - 1, MAX_ROW_BITS + 1] {
        assert!(read_whole_set(&write_set_key(&SetKey { row_bits, ..key.clone() })).is_err(), "{row_bits}");
    }
    assert!(read_whole_set(&write_set_key(&SetKey { chunks: vec![], ..key.clone() })).is_err());
    let form = DataSet { log_size: 0, ..key.form.clone() };
    assert!(read_whole_set(&write_set_key(&SetKey { form, ..key })).is_err());
}

#[test]
fn the_proofs_of_a_score_have_one_encoding() {
    let score = Score { metric: Metric::Threshold(-5), row_bits: 12 };
    let mut record = ScoreRecord::new(score, Digest([1; 32]), Digest([2; 32]), 3);
    record.put(1, vec![7, 8]);
    record.put(3, vec![9]);
    assert_eq!(record.missing().collect::<Vec<_>>(), [0, 2]);
    let bytes = record.to_bytes();
    assert_eq!(ScoreRecord::from_bytes(&bytes), Ok(record.clone()));
    for end in 0..bytes.len() {
        assert!(ScoreRecord::from_bytes(&bytes[..end]).is_err(), "{end}");
    }
    assert!(ScoreRecord::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_err());
    record.receipts.clear();
    assert!(ScoreRecord::from_bytes(&record.to_bytes()).is_err());
    record.receipts = vec![vec![]; MAX_CHUNKS + 1];
    assert!(ScoreRecord::from_bytes(&record.to_bytes()).is_err());
}
