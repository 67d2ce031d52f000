//! k
#![allow(dead_code)]

mod activation;
mod dispatch;
mod record;
mod room;
mod update;

pub use activation::{Activation, activate};
pub use record::{covers, enabled};
pub use update::{Beside, Rule, blend, step};
