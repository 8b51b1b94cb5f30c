//! Import of a snarkjs `.ptau` file, such as those of the Hermez ceremony.
//!
//! The file is `ptau`, a version (1), a number of sections, and for each section its number (4 bytes), its length (8
//! bytes) and its content; integers are little-endian. The sections that are read:
//!
//! | section | content |
//! |---|---|
//! | 1 | bytes of a base-field element (32), the base field's modulus, the power p, the ceremony's power |
//! | 2 | `[tau^i]_1` for i = 0, ..., 2^(p+1) - 2 |
//! | 3 | `[tau^i]_2` for i = 0, ..., 2^p - 1 |
//!
//! Coordinates are little-endian in Montgomery form with R = 2^256, which is how `ark-ff` holds them too; an element of
//! Fq2 has its real part first. Only the powers in use are read, so that a large ceremony serves a small SRS.
//!
//! The transcript of contributions is not checked: that is `snarkjs powersoftau verify`. What is checked is that the
//! points are the powers of one tau that is not trivial.

use std::{
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, PrimeField};
use hallmark_circuits::encoding::{FQ_BYTES, G1_BYTES, G2_BYTES};
use hallmark_circuits::facts::NoFacts;

use super::{MAX_LOG_SIZE, PtauError, Srs, SrsError, open, points::read_g1, power_count};

const MAGIC: [u8; 4] = *b"ptau";
const VERSION: u32 = 1;
const HEADER: u32 = 1;
const TAU_G1: u32 = 2;
const TAU_G2: u32 = 3;
/// A ceremony of power p has 2^(p+1) - 1 powers, from here on as many as a string of size p.
const MIN_POWER: u32 = 4;
const HEADER_BYTES: u64 = FQ_BYTES as u64 + 12;

impl Srs {
    /// Reads the first 2^`log_size` + 15 powers of a ceremony, or as many as it has, and checks them.
    ///
    /// # Soundness
    /// Nothing here tells whether the ceremony was honest. Compare the file with what its participants published.
    ///
    /// # Errors
    /// - [`SrsError::Io`] if the file can't be read.
    /// - [`SrsError::Ptau`] if it is no ceremony over BN254, or has fewer powers.
    /// - [`SrsError::Point`], [`SrsError::PointG2`], [`SrsError::Generator`] or [`SrsError::Powers`] if its points are not the powers of
    ///   one tau.
    #[tracing::instrument(skip_all)]
    pub fn import_ptau(path: impl AsRef<Path>, log_size: Option<u32>) -> Result<Self, SrsError> {
        let path = path.as_ref();
        let on_io = |source| SrsError::Io { path: path.to_owned(), source };
        let (file, length) = open(path)?;
        let mut reader = BufReader::new(file);
        let sections = Sections::scan(&mut reader, length).map_err(|error| error.into_error(on_io))?;
        let power = read_power(&mut reader, sections.header).map_err(|error| error.into_error(on_io))?;
        let log_size = choose_size(log_size, power)?;
        let (g1_start, g2_start) = sections.check_lengths(power)?;
        reader.seek(SeekFrom::Start(g1_start)).map_err(on_io)?;
        let g1 = read_g1(&mut reader, power_count(log_size), g1_from_montgomery, on_io)?;
        let [one_g2, tau_g2] = read_g2(&mut reader, g2_start).map_err(on_io)?;
        if one_g2 != Some(G2Affine::generator()) {
            return Err(SrsError::Generator);
        }
        Self::check(g1, tau_g2.ok_or(SrsError::PointG2)?, false, &NoFacts)
    }
}

/// A error of the system or of the file.
enum ReadError {
    Io(io::Error),
    File(PtauError),
}

impl ReadError {
    fn into_error(self, on_io: impl Fn(io::Error) -> SrsError) -> SrsError {
        match self {
            Self::Io(source) if source.kind() == io::ErrorKind::UnexpectedEof => PtauError::Truncated.into(),
            Self::Io(source) => on_io(source),
            Self::File(error) => error.into(),
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(source: io::Error) -> Self {
        Self::Io(source)
    }
}

impl From<PtauError> for ReadError {
    fn from(error: PtauError) -> Self {
        Self::File(error)
    }
}

/// Where a section's content is.
#[derive(Clone, Copy)]
struct Section {
    number: u32,
    start: u64,
    length: u64,
}

impl Section {
    fn expect(self, expected: u64) -> Result<u64, PtauError> {
        let Self { number: section, start, length: found } = self;
        if found == expected { Ok(start) } else { Err(PtauError::SectionLength { section, expected, found }) }
    }
}

struct Sections {
    header: Section,
    tau_g1: Section,
    tau_g2: Section,
}

impl Sections {
    /// Walks the sections, none of which may pass the file's end.
    fn scan(reader: &mut (impl Read + Seek), file_length: u64) -> Result<Self, ReadError> {
        if read_bytes(reader)? != MAGIC {
            return Err(PtauError::Magic.into());
        }
        let version = read_u32(reader)?;
        if version != VERSION {
            return Err(PtauError::Version(version).into());
        }
        let mut found = [HEADER, TAU_G1, TAU_G2].map(|number| (number, None));
        for _ in 0..read_u32(reader)? {
            let section = read_section(reader, file_length)?;
            for (_, slot) in found.iter_mut().filter(|(number, _)| *number == section.number) {
                if slot.replace(section).is_some() {
                    return Err(PtauError::Duplicate(section.number).into());
                }
            }
        }
        let [header, tau_g1, tau_g2] = found.map(|(number, section)| section.ok_or(PtauError::Missing(number)));
        Ok(Self { header: header?, tau_g1: tau_g1?, tau_g2: tau_g2? })
    }

    /// The starts of the powers in G1 and G2, whose numbers the power fixes.
    fn check_lengths(&self, power: u32) -> Result<(u64, u64), PtauError> {
        let g1 = self.tau_g1.expect(((2 << power) - 1) * G1_BYTES as u64)?;
        let g2 = self.tau_g2.expect((1 << power) * G2_BYTES as u64)?;
        Ok((g1, g2))
    }
}

/// The section that begins here; the reader is left behind it.
fn read_section(reader: &mut (impl Read + Seek), file_length: u64) -> Result<Section, ReadError> {
    let (number, length) = (read_u32(reader)?, u64::from_le_bytes(read_bytes(reader)?));
    let start = reader.stream_position()?;
    let end = start.checked_add(length).filter(|end| *end <= file_length).ok_or(PtauError::Truncated)?;
    reader.seek(SeekFrom::Start(end))?;
    Ok(Section { number, start, length })
}

/// The power p of a ceremony over BN254.
fn read_power(reader: &mut (impl Read + Seek), header: Section) -> Result<u32, ReadError> {
    reader.seek(SeekFrom::Start(header.start))?;
    if header.length < 4 || read_u32(reader)? != FQ_BYTES as u32 {
        return Err(PtauError::Curve.into());
    }
    header.expect(HEADER_BYTES)?;
    if read_limbs(&read_bytes::<FQ_BYTES>(reader)?) != Fq::MODULUS {
        return Err(PtauError::Curve.into());
    }
    let power = read_u32(reader)?;
    if (MIN_POWER..=MAX_LOG_SIZE).contains(&power) { Ok(power) } else { Err(PtauError::Power(power).into()) }
}

fn choose_size(requested: Option<u32>, available: u32) -> Result<u32, PtauError> {
    match requested {
        Some(requested) if requested > available => Err(PtauError::TooSmall { requested, available }),
        requested => Ok(requested.unwrap_or(available)),
    }
}

fn g1_from_montgomery(bytes: &[u8; G1_BYTES]) -> Option<G1Affine> {
    let [x, y] = fq_from_montgomery(bytes)?;
    // The curve's cofactor is 1: a point on the curve is in the group.
    Some(G1Affine::new_unchecked(x, y)).filter(|point| point.is_on_curve())
}

/// The first two points of G2, where they are valid.
fn read_g2(reader: &mut (impl Read + Seek), start: u64) -> io::Result<[Option<G2Affine>; 2]> {
    reader.seek(SeekFrom::Start(start))?;
    Ok([g2_from_montgomery(&read_bytes(reader)?), g2_from_montgomery(&read_bytes(reader)?)])
}

fn g2_from_montgomery(bytes: &[u8; G2_BYTES]) -> Option<G2Affine> {
    let [x0, x1, y0, y1] = fq_from_montgomery(bytes)?;
    let point = G2Affine::new_unchecked(Fq2::new(x0, x1), Fq2::new(y0, y1));
    (point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve()).then_some(point)
}

fn fq_from_montgomery<const N: usize>(bytes: &[u8]) -> Option<[Fq; N]> {
    let mut elements = [Fq::default(); N];
    let (words, _) = bytes.as_chunks::<FQ_BYTES>();
    for (element, word) in elements.iter_mut().zip(words) {
        let limbs = read_limbs(word);
        *element = (limbs < Fq::MODULUS).then(|| Fq::new_unchecked(limbs))?;
    }
    Some(elements)
}

fn read_limbs(bytes: &[u8; FQ_BYTES]) -> BigInt<4> {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(bytes.as_chunks().0) {
        *limb = u64::from_le_bytes(*bytes);
    }
    BigInt(limbs)
}

fn read_u32(reader: &mut impl Read) -> io::Result<u32> {
    Ok(u32::from_le_bytes(read_bytes(reader)?))
}

fn read_bytes<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use ark_ff::BigInteger;

    use super::*;

    #[test]
    fn coordinates_are_reduced() {
        let read = |limbs: BigInt<4>| fq_from_montgomery::<1>(&limbs.to_bytes_le());
        let mut limbs = Fq::MODULUS;
        assert_eq!(read(limbs), None);
        limbs.sub_with_borrow(&BigInt::from(1u64));
        assert_eq!(read(limbs), Some([Fq::new_unchecked(limbs)]));
        assert_eq!(read(BigInt([u64::MAX; 4])), None);
        assert_eq!(read(Fq::from(7).0), Some([Fq::from(7)]));
        assert_eq!(read(BigInt([0; 4])), Some([Fq::from(0)]));
    }

    #[test]
    fn points_of_g2_are_in_its_subgroup() {
        let read = |point: &G2Affine| {
            let coordinates = [point.x.c0, point.x.c1, point.y.c0, point.y.c1];
            let bytes: Vec<u8> = coordinates.iter().flat_map(|coordinate| coordinate.0.to_bytes_le()).collect();
            g2_from_montgomery(&bytes.try_into().unwrap())
        };
        assert_eq!(read(&G2Affine::generator()), Some(G2Affine::generator()));
        // The twist has a cofactor above 1, so that almost every point with a small x is outside the subgroup.
        let outside = (1u64..)
            .filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), true))
            .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
            .unwrap();
        assert_eq!(read(&outside), None);
    }
}
