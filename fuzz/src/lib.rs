//! Every reader of files from strangers as a function of bytes, which must come back: no panic, no hang, no memory beyond a
//! bound. What a reader takes must also hold what it promises (`targets`).
//!
//! They are run in two ways:
//!
//! ```text
//! FUZZ_RUNS=100000 cargo test --release -p impasto-fuzz       each on mutated seeds, as often as this says; no tools needed
//! cargo fuzz run --sanitizer none --features libfuzzer weights    guided by coverage; needs cargo-fuzz
//! ```
//!
//! A file that once did harm lies in `found/TARGET/` and is tried first from then on.

mod mutate;
mod seeds;
pub mod targets;

pub use mutate::mutated;
pub use seeds::seeds;

/// A reader, and what must hold of what it makes of bytes.
pub type Target = fn(&[u8]);

/// All targets by their names.
pub const TARGETS: [(&str, Target); 11] = [
    ("animations", targets::animations),
    ("cache", targets::cache),
    ("checkpoints", targets::checkpoints),
    ("config", targets::config),
    ("events", targets::events),
    ("jpeg", targets::jpeg),
    ("latents", targets::latents),
    ("pictures", targets::pictures),
    ("recipes", targets::recipes),
    ("sources", targets::sources),
    ("weights", targets::weights),
];
