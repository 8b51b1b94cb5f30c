//! Mutations of bytes that mean something: lengths, counts and offsets in the encodings that the formats use.

use rand::{Rng, RngExt};

/// Values at which lengths overflow, wrap, or ask for more than there is.
const INTERESTING: [u64; 18] = [
    0,
    1,
    2,
    7,
    127,
    128,
    255,
    256,
    65_535,
    1 << 20,
    1 << 26,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 40,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX,
];

/// The most bytes of a mutated input: valid ones are smaller.
const MAX_LENGTH: usize = 1 << 20;

/// An interesting value.
pub fn interesting(rng: &mut impl Rng) -> u64 {
    INTERESTING[rng.random_range(0..INTERESTING.len())]
}

/// One of `seeds` after a few mutations.
pub fn mutate(seeds: &[Vec<u8>], rng: &mut impl Rng) -> Vec<u8> {
    let mut bytes = seeds[rng.random_range(0..seeds.len())].clone();
    for _ in 0..1 << rng.random_range(0..4) {
        mutate_once(&mut bytes, seeds, rng);
        bytes.truncate(MAX_LENGTH);
    }
    bytes
}

fn mutate_once(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut impl Rng) {
    let at = position(bytes, rng);
    match rng.random_range(0..10) {
        0 | 1 => flip(bytes, at, rng),
        2 => overwrite(bytes, at, &[rng.random()]),
        3 => {
            let width = 1 << rng.random_range(0..4);
            overwrite(bytes, at, &interesting(rng).to_le_bytes()[..width]);
        }
        4 => overwrite(bytes, at, &varint(interesting(rng))),
        5 => {
            bytes.splice(at..at.saturating_add(1).min(bytes.len()), varint(interesting(rng)));
        }
        6 => bytes.truncate(at),
        7 => {
            let end = rng.random_range(at..=bytes.len().min(at + 64));
            bytes.drain(at..end);
        }
        8 => {
            let end = rng.random_range(at..=bytes.len().min(at + 256));
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
        }
        _ => {
            let other = &seeds[rng.random_range(0..seeds.len())];
            let from = position(other, rng);
            let to = rng.random_range(from..=other.len().min(from + 1024));
            bytes.splice(at.., other[from..to].iter().copied());
        }
    }
}

/// A position, near the start as often as anywhere: that is where headers are.
fn position(bytes: &[u8], rng: &mut impl Rng) -> usize {
    let end = if rng.random_bool(0.5) { bytes.len().min(128) } else { bytes.len() };
    rng.random_range(0..=end)
}

fn flip(bytes: &mut [u8], at: usize, rng: &mut impl Rng) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << rng.random_range(0..8);
    }
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    bytes[at..].iter_mut().zip(with).for_each(|(byte, with)| *byte = *with);
}

/// LEB128, the integers of both protobuf and postcard.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
