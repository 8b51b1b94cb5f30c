//! Structured reference strings: ceremonies and Hallmark's own files. Both readers take paths.

use std::fs;
use std::path::Path;

use ark_bn254::{Fq, G1Affine, G2Affine};
use ark_ff::{BigInteger, Field, PrimeField};
use hallmark_proving::srs::Srs;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use crate::harness::Target;
use crate::mutate::mutate;

fn srs() -> Srs {
    Srs::insecure(5, &mut ChaCha8Rng::seed_from_u64(5))
}

/// A ceremony of power 4: it has 2^5 - 1 powers in G1, and an import uses all of them.
fn ptau() -> Vec<u8> {
    let srs = srs();
    let g1: Vec<u8> = srs.g1()[..31].iter().flat_map(g1_bytes).collect();
    let key = srs.opening_key();
    let g2: Vec<u8> = [&key.g2, &key.tau_g2].into_iter().cycle().take(16).flat_map(g2_bytes).collect();
    let words = [4u32, 28].map(u32::to_le_bytes);
    let header = [32u32.to_le_bytes().as_slice(), &Fq::MODULUS.to_bytes_le(), words.as_flattened()].concat();
    let mut bytes = [b"ptau".as_slice(), &1u32.to_le_bytes(), &3u32.to_le_bytes()].concat();
    for (number, content) in [(1u32, header), (2, g1), (3, g2)] {
        bytes.extend(number.to_le_bytes());
        bytes.extend((content.len() as u64).to_le_bytes());
        bytes.extend(content);
    }
    bytes
}

/// Montgomery's form with R = 2^256, little-endian.
fn montgomery(x: Fq) -> Vec<u8> {
    (x * Fq::from(2).pow([256])).into_bigint().to_bytes_le()
}

fn g1_bytes(point: &G1Affine) -> Vec<u8> {
    [point.x, point.y].into_iter().flat_map(montgomery).collect()
}

fn g2_bytes(point: &G2Affine) -> Vec<u8> {
    [point.x.c0, point.x.c1, point.y.c0, point.y.c1].into_iter().flat_map(montgomery).collect()
}

fn fuzz(name: &'static str, seed: Vec<u8>, read: &dyn Fn(&Path) -> bool) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, &seed).unwrap();
    assert!(read(&path), "the seed itself is valid");
    let seeds = [seed];
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        read(&path)
    };
    Target { name, max_memory: 4, input: &|rng| mutate(&seeds, rng), read: &read }.run();
}

#[test]
fn ceremony() {
    fuzz("ptau", ptau(), &|path| Srs::import_ptau(path, None).is_ok() | Srs::import_ptau(path, Some(2)).is_ok());
}

#[test]
fn reference_string() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("seed");
    srs().write(&path).unwrap();
    let seed = fs::read(&path).unwrap();
    fuzz("srs", seed, &|path| Srs::read(path).is_ok() | Srs::read_opening_key(path).is_ok());
}
