//! See `impasto_fuzz::targets::sources`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| impasto_fuzz::targets::sources(bytes));
