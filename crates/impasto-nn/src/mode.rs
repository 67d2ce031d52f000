//! Training and painting differ in two layers only: batch norm and dropout.

use impasto_random::Random;

/// How a network is being run.
#[derive(Debug)]
pub enum Mode<'a> {
    /// Statistics of this batch, dropout drawn from here.
    Training(&'a mut Random),
    /// Running statistics, no dropout: the same input always gives the same picture.
    Painting,
}
