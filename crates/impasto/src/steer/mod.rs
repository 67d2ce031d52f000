//! The handles by which an artist steers what a trained run paints.

pub(crate) mod classes;
pub(crate) mod hex;
mod levels;
mod mix;

pub use levels::Levels;
pub use mix::{Mix, Source, mixed};
