//! Pictures that show the same, though their files differ.

mod align;
mod nearest;
mod plane;
mod thumbnail;
mod twins;
mod unlike;

pub use nearest::{Layout, Near, nearest};
pub use thumbnail::Thumbnail;
pub use twins::{Candidate, twins};
pub use unlike::{NOTHING_ALIKE, Prepared};
