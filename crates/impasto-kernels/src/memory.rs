//! Memory that stays with the program.

use std::ffi::c_int;

/// The option's place in mimalloc 2, whose crate names only some of them.
const PURGE_DELAY: c_int = 15;

/// Tells mimalloc to keep freed memory instead of giving it back to the system. A training asks for the same blocks at
/// every step; pages that were given back are zeroed by the system each time, a tenth of a step's time.
///
/// To be called first in `main`. `MIMALLOC_PURGE_DELAY` in the environment wins.
pub fn keep_memory() {
    // SAFETY: the option exists in the version that is linked, and no other thread runs yet that sets options; reading
    // them is always allowed.
    unsafe { libmimalloc_sys::mi_option_set_default(PURGE_DELAY, -1) };
}
