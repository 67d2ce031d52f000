//! The handles by which an artist steers what a trained run paints: mixing with other points, axes to move along, the
//! latent of a picture that is already there.
//!
//! [`Handles`] turns points as it was asked for; [`Directions`] are the axes that were found in a run and named;
//! [`invert`] finds the latent that repaints a picture. Points that no seed names are kept whole, in `.latent` files and
//! in the recipes of pictures, so that a picture can be painted again whatever becomes of the axes.

mod axes;
mod children;
pub(crate) mod classes;
mod directions;
mod error;
mod eye;
mod handles;
pub(crate) mod hex;
mod invert;
mod kin;
mod latent;
mod levels;
mod mix;
mod movement;
mod principal;

pub use axes::{Axis, Method, find_axes};
pub use children::child;
pub use directions::Directions;
pub use error::SteerError;
pub use eye::Eye;
pub use handles::{Handles, Wish, point_of};
pub use invert::{Found, Near, Search, invert, psnr};
pub use kin::Kin;
pub use latent::{LatentFile, POINTS, STEERED, StoredPoint, remember, remembered};
pub use levels::Levels;
pub use mix::{Mix, Source, mixed};
pub use movement::{Move, moved};
