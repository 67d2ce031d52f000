//! The recipes. A new model is one file here and one line in [`all`].

mod adversarial;
mod dcgan;
mod mlp_gan;
mod vae;

#[cfg(test)]
mod conformance;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::ConfigError;
use crate::recipe::{Recipe, Scene};

/// Every recipe, the default one first.
pub fn all() -> &'static [Entry] {
    const ALL: &[Entry] = &[dcgan::ENTRY, mlp_gan::ENTRY, vae::ENTRY];
    ALL
}

/// The recipe of this name.
pub fn find(name: &str) -> Result<&'static Entry, ConfigError> {
    all().iter().find(|entry| entry.name == name).ok_or_else(|| ConfigError::UnknownRecipe {
        name: name.to_owned(),
        known: all().iter().map(|entry| entry.name).collect::<Vec<_>>().join(", "),
    })
}

/// Makes a recipe from resolved settings.
pub type Build = fn(&toml::Table, &Scene) -> Result<Box<dyn Recipe>, ConfigError>;

/// A recipe's line in the list: from it come help, tables, pickers and the conformance tests.
pub struct Entry {
    /// Its name in `--recipe`.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Where it comes from.
    pub paper: &'static str,
    /// Named settings, the default one first.
    pub presets: &'static [Preset],
    /// The settings of its own, with their defaults; settings that all recipes have may be given another default.
    pub defaults: fn() -> toml::Table,
    /// Makes it from resolved settings.
    pub build: Build,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Named settings of a recipe.
#[derive(Debug)]
pub struct Preset {
    /// Its name in `--set preset=`.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The settings, as TOML.
    pub settings: &'static str,
}

/// A recipe's own settings as a table; `also` are other defaults for common settings.
fn defaults_of<C: Default + Serialize>(also: &str) -> toml::Table {
    // Both sides are fixed in the source and every conformance test runs through here.
    let mut table = toml::Table::try_from(C::default()).unwrap_or_default();
    table.extend(also.parse::<toml::Table>().unwrap_or_default());
    table
}

/// A recipe's own settings from the resolved table, in which the common ones stand too.
fn settings_from<C: Default + Serialize + DeserializeOwned>(table: &toml::Table) -> Result<C, ConfigError> {
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
