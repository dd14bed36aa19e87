//! Memory that the program's allocator, mimalloc, holds.

/// Gives freed memory back to the system now: the allocator would keep some of what a large data set took
/// while it was read.
pub(crate) fn give_back() {
    #[expect(unsafe_code, reason = "a foreign function")]
    // SAFETY: it may be called at any time, from any thread.
    unsafe {
        libmimalloc_sys::mi_collect(true);
    }
}
