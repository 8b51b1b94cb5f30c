//! What hides the rows of one proof.

use ark_bn254::Fr;
use hallmark_circuits::columns::PerColumn;

use super::rows::Mask;

/// What hides the rows of one proof.
#[derive(Clone, Debug, Default)]
pub(super) struct Blinds {
    /// One for each row of each column that the proof commits to.
    pub(super) columns: PerColumn<Vec<Fr>>,
    /// Those of the first row of the quotients that other rows lack.
    pub(super) mask: Mask,
}
