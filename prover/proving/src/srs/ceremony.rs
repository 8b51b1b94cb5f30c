//! Public ceremonies over BN254, by the digest of their setup.
//!
//! The digest covers `[tau]_1` and `[tau]_2`, and whatever reads powers checks them against both. So a setup with a digest of this
//! table has the powers of that ceremony, whoever handed it over and however many they are. Whether the ceremony was honest, its
//! transcript tells. `docs/ceremonies.md` says where the points are from.

use hallmark_circuits::digest::Digest;

/// A ceremony whose outcome is public.
#[derive(Debug)]
pub struct Ceremony {
    /// What people call it.
    pub name: &'static str,
    /// How many people contributed, before a public beacon did.
    pub contributions: u32,
    /// The files of its outcome, by their names.
    pub files: &'static str,
    /// The digest of its setup.
    pub digest: &'static str,
}

/// All that are known.
pub const CEREMONIES: [Ceremony; 2] = [
    Ceremony {
        name: "Perpetual Powers of Tau as Hermez took it",
        contributions: 54,
        files: "powersOfTau28_hez_final_*.ptau",
        digest: "0x954e2685dc5f905b03818d418f0d18c0fff3a24259868deacb9f69ee1e93ebfd",
    },
    Ceremony {
        name: "Perpetual Powers of Tau as PSE took it",
        contributions: 80,
        files: "ppot_0080_*.ptau",
        digest: "0xe4518a4dcc99422208ae49dd5df0ac9e8d73f02bfa46df499d47320183b49df5",
    },
];

impl Ceremony {
    /// The ceremony with this setup. Returns `None` if the table has none, which says nothing against a setup.
    #[must_use]
    pub fn of(digest: Digest) -> Option<&'static Self> {
        let digest = digest.to_string();
        CEREMONIES.iter().find(|ceremony| ceremony.digest == digest)
    }

    /// Whose it is, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{}: {} contributions and a beacon, {}", self.name, self.contributions, self.files)
    }
}

#[cfg(test)]
mod tests {
    use hallmark_circuits::{
        encoding::{g1_from_bytes, g2_from_bytes},
        srs::OpeningKey,
    };

    use super::*;

    /// `[tau]_1` and `[tau]_2` of each, in the encoding of keys. `docs/ceremonies.md` says where they are from.
    const POINTS: [(&str, &str); 2] = [
        (
            "2dd3fd59098a5b4b4a616568bb6ba1a1e4c40e4b0df9ae94e37944d55ab651cf\
             25680c3525ba04435a9034d6e69c96de5133edfe37c226d3e31b60eff6b34ef0",
            "26186a2d65ee4d2f9c9a5b91f86597d35f192cd120caf7e935d8443d1938e23d\
             30441fd1b5d3370482c42152a8899027716989a6996c2535bc9f7fee8aaef79e\
             1970ea81dd6992adfbc571effb03503adbbb6a857f578403c6c40e22d65b3c02\
             054793348f12c0cf5622c340573cb277586319de359ab9389778f689786b1e48",
        ),
        (
            "163aecdcf5be147d51e37468e14ee9e017226cb5a4ad2a1e084e30dcbe31bb9b\
             0695f3a270d7619a6deb2bd9377cef551e8f8e311b5933a33f51539e58f17f31",
            "17cc93077f56f654da727c1def86010339c2b4131094547285adb083e48c197b\
             285b1f14edd7e6632340a37dfae9005ff762edcfecfe1c732a7474c0708bef80\
             219edfceee1723de674f5b2f6fdb69d9e32dd53b15844956a630d3c7cdaa6ed9\
             2bad9a374aec49d329ec66e8f530f68509313450580c4c17c6db5ddb9bde7fd0",
        ),
    ];

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        let byte = |place: usize| u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).unwrap();
        std::array::from_fn(byte)
    }

    fn key([g1, g2]: [&str; 2], insecure: bool) -> OpeningKey {
        let tau_g1 = g1_from_bytes(&bytes(g1)).unwrap();
        let tau_g2 = g2_from_bytes(&bytes(g2)).unwrap();
        OpeningKey::new(tau_g1, tau_g2, insecure).unwrap()
    }

    #[test]
    fn every_ceremony_is_known_by_points_that_pair() {
        for (ceremony, (g1, g2)) in CEREMONIES.iter().zip(POINTS) {
            let key = key([g1, g2], false);
            assert_eq!(key.digest.to_string(), ceremony.digest);
            assert_eq!(Ceremony::of(key.digest).map(|found| found.name), Some(ceremony.name));
        }
    }

    /// The digest of a setup for tests is another, even with a ceremony's points.
    #[test]
    fn what_is_for_tests_is_of_no_ceremony() {
        for (g1, g2) in POINTS {
            assert!(Ceremony::of(key([g1, g2], true).digest).is_none());
        }
        assert!(Ceremony::of(Digest([0; 32])).is_none());
    }
}
