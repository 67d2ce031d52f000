//! Pictures made of patches of pictures: no training, no tensors.
//!
//! [`Raster`] is a picture as numbers. Its patches are compared as small whole numbers (`codes`), each finds its like in another picture
//! (`nearest`), and what they say of each pixel is averaged (`vote`). On that stand [`generate`] (new pictures from one), [`restyle`]
//! (pictures painted with others) and `fill` (wide holes). Thin holes are continued by waves (`spectrum`, `smooth`); [`repair`]
//! chooses. [`enlarge`] filters and resamples. All of it gives the same bytes for the same seed, with any number of threads.

mod codes;
mod drift;
pub mod enlarge;
mod fill;
mod finer;
pub mod generate;
mod layout;
mod mask;
mod nearest;
mod palette;
mod raster;
pub mod repair;
mod resize;
pub mod restyle;
mod smooth;
mod spectrum;
mod vote;

pub use mask::Mask;
pub(crate) use palette::LIGHT;
pub use raster::Raster;
pub use resize::{Edge, Filter};

use crate::error::{Class, Classify, ErrorKind};

/// What can't be made of patches.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// A picture without a whole patch.
    #[error("a picture of {width} x {height} pixels is too small: each side must have {least} at least")]
    TooSmall {
        /// Pixels across,
        width: usize,
        /// and down.
        height: usize,
        /// What would do.
        least: usize,
    },
    /// A hole that leaves no patch.
    #[error(
        "the hole leaves no {side} x {side} pixels of the picture whole, so there is nothing to fill it with; make it smaller"
    )]
    NothingKnown {
        /// Pixels on each side of a patch.
        side: usize,
    },
    /// A hole that leaves nothing.
    #[error("the hole is the whole picture, so there is nothing to fill it with; make it smaller")]
    NothingLeft,
}

impl Classify for PatchError {
    fn class(&self) -> Class {
        ErrorKind::Refused.into()
    }
}
