//! Memory that the program's allocator, mimalloc, holds.

/// Gives freed memory back to the system now, between two phases of a command that ask for memory in other sizes: the
/// allocator would keep some of what reading a large data set took, or loading a network.
pub(crate) fn give_back() {
    #[expect(unsafe_code, reason = "a foreign function")]
    // SAFETY: it may be called at any time, from any thread.
    unsafe {
        libmimalloc_sys::mi_collect(true);
    }
}
