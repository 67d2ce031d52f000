//! Pictures on disk: finding them, decoding them, cropping and caching them, drawing synthetic ones, fetching
//! well-known sets. Knows nothing of tensors.

pub mod get;
mod names;
mod picture;
pub mod synth;

pub use picture::Picture;
