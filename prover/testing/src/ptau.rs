//! Files of ceremonies, made from a known tau.
#![allow(dead_code, reason = "each test binary compiles its own copy and uses a part of it")]

use ark_bn254::{Fq, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, Field, PrimeField};

/// A .ptau file in parts, so that a test can change one.
#[derive(Clone)]
pub struct Ptau {
    pub head: Vec<u8>,
    pub sections: Vec<(u32, Vec<u8>)>,
}

impl Ptau {
    /// What a ceremony of this power and tau writes.
    pub fn new(power: u32, tau: u64) -> Self {
        let tau = Fr::from(tau);
        let powers =
            |count: usize| std::iter::successors(Some(Fr::from(1)), move |power| Some(*power * tau)).take(count);
        let g1 = powers((2 << power) - 1).flat_map(|scalar| g1_bytes((G1Affine::generator() * scalar).into_affine()));
        let g2 = powers(1 << power).flat_map(|scalar| g2_bytes((G2Affine::generator() * scalar).into_affine()));
        // The sections that are not read stand around those that are, as in real files.
        let sections =
            vec![(1, header(power)), (2, g1.collect()), (3, g2.collect()), (4, vec![4; 64]), (7, vec![0; 4])];
        Self { head: [b"ptau".as_slice(), &1u32.to_le_bytes()].concat(), sections }
    }

    /// The content of a section.
    pub fn section(&mut self, number: u32) -> &mut Vec<u8> {
        &mut self.sections.iter_mut().find(|(found, _)| *found == number).unwrap().1
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = [self.head.as_slice(), &(self.sections.len() as u32).to_le_bytes()].concat();
        for (number, content) in &self.sections {
            bytes.extend(number.to_le_bytes());
            bytes.extend((content.len() as u64).to_le_bytes());
            bytes.extend(content);
        }
        bytes
    }
}

/// The first section.
pub fn header(power: u32) -> Vec<u8> {
    let words = [power, 28].map(u32::to_le_bytes);
    [32u32.to_le_bytes().as_slice(), &Fq::MODULUS.to_bytes_le(), words.as_flattened()].concat()
}

/// x * 2^256 mod q, little-endian: Montgomery's form, from its definition.
fn montgomery(x: Fq) -> Vec<u8> {
    let r = Fq::from(2).pow([256]);
    (x * r).into_bigint().to_bytes_le()
}

fn g1_bytes(point: G1Affine) -> Vec<u8> {
    [point.x, point.y].into_iter().flat_map(montgomery).collect()
}

fn g2_bytes(point: G2Affine) -> Vec<u8> {
    [point.x.c0, point.x.c1, point.y.c0, point.y.c1].into_iter().flat_map(montgomery).collect()
}
