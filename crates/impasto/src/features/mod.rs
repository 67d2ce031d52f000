//! Pictures as rows of numbers, which measures compare: networks that look.

pub mod inception;
pub mod lpips;
mod resize;
