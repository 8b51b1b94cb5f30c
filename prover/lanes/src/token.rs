//! The processor's permission.

/// The knowledge that this processor has the instructions.
///
/// Only [`Lanes::detect`] makes one, so whoever holds one may use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes(pub(crate) Permission);

#[cfg(target_arch = "x86_64")]
type Permission = ();
/// No processor of another kind has the instructions.
#[cfg(not(target_arch = "x86_64"))]
type Permission = std::convert::Infallible;

/// Work that is compiled for the instructions.
pub trait Task {
    /// What the work results in.
    type Output;

    /// Does the work. Mark this `#[inline(always)]`, and all that it calls on the way to arithmetic: what is not inlined is
    /// compiled without the instructions, and calls them one by one.
    fn run(self, lanes: Lanes) -> Self::Output;
}

impl Lanes {
    /// Returns `None` if this processor lacks the instructions.
    #[must_use]
    pub fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            let has = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512ifma");
            has.then_some(Self(()))
        }
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// Runs work that is compiled for the instructions.
    #[inline]
    pub fn run<T: Task>(self, task: T) -> T::Output {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has the instructions, since there is a token.
        unsafe {
            super::ifma::run(self, task)
        }
        #[cfg(not(target_arch = "x86_64"))]
        task.run(self)
    }
}
