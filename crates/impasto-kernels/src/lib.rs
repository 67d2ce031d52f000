//! k

mod record;

pub use record::{covers, enabled};
