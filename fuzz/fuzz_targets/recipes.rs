//! See `impasto_fuzz::targets::recipes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| impasto_fuzz::targets::recipes(bytes));
