//! One inference, one proof.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Field, batch_inversion};
use hallmark_circuits::{
    arithmetic::Native,
    channel::{Evaluations, Opened, Sender},
    commitments::{Commitments, Public},
    layout::TableBlock,
    multilinear::powers,
    relations::{
        lookup::LookupChallenges,
        packing::{pack, places, public_tensors},
        rescale::constants,
    },
    verifier::{
        merge::{MergeClaims, MergeWeights, term_factors},
        native::Proof,
        opening::row_scalars,
        statement::Statement,
    },
};
use rand::CryptoRng;
use rayon::prelude::*;
use tracing::{info_span, instrument};

use super::{
    ProveError,
    main_sumcheck::{self, Cells, Entries, Product, Summed},
    merge::{self, Pairing, add_functional},
    opening,
    operand::fold_operand,
    polynomial::{PARALLEL, equality_table},
    rows::{CommittedModel, Mask, Rows, check_size},
    small::{inner_product, to_field},
    witness::{Witness, place_tables, place_weights},
};
use crate::{execute::execute, random::random_scalar, srs::Srs};
