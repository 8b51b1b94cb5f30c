//! Stores of jobs: what all of them promise, and what each does besides.

mod conformance;
mod embedded;
mod postgres;
mod postgres_faults;
mod scale;
