//! A painter's studio as a library.

pub mod measure;
pub mod picture;
pub mod run;
