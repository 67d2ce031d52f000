//! What can go wrong with styles, in sentences that say what to do.

use crate::error::{Class, Classify, ErrorKind, Hint};
use crate::patches::PatchError;
use crate::weights::WeightsError;

/// A picture can't be painted in a style as it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StyleError {
    /// A network is missing.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// There is no patch in a picture.
    #[error(transparent)]
    Patches(#[from] PatchError),
    /// There is no style.
    #[error("a style is missing: give at least one picture in it, and at least one step")]
    Nothing,
    /// The picture is too small.
    #[error(
        "a picture of {width} x {height} is too small for the network {network}, which needs {least} pixels on each side"
    )]
    Small {
        /// Pixels across.
        width: usize,
        /// Pixels down.
        height: usize,
        /// The least side.
        least: usize,
        /// Which network.
        network: &'static str,
    },
    /// The style is too small.
    #[error(
        "the style is a picture of {width} x {height}, and the network {network} needs {least} pixels on each side; take a \
         larger picture"
    )]
    SmallStyle {
        /// Pixels across.
        width: usize,
        /// Pixels down.
        height: usize,
        /// The least side.
        least: usize,
        /// Which network.
        network: &'static str,
    },
    /// A mask does not lie over the content.
    #[error(
        "a mask of {} x {} does not fit a picture of {} x {}; make it the same size", mask[0], mask[1], content[0], content[1]
    )]
    Mask {
        /// Width and height of the mask.
        mask: [usize; 2],
        /// And of the content.
        content: [usize; 2],
    },
    /// A mask leaves no place for its style.
    #[error("a mask is black all over, so its style would be nowhere; paint white where the style is to be")]
    Black,
    /// The picture does not fit.
    #[error(
        "this picture needs at least {} MB of memory at this size, which is more than may be used",
        needed.div_ceil(1_000_000)
    )]
    Memory {
        /// In bytes.
        needed: u64,
    },
}

impl Classify for StyleError {
    fn class(&self) -> Class {
        match self {
            Self::Weights(error) => error.class(),
            Self::Patches(error) => error.class(),
            Self::Small { .. } => {
                ErrorKind::Usage.with([Hint::set("make it larger", "size", Some("PIXELS"))])
            }
            Self::Memory { needed } => {
                let memory = format!("{}MB", needed.div_ceil(1_000_000));
                ErrorKind::Usage.with([
                    Hint::set("allow as much", "memory", Some(&memory)),
                    Hint::set("make it smaller", "size", Some("PIXELS")),
                ])
            }
            Self::Nothing | Self::SmallStyle { .. } | Self::Mask { .. } | Self::Black => {
                ErrorKind::Usage.into()
            }
        }
    }
}
