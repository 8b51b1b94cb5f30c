//! The compiler: operators against a float engine, whole models, and hostile files.
#![allow(missing_docs)]

mod compiling;
mod corpus;
mod fixtures;
mod hostile;
mod operators;
mod registry;
mod registry;
