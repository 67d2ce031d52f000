//! Pictures on disk: finding them, decoding them, cropping and caching them, drawing synthetic ones, fetching
//! well-known sets. Knows nothing of tensors.
//!
//! The way of a picture: `source` finds it, `decode` reads it, `prepare` crops it, `survey` does this to all of them
//! in parallel, `cache` keeps the result in one file, and `Dataset` hands it out in batches.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod batch;
mod cache;
mod class_folders;
mod dataset;
mod decode;
mod error;
mod finding;
pub mod get;
mod glance;
mod ledger;
pub mod likeness;
mod names;
mod order;
pub mod pairs;
mod picture;
mod preparation;
mod prepare;
mod report;
mod size;
mod source;
pub mod stack;
mod survey;
pub mod synth;
mod tape;

pub use batch::Batch;
pub use cache::cache_folder;
pub use class_folders::{WriteError, make_classes, make_empty};
pub use dataset::{Dataset, Options};
pub use decode::{Frame, Limits, decode, decode_reduced, decode_straight, frames, luma};
pub use error::DataError;
pub use finding::{Finding, Flaw, Kind};
pub use glance::{Glance, glance};
pub use order::Order;
pub use picture::{Picture, as_rgb};
pub use preparation::{Channels, Crop, Preparation};
pub use prepare::{prepare, squeezed};
pub use report::{Report, check, check_for, check_near};
pub use size::Size;
pub use source::{own_size, pictures_in, typical_size};
