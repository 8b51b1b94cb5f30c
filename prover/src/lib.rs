//! Everything that needs witnesses: compiling, committing and proving models.

pub mod compile;
