//! A painter's studio as a library.

pub mod run;
