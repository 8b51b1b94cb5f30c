//! The compiler: operators against a float engine, whole models, and hostile files.
#![allow(missing_docs)]

mod cases;
mod cells;
mod compiling;
mod corpus;
mod files;
mod fixtures;
mod hostile;
mod inputs;
mod operators;
mod outputs;
mod products;
mod registry;
mod subgraphs;
mod transformer;
mod wholes;
