//! k
#![allow(dead_code)]

mod activation;
mod dispatch;
mod dropout;
mod exponential;
mod likelihood;
mod norm;
mod record;
mod room;
mod update;

pub use activation::{Activation, activate};
pub use dropout::dropout;
pub use likelihood::bernoulli;
pub use norm::{batch_norm_apply, batch_norm_train};
pub use record::{covers, enabled};
pub use update::{Beside, Rule, blend, step};
