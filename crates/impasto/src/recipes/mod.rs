//! The recipes. A new model is one file here and one line in [`all`].

mod adversarial;
mod augmenter;
mod autoencoder;
mod dcgan;
mod duel;
mod fast_net;
mod fast_style;
mod mlp_gan;
mod painter;
mod paired;
mod parts;
mod patches;
mod players;
mod stack;
mod unet;
mod vae;

#[cfg(test)]
mod conformance;

use burn::tensor::Device;

use crate::config::Config;
use crate::recipe::{Recipe, Scene, Skills};
use crate::settings::ConfigError;

/// Every recipe, the default one first.
pub fn all() -> &'static [Entry] {
    const ALL: &[Entry] = &[
        painter::ENTRY,
        dcgan::ENTRY,
        mlp_gan::ENTRY,
        vae::ENTRY,
        stack::ENTRY,
        paired::PAIRED,
        paired::REPAIR,
        paired::ENLARGE,
        fast_style::ENTRY,
    ];
    ALL
}

/// The recipe of this name.
pub fn find(name: &str) -> Result<&'static Entry, ConfigError> {
    all().iter().find(|entry| entry.name == name).ok_or_else(|| ConfigError::UnknownRecipe {
        name: name.to_owned(),
        known: all().iter().map(|entry| entry.name).collect::<Vec<_>>().join(", "),
    })
}

/// What a recipe with these settings can do once it is trained, in words.
pub fn skills_in_words(config: &Config) -> Result<Vec<String>, ConfigError> {
    let scene = crate::paint::scene(config, 0, None, &Device::flex());
    let recipe = (config.entry.build)(&config.table, &scene)?;
    let Skills { paint, encode, translate } = recipe.skills();
    let words = [
        paint.map(|_| "paints from seeds (sample, walk)".to_owned()),
        encode.map(|_| "turns pictures into latents (invert)".to_owned()),
        translate.map(|skill| match config.style() {
            Some(_) => format!("paints {} in its style (style)", skill.words()),
            None => format!("translates from {} (translate)", skill.words()),
        }),
    ];
    Ok(words.into_iter().flatten().collect())
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
