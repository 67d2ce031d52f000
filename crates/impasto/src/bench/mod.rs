//! How long the parts of training take: whole steps of the real recipes, and each of their convolutions, forward and
//! backward apart; and how long the Inception of FID takes to look at pictures. What is timed has a name, and the names
//! are the list.

mod convolution;
mod network;
mod step;
mod timing;

use burn::tensor::Device;
use impasto_system::Span;

use crate::error::{Action, Class, Classify, ErrorKind, Hint};
use crate::settings::{ConfigError, NoBf16, check_precision};
use crate::weights::WeightsError;
use convolution::CONVOLUTIONS;
pub use impasto_nn::{Precision, instructions};
use step::STEPS;
pub(crate) use step::seconds_of_step;
pub use timing::Timing;

/// Something that can be timed.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    /// Its name: `dcgan-28`, or `dcgan-28/up1` for a convolution in it.
    pub name: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Step(&'static step::Step),
    Convolution(&'static convolution::Convolution),
    Inception,
}

/// Every piece: whole steps, single convolutions, the Inception.
pub fn all() -> Vec<Piece> {
    let steps = STEPS.iter().map(|step| Piece { name: step.name, kind: Kind::Step(step) });
    let convolutions = CONVOLUTIONS.iter().map(|one| Piece { name: one.name, kind: Kind::Convolution(one) });
    let inception = Piece { name: network::NAME, kind: Kind::Inception };
    steps.chain(convolutions).chain([inception]).collect()
}

/// The pieces of this name: one, or with a slash at the end (`dcgan-28/`) all convolutions of a network.
pub fn find(name: &str) -> Result<Vec<Piece>, BenchError> {
    let is_asked =
        |piece: &Piece| piece.name == name || (name.ends_with('/') && piece.name.starts_with(name));
    let found: Vec<Piece> = all().into_iter().filter(is_asked).collect();
    if found.is_empty() { Err(unknown(name)) } else { Ok(found) }
}

/// How pieces are timed.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How often each piece is timed.
    pub steps: usize,
    /// How often it is done before, untimed.
    pub warm_up: usize,
    /// What is multiplied.
    pub precision: Precision,
    /// Where.
    pub device: Device,
}

impl Piece {
    /// In a sentence.
    pub fn summary(&self) -> String {
        match self.kind {
            Kind::Step(step) => step.summary.to_owned(),
            Kind::Convolution(convolution) => convolution.summary(),
            Kind::Inception => network::summary(),
        }
    }

    /// Times it: a whole step or network gives one timing, a convolution two. The span hears of
    /// each time, warm-up included.
    pub fn time(&self, settings: &Settings, span: &mut Span<'_>) -> Result<Vec<Timing>, BenchError> {
        check_precision(settings.precision)?;
        match self.kind {
            Kind::Step(step) => Ok(vec![step.time(settings, span)?]),
            Kind::Convolution(convolution) => Ok(convolution.time(settings, span)),
            Kind::Inception => Ok(vec![network::time(settings, span)?]),
        }
    }
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// There is no piece of this name.
    #[error("there is nothing called \"{name}\" to time; did you mean \"{nearest}\"?")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What is called most like it.
        nearest: &'static str,
    },
    /// The processor has no bf16.
    #[error(transparent)]
    NoBf16(#[from] NoBf16),
    /// The recipe refuses the settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The weights that the user added are damaged.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

impl Classify for BenchError {
    fn class(&self) -> Class {
        match self {
            Self::Unknown { .. } => ErrorKind::Usage.with([Hint::new("see all names", Action::ListBench)]),
            Self::NoBf16(error) => error.class(),
            Self::Config(error) => error.class(),
            Self::Weights(error) => error.class(),
        }
    }
}

fn unknown(name: &str) -> BenchError {
    let likeness = |piece: &Piece| strsim::jaro_winkler(name, piece.name);
    let nearest = all().into_iter().max_by(|one, two| likeness(one).total_cmp(&likeness(two)));
    BenchError::Unknown { name: name.to_owned(), nearest: nearest.map_or("", |piece| piece.name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_finds_one_piece_and_a_slash_finds_the_convolutions_of_a_network() -> Result<(), BenchError> {
        for piece in all() {
            assert_eq!(find(piece.name)?.len(), 1, "{}", piece.name);
        }
        let names: Vec<&str> = find("dcgan-28/")?.iter().map(|piece| piece.name).collect();
        assert_eq!(
            names,
            ["dcgan-28/up0", "dcgan-28/up1", "dcgan-28/up2", "dcgan-28/down0", "dcgan-28/down1"]
        );
        Ok(())
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let told = |name: &str| find(name).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told("dcgan-46").contains("\"dcgan-64\""), "{}", told("dcgan-46"));
        assert!(told("vae").contains("\"vae-28\""), "{}", told("vae"));
        assert!(told("vae-28/").contains("\"vae-28\""), "it has no convolutions: {}", told("vae-28/"));
    }
}
