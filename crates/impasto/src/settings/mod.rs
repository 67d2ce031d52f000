//! Settings as text and numbers: how a recipe reads its own from the resolved table, and what can be wrong with them.

mod declare;
#[cfg(test)]
mod reference;

use impasto_nn::Precision;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use declare::{
    ABOVE_0, Declared, allowed, from_to, level, one_of, settings, with_defaults, within,
};
pub use declare::{Allowed, Level, Setting};

use crate::error::{Action, Class, Classify, ErrorKind, Hint};

/// A recipe's own settings as a table; `also` are other defaults for common settings.
pub(crate) fn defaults_of<C: Default + Serialize>(also: &str) -> toml::Table {
    // Both sides are fixed in the source and every conformance test runs through here.
    let mut table = toml::Table::try_from(C::default()).unwrap_or_default();
    table.extend(also.parse::<toml::Table>().unwrap_or_default());
    table
}

/// A recipe's own settings from the resolved table, in which the common ones stand too.
pub(crate) fn settings_from<C: Default + Serialize + DeserializeOwned + Declared>(
    table: &toml::Table,
) -> Result<C, ConfigError> {
    for setting in C::declared() {
        table.get(setting.key).map_or(Ok(()), |value| setting.check(value))?;
    }
    let read = |table: &toml::Table| table.clone().try_into::<C>();
    read(table).map_err(|error| {
        // The message does not say which setting it is about: it is the one whose default would do.
        let defaults = defaults_of::<C>("");
        let would_do = |key: &&String| {
            let mut table = table.clone();
            table.insert((*key).clone(), defaults[*key].clone());
            read(&table).is_ok()
        };
        let culprit =
            defaults.keys().find(would_do).map_or_else(String::new, |key| format!("setting \"{key}\": "));
        ConfigError::Value(format!("{culprit}{}", error.message()))
    })
}

/// What can be wrong with settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No such recipe.
    #[error("there is no recipe \"{name}\"; there are: {known}")]
    UnknownRecipe {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No such preset.
    #[error("recipe {recipe} has no preset \"{name}\"; it has: {known}")]
    UnknownPreset {
        /// The recipe.
        recipe: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No such setting.
    #[error("there is no setting \"{key}\"; did you mean \"{nearest}\"?")]
    UnknownKey {
        /// What was asked for.
        key: String,
        /// The most similar one.
        nearest: String,
    },
    /// A value of the wrong kind.
    #[error("setting \"{key}\" must be {expected}")]
    Type {
        /// The setting.
        key: String,
        /// What it must be.
        expected: &'static str,
    },
    /// Not of the form key=value.
    #[error("\"{0}\" is not of the form key=value")]
    NotAPair(String),
    /// A value that makes no sense.
    #[error("{0}")]
    Value(String),
    /// More than this machine can hold.
    #[error(
        "these settings ask for networks of {numbers} numbers, which takes {} of memory, and {} of memory may be used: make the \
         networks, the pictures or the batch smaller, or use a machine with more memory", gigabytes(*bytes), gigabytes(*free)
    )]
    TooLarge {
        /// Numbers in the networks.
        numbers: u64,
        /// Bytes that are needed.
        bytes: u64,
        /// Bytes that there are.
        free: u64,
    },
}

impl Classify for ConfigError {
    fn class(&self) -> Class {
        match self {
            Self::UnknownKey { .. } => {
                ErrorKind::Usage.with([Hint::new("see all settings", Action::ShowRecipe { recipe: None })])
            }
            _ => ErrorKind::Usage.into(),
        }
    }
}

impl ConfigError {
    pub(crate) fn value(error: toml::de::Error) -> Self {
        Self::Value(error.message().to_owned())
    }

    pub(crate) fn broken(error: impl std::fmt::Display) -> Self {
        Self::Value(format!("the settings cannot be written as TOML: {error}"))
    }
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

/// The processor has no bf16.
#[derive(Debug, thiserror::Error)]
#[error("this processor ({}) can't multiply bf16, which needs AVX-512 with bf16", impasto_nn::instructions())]
pub struct NoBf16;

impl Classify for NoBf16 {
    fn class(&self) -> Class {
        ErrorKind::Refused.with([Hint::set("compute in f32", "precision", Some("f32"))])
    }
}

/// Whether this processor can. Settings can come from another machine, so this is asked when work begins, not when they
/// are read.
pub(crate) fn check_precision(precision: Precision) -> Result<(), NoBf16> {
    if precision.is_available() { Ok(()) } else { Err(NoBf16) }
}
