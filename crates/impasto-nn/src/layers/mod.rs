//! The layers. Each holds its weights, starts from an [`Init`](crate::Init) and has one `forward`.

mod conv;
mod dense;
mod dropout;
mod fixed;
mod instance;
mod norm;
mod residual;

pub use conv::{Conv, ConvShape, ConvTranspose};
pub use dense::Dense;
pub use dropout::dropout;
pub use fixed::{FixedConv, max_pool, mean_pool};
pub use instance::{InstanceNorm, Moments};
pub use norm::Norm;
pub use residual::{Residual, Trace};
