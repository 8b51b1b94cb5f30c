//! The gas of a call, by part.

use std::mem;

use revm::{
    Inspector,
    bytecode::opcode::{EXTCODECOPY, EXTCODEHASH, EXTCODESIZE, KECCAK256},
    interpreter::{CallInputs, CallOutcome, Interpreter, interpreter_types::Jumps},
    primitives::Address,
};

/// The gas of a call's execution, by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Reading the code of other contracts.
    pub code: u64,
    /// The opcode KECCAK256.
    pub hashing: u64,
    /// Multiples of points, each with the additions that follow it; first the additions before the first multiple.
    pub multiples: Vec<u64>,
    /// The precompile for powers.
    pub powers: u64,
    /// The precompile for pairings.
    pub pairing: u64,
    /// All other opcodes and calls.
    pub rest: u64,
}

impl Default for Spent {
    fn default() -> Self {
        Self { code: 0, hashing: 0, multiples: vec![0], powers: 0, pairing: 0, rest: 0 }
    }
}

impl Spent {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.code + self.hashing + self.multiples.iter().sum::<u64>() + self.powers + self.pairing + self.rest
    }

    fn add(&mut self, part: Consumer, gas: u64) {
        if part == Consumer::Multiple {
            self.multiples.push(0);
        }
        let sum = match part {
            Consumer::Code => &mut self.code,
            Consumer::Hashing => &mut self.hashing,
            Consumer::Multiple | Consumer::Sum => self.multiples.last_mut().unwrap_or(&mut self.rest),
            Consumer::Power => &mut self.powers,
            Consumer::Pairing => &mut self.pairing,
            Consumer::Rest => &mut self.rest,
        };
        *sum += gas;
    }
}

/// The part that an instruction belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Consumer {
    Code,
    Hashing,
    Multiple,
    Sum,
    Power,
    Pairing,
    #[default]
    Rest,
}

impl Consumer {
    const fn of_opcode(opcode: u8) -> Self {
        match opcode {
            KECCAK256 => Self::Hashing,
            EXTCODESIZE | EXTCODECOPY | EXTCODEHASH => Self::Code,
            _ => Self::Rest,
        }
    }

    /// Precompiles have small numbers for addresses.
    fn of_callee(address: Address) -> Self {
        let [head @ .., last] = address.into_array();
        match last {
            _ if head != [0; 19] => Self::Rest,
            5 => Self::Power,
            6 => Self::Sum,
            7 => Self::Multiple,
            8 => Self::Pairing,
            _ => Self::Rest,
        }
    }
}

/// Follows a transaction's gas from instruction to instruction.
///
/// The cost of an instruction is the gas before it, less the gas before the next instruction of the same contract. It includes
/// memory that the instruction is the first to touch, and everything that a call spent.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    spent: Spent,
    /// How many calls are under way, the transaction's own among them.
    depth: usize,
    /// The part of the present instruction.
    part: Consumer,
    /// The gas before it.
    left: u64,
}

impl Meter {
    pub(super) fn into_spent(self) -> Spent {
        self.spent
    }

    fn begin(&mut self, part: Consumer, left: u64) {
        let ended = mem::replace(&mut self.part, part);
        self.spent.add(ended, self.left.saturating_sub(left));
        self.left = left;
    }
}

impl<C> Inspector<C> for Meter {
    fn step(&mut self, interpreter: &mut Interpreter, _: &mut C) {
        if self.depth == 1 {
            self.begin(Consumer::of_opcode(interpreter.bytecode.opcode()), interpreter.gas.remaining());
        }
    }

    fn call(&mut self, _: &mut C, inputs: &mut CallInputs) -> Option<CallOutcome> {
        self.depth += 1;
        match self.depth {
            1 => (self.part, self.left) = (Consumer::Rest, inputs.gas_limit),
            2 => self.part = Consumer::of_callee(inputs.bytecode_address),
            _ => {}
        }
        None
    }

    fn call_end(&mut self, _: &mut C, _: &CallInputs, outcome: &mut CallOutcome) {
        if self.depth == 1 {
            self.begin(Consumer::Rest, outcome.result.gas.remaining());
        }
        self.depth = self.depth.saturating_sub(1);
    }
}
