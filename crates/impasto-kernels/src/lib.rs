//! k
#![allow(dead_code)]

mod activation;
mod record;

pub use activation::Activation;
pub use record::{covers, enabled};
