//! The import of .ptau files, on files made from a known tau.

use std::fs;

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use hallmark_circuits::{powers::PowersError, srs::OpeningKeyError};
use hallmark_proving::file::{Fault, FileError};
use hallmark_proving::srs::{BLINDING, PtauError, Srs, SrsError};
use hallmark_testing::ptau::{Ptau, header};
use tempfile::TempDir;

const TAU: u64 = 77;

fn import(bytes: &[u8], log_size: Option<u32>) -> Result<Srs, SrsError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("test.ptau");
    fs::write(&path, bytes).unwrap();
    Srs::import_ptau(&path, log_size)
}

macro_rules! assert_refused {
    ($result:expr, $error:pat) => {
        let result = $result;
        assert!(matches!(result, Err($error)), "{result:?}");
    };
}

#[test]
fn ceremony_gives_its_powers() {
    for (power, log_size) in [(4, None), (4, Some(0)), (4, Some(4)), (5, None), (5, Some(2))] {
        let srs = import(&Ptau::new(power, TAU).bytes(), log_size).unwrap();
        assert_eq!(srs.log_size(), log_size.unwrap_or(power));
        assert_eq!(srs.g1().len(), (1 << srs.log_size()) + BLINDING);
        let mut scalar = Fr::from(1);
        for point in srs.g1() {
            assert_eq!(*point, (G1Affine::generator() * scalar).into_affine());
            scalar *= Fr::from(TAU);
        }
        assert_eq!(srs.opening_key().tau_g2, (G2Affine::generator() * Fr::from(TAU)).into_affine());
        assert!(!srs.is_insecure());
    }
}

#[test]
fn imported_srs_survives_its_file() {
    let srs = import(&Ptau::new(4, TAU).bytes(), None).unwrap();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("srs");
    srs.write(&path).unwrap();
    assert_eq!(Srs::read(&path).unwrap(), srs);
    assert_eq!(Srs::read_opening_key(&path).unwrap(), *srs.opening_key());
}

#[test]
fn larger_size_than_the_ceremony_s_is_refused() {
    let error = import(&Ptau::new(4, TAU).bytes(), Some(5));
    assert_refused!(error, SrsError::Ptau(PtauError::TooSmall { requested: 5, available: 4 }));
    assert_refused!(
        import(&Ptau::new(4, TAU).bytes(), Some(u32::MAX)),
        SrsError::Ptau(PtauError::TooSmall { available: 4, .. })
    );
}

#[test]
fn absent_file_is_reported() {
    let folder = TempDir::new().unwrap();
    assert_refused!(Srs::import_ptau(folder.path().join("absent"), None), SrsError::Io { .. });
}

/// A folder can be opened, and not be read. It is no file, and nothing is wrong with the ceremony.
#[test]
fn a_folder_is_no_ceremony_that_ends_early() {
    let folder = TempDir::new().unwrap();
    assert_refused!(Srs::import_ptau(folder.path(), None), SrsError::File(FileError { fault: Fault::NotAFile, .. }));
}

#[test]
fn other_magic_and_version_are_refused() {
    let mut ptau = Ptau::new(4, TAU);
    ptau.head[0] = b'z';
    assert_refused!(import(&ptau.bytes(), None), SrsError::Ptau(PtauError::Magic));
    let mut ptau = Ptau::new(4, TAU);
    ptau.head[4] = 2;
    assert_refused!(import(&ptau.bytes(), None), SrsError::Ptau(PtauError::Version(2)));
}

#[test]
fn every_truncation_is_refused() {
    let bytes = Ptau::new(4, TAU).bytes();
    for length in (0..200).chain((200..bytes.len()).step_by(11)) {
        assert_refused!(import(&bytes[..length], None), SrsError::Ptau(PtauError::Truncated));
    }
}

#[test]
fn section_past_the_end_is_refused() {
    for length in [u64::MAX, u64::MAX - 20, 1 << 40] {
        let mut bytes = Ptau::new(4, TAU).bytes();
        bytes[16..24].copy_from_slice(&length.to_le_bytes());
        assert_refused!(import(&bytes, None), SrsError::Ptau(PtauError::Truncated));
    }
}

#[test]
fn absent_and_repeated_sections_are_refused() {
    for index in 0..3 {
        let number = index as u32 + 1;
        let mut ptau = Ptau::new(4, TAU);
        ptau.sections.remove(index);
        let result = import(&ptau.bytes(), None);
        assert!(matches!(result, Err(SrsError::Ptau(PtauError::Missing(found))) if found == number), "{result:?}");
        let mut ptau = Ptau::new(4, TAU);
        ptau.sections.push(ptau.sections[index].clone());
        let result = import(&ptau.bytes(), None);
        assert!(matches!(result, Err(SrsError::Ptau(PtauError::Duplicate(found))) if found == number), "{result:?}");
    }
}

#[test]
fn sections_of_other_lengths_are_refused() {
    for number in 1..=3 {
        for change in [1, 64, 128] {
            let mut ptau = Ptau::new(4, TAU);
            ptau.section(number).extend(vec![0; change]);
            let result = import(&ptau.bytes(), None);
            let Err(SrsError::Ptau(PtauError::SectionLength { section, expected, found })) = result else {
                panic!("{result:?}")
            };
            assert_eq!((section, found - expected), (number, change as u64));
        }
    }
    let mut ptau = Ptau::new(4, TAU);
    ptau.section(1)[36..40].copy_from_slice(&28u32.to_le_bytes());
    assert_refused!(import(&ptau.bytes(), None), SrsError::Ptau(PtauError::SectionLength { section: 2, .. }));
}

#[test]
fn other_curves_are_refused() {
    for byte in [0, 4, 35] {
        let mut ptau = Ptau::new(4, TAU);
        ptau.section(1)[byte] ^= 1;
        assert_refused!(import(&ptau.bytes(), None), SrsError::Ptau(PtauError::Curve));
    }
    for length in 0..4 {
        let mut ptau = Ptau::new(4, TAU);
        ptau.section(1).truncate(length);
        assert_refused!(import(&ptau.bytes(), None), SrsError::Ptau(PtauError::Curve));
    }
    // Four bytes tell the curve's, but not which curve it is.
    let mut ptau = Ptau::new(4, TAU);
    ptau.section(1).truncate(4);
    let error = import(&ptau.bytes(), None);
    assert_refused!(error, SrsError::Ptau(PtauError::SectionLength { section: 1, expected: 44, found: 4 }));
}

#[test]
fn unsupported_powers_are_refused() {
    for power in [0, 3, 29, u32::MAX] {
        let mut ptau = Ptau::new(4, TAU);
        *ptau.section(1) = header(power);
        let result = import(&ptau.bytes(), None);
        assert!(matches!(result, Err(SrsError::Ptau(PtauError::Power(found))) if found == power), "{result:?}");
    }
}

#[test]
fn ceremony_without_contributions_is_refused() {
    assert_refused!(
        import(&Ptau::new(4, 1).bytes(), None),
        SrsError::Powers(PowersError::Key(OpeningKeyError::Trivial))
    );
    assert_refused!(import(&Ptau::new(4, 0).bytes(), None), SrsError::Point { index: 1 });
}

#[test]
fn invalid_points_are_refused() {
    let mut ptau = Ptau::new(4, TAU);
    ptau.section(2)[2 * 64] ^= 1;
    assert_refused!(import(&ptau.bytes(), None), SrsError::Point { index: 2 });
    let mut ptau = Ptau::new(4, TAU);
    ptau.section(2)[64..96].fill(0xff);
    assert_refused!(import(&ptau.bytes(), None), SrsError::Point { index: 1 });
    let mut ptau = Ptau::new(4, TAU);
    ptau.section(3)[128] ^= 1;
    assert_refused!(import(&ptau.bytes(), None), SrsError::PointG2);
    let mut ptau = Ptau::new(4, TAU);
    ptau.section(3)[128..].fill(0);
    assert_refused!(import(&ptau.bytes(), None), SrsError::Powers(PowersError::Key(OpeningKeyError::Point("tau_g2"))));
}

#[test]
fn other_generators_are_refused() {
    let mut ptau = Ptau::new(4, TAU);
    ptau.section(2).copy_within(64..128, 0);
    assert_refused!(import(&ptau.bytes(), None), SrsError::Powers(PowersError::Generator));
    let mut ptau = Ptau::new(4, TAU);
    ptau.section(3).copy_within(128..256, 0);
    assert_refused!(import(&ptau.bytes(), None), SrsError::Generator);
}

#[test]
fn powers_of_different_taus_are_refused() {
    let mut ptau = Ptau::new(4, TAU);
    *ptau.section(3) = Ptau::new(4, TAU + 1).section(3).clone();
    assert_refused!(import(&ptau.bytes(), None), SrsError::Powers(PowersError::Key(OpeningKeyError::Inconsistent)));
    let mut ptau = Ptau::new(4, TAU);
    ptau.section(2).copy_within(5 * 64..6 * 64, 4 * 64);
    assert_refused!(import(&ptau.bytes(), None), SrsError::Powers(PowersError::Successive));
}
