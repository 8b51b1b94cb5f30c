//! The chain's verdict on a request.

/// The chain's verdict on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It can be settled.
    Open(Terms),
    /// It can be settled once it is locked.
    Lockable(Terms),
    /// It can't be settled now: the block that it was in is gone, or somebody has locked it.
    Waiting,
    /// It was settled.
    Closed,
    /// Its time is over, or it was refunded by then.
    Over,
}

/// The terms of a request that a settlement depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// The gas that its callback is given.
    pub(super) callback_gas: u32,
    /// The bond in wei that a lock takes.
    pub(super) bond: u128,
    /// Whether it is locked by us.
    pub(super) is_held: bool,
}
