//! k
#![allow(dead_code)]

mod activation;
mod conv;
mod dense;
mod flip;
mod narrow;
mod ops;
mod picture;
mod record;
mod share;
mod sum;
mod tile;

pub use activation::Activation;
pub use conv::Geometry;
pub use ops::{conv2d, conv_transpose2d, linear, with_words};
pub use record::{covers, enabled};
pub use tile::{Words, has_pairs, instructions};
