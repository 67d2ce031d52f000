//! The recipes. A new model is one file here and one line in [`all`].

mod adversarial;
mod any_style;
mod augmenter;
mod autoencoder;
mod contrast;
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
mod size;
mod stack;
mod taught;
mod unet;
mod unpaired;
mod vae;
mod variations;

#[cfg(test)]
mod conformance;

use burn::tensor::Device;

use crate::config::{Common, Config};
use crate::recipe::{Given, Recipe, Scene, Skills, Translate};
use crate::settings::{ConfigError, Declared, Setting};

pub(crate) use size::{Purpose, build, numbers};

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
        any_style::ENTRY,
        unpaired::ENTRY,
        variations::ENTRY,
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

/// What a recipe with these settings can do once it is trained.
#[derive(Debug, Clone, Default)]
pub struct Can {
    /// In words.
    pub words: Vec<String>,
    /// What it translates from, if it translates.
    pub translates: Option<Given>,
}

/// What a recipe with these settings can do once it is trained; the names of the classes may not be known. No network is
/// made for that.
pub fn can(config: &Config, classes: &[String]) -> Result<Can, ConfigError> {
    // Two classes, for a recipe that needs any.
    let scene = crate::paint::scene(config, 2, None, &Device::flex());
    let (outline, _) = size::outline(config, &scene)?;
    let Skills { paint, encode, translate, .. } = outline.skills();
    let words = [
        paint.map(|_| "paints from seeds (sample, walk)".to_owned()),
        encode.map(|_| "turns pictures into latents (invert)".to_owned()),
        translate.map(|skill| {
            format!("translates from {} ({})", way_in_words(skill, classes), skill.given().verbs().join(", "))
        }),
    ];
    let words = words.into_iter().flatten().collect();
    Ok(Can { words, translates: translate.map(|skill| skill.given()) })
}

/// From what, and between classes to what.
fn way_in_words(skill: &dyn Translate, classes: &[String]) -> String {
    let name = |class: usize| classes.get(class);
    match skill.between().map(|between| between.map(name)) {
        None => skill.given().words(),
        Some([Some(from), Some(to)]) => format!("pictures like those in {from} to such as in {to}"),
        Some(_) => "pictures like those of one class to such as another holds".to_owned(),
    }
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
    /// The settings of its own, as they were declared.
    pub settings: fn() -> Vec<Setting>,
    /// The same as a table of defaults; settings that all recipes have may be given another default.
    pub defaults: fn() -> toml::Table,
    /// Makes it from resolved settings.
    pub build: Build,
}

impl Entry {
    /// All settings of a training with it: those that every recipe has, with its own defaults, and its own.
    pub fn all_settings(&self) -> Vec<Setting> {
        let defaults = (self.defaults)();
        let with = |setting: Setting| match defaults.get(setting.key) {
            Some(default) => Setting { default: default.clone(), ..setting },
            None => setting,
        };
        Common::declared().into_iter().chain((self.settings)()).map(with).collect()
    }
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
