//! The handles by which an artist steers what a trained run paints: mixing with other points, axes to move along, the
//! latent of a picture that is already there.
//!
//! [`Handles`] turns points as it was asked for; [`Directions`] are the axes that were found in a run and named;
//! [`invert`] finds the latent that repaints a picture. Points that no seed names are kept whole, in `.latent` files and
//! in the recipes of pictures, so that a picture can be painted again whatever becomes of the axes.

/// As data it is the text that would be typed.
macro_rules! as_text {
    ($kind:ty) => {
        impl TryFrom<String> for $kind {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$kind> for String {
            fn from(one: $kind) -> Self {
                one.to_string()
            }
        }
    };
}

mod axes;
pub(crate) mod classes;
mod directions;
mod error;
mod handles;
pub(crate) mod hex;
mod invert;
mod latent;
mod levels;
mod metric;
mod mix;
mod movement;
mod principal;
mod similarity;
mod variation;

pub use axes::{Axis, Method, find_axes};
pub use directions::Directions;
pub use error::SteerError;
pub use handles::{Handles, Wish, point_of};
pub use invert::{Found, Near, Search, invert, psnr};
pub use latent::{LatentFile, POINTS, STEERED, StoredPoint, remember, remembered};
pub use levels::Levels;
pub use metric::PerceptualMetric;
pub use mix::{Mix, Source, mixed};
pub use movement::{Move, moved};
pub use similarity::Similarity;
pub use variation::variation;
