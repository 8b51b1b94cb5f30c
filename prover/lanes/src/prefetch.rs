//! Memory that will be read soon.

/// Asks the processor to fetch a value that will be read soon, if it can be asked.
///
/// Whoever reads many values at places without an order waits for each of them. Asked some steps ahead, they arrive in time.
#[inline(always)]
pub fn prefetch<T>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

        // SAFETY: the instruction is there on every processor of this kind, and reads nothing that the program could notice.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = value;
}

#[cfg(test)]
mod tests {
    use super::prefetch;

    #[test]
    fn a_value_stays_as_it_is() {
        let values = [1u8, 2, 3];
        values.iter().for_each(prefetch);
        prefetch(&[0u64; 0]);
        assert_eq!(values, [1, 2, 3]);
    }
}
