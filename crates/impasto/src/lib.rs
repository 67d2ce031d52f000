//! A painter's studio as a library: recipes that learn pictures, the training loop, run folders, and painting.
//!
//! The way through it: [`config`] resolves what was asked for, [`recipes`] builds the model, [`train`] runs it into a
//! [`run`] folder, [`paint`] paints from one. `ARCHITECTURE.md` draws the whole house.

pub mod config;
pub mod recipe;
pub mod recipes;

/// The SHA-256 of a text, in hexadecimal.
pub(crate) fn fingerprint(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
