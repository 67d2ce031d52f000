//! What was asked for becomes what will be done: defaults, preset, file and command line, in this order, resolved into
//! one table in which every value stands. The table is `config.toml` in the run folder.

use impasto_data::{Channels, Crop, Preparation};
use impasto_nn::Precision;
use serde::{Deserialize, Serialize};

use crate::recipes::{self, Entry};
pub use crate::settings::{ConfigError, NoBf16};

/// The settings that every recipe has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Common {
    /// Which recipe.
    pub recipe: String,
    /// Which of its presets.
    pub preset: String,
    /// The folder or file of pictures.
    pub data: String,
    /// Side of the pictures that it learns and paints.
    pub size: usize,
    /// Grey or RGB.
    pub channels: Channels,
    /// How pictures are brought to that size.
    pub crop: Crop,
    /// Mirror half of the pictures.
    pub flip: bool,
    /// What shows through transparent places and around fitted pictures: red, green, blue.
    pub background: [u8; 3],
    /// Learn the classes (sub-folders) and paint by class.
    pub conditional: bool,
    /// Pictures in a step.
    pub batch: usize,
    /// What convolutions and dense layers multiply while training: `f32` or `bf16`.
    #[serde(default)]
    pub precision: Precision,
    /// Everything random depends on it.
    pub seed: u64,
    /// Stop after this many steps (0: no limit).
    pub steps: u64,
    /// Stop after this many pictures (0: no limit).
    pub images: u64,
    /// Stop after this many minutes (0: no limit).
    pub minutes: f64,
    /// Paint a sheet every so many steps (0: only at the end).
    pub sample_every: u64,
    /// Save a checkpoint every so many steps (0: only at the end).
    pub checkpoint_every: u64,
    /// Older checkpoints are removed when there are more than this many (0: all are kept); the best one is spared.
    pub keep_checkpoints: usize,
    /// The share of the pictures that is never learned, to judge by (0: none; none of small sets). Runs of older
    /// versions have none.
    #[serde(default)]
    pub held_out: f64,
    /// Apply the remedies of alarms: lower rates, go back to a good checkpoint.
    #[serde(default)]
    pub auto_remedy: bool,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            recipe: recipes::all()[0].name.to_owned(),
            preset: String::new(),
            data: String::new(),
            size: 64,
            channels: Channels::Rgb,
            crop: Crop::Center,
            flip: false,
            background: [255; 3],
            conditional: false,
            batch: 64,
            precision: Precision::F32,
            seed: 1,
            steps: 0,
            images: 0,
            minutes: 0.0,
            sample_every: 200,
            checkpoint_every: 500,
            keep_checkpoints: 5,
            held_out: 0.05,
            auto_remedy: false,
        }
    }
}

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// A `config.toml` (of another run, say), whole or in part.
    pub file: toml::Table,
    /// Settings that were given as typed values.
    pub given: toml::Table,
    /// Settings that were given as text, `key=value`.
    pub set: Vec<String>,
}

impl Request {
    /// Whether it says anything about this setting.
    pub fn says(&self, key: &str) -> bool {
        let set =
            || self.set.iter().filter_map(|text| text.split_once('=')).any(|(set, _)| set.trim() == key);
        self.file.contains_key(key) || self.given.contains_key(key) || set()
    }
}

/// What will be done.
#[derive(Debug, Clone)]
pub struct Config {
    /// The settings that every recipe has.
    pub common: Common,
    /// The recipe.
    pub entry: &'static Entry,
    /// Every setting, the recipe's own among them.
    pub table: toml::Table,
}

/// How long a training lasts when nothing was said: long enough for a first result worth seeing.
pub(crate) const DEFAULT_MINUTES: f64 = 60.0;

/// When a training stops: at the first limit that is reached; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Steps.
    pub steps: u64,
    /// Pictures seen.
    pub images: u64,
    /// Seconds of training.
    pub seconds: f64,
}

impl Budget {
    /// The share of it that is spent; 1 or more: it is time to stop.
    pub fn share_spent(&self, steps: u64, images: u64, seconds: f64) -> f64 {
        let share = |spent: f64, limit: f64| if limit > 0.0 { spent / limit } else { 0.0 };
        let shares = [
            share(steps as f64, self.steps as f64),
            share(images as f64, self.images as f64),
            share(seconds, self.seconds),
        ];
        shares.into_iter().fold(0.0, f64::max)
    }
}

impl Config {
    /// Resolves a request; refuses what no recipe knows.
    pub fn resolve(request: &Request) -> Result<Self, ConfigError> {
        let early = |key: &str| early_text(request, key);
        let entry = match early("recipe") {
            Some(name) => recipes::find(&name)?,
            None => &recipes::all()[0],
        };
        let mut table = toml::Table::try_from(Common::default()).map_err(ConfigError::broken)?;
        table.extend((entry.defaults)());
        let preset = match early("preset").filter(|name| !name.is_empty()) {
            Some(name) => find_preset(entry, &name)?,
            None => &entry.presets[0],
        };
        overlay(&mut table, preset.settings.parse().map_err(ConfigError::broken)?)?;
        overlay(&mut table, request.file.clone())?;
        overlay(&mut table, request.given.clone())?;
        for text in &request.set {
            set(&mut table, text)?;
        }
        table.insert("recipe".into(), entry.name.into());
        table.insert("preset".into(), preset.name.into());
        Self::from_table(table)
    }

    /// Reads a resolved table back, such as a run's `config.toml`.
    pub fn from_table(mut table: toml::Table) -> Result<Self, ConfigError> {
        let common: Common = table.clone().try_into().map_err(ConfigError::value)?;
        let entry = recipes::find(&common.recipe)?;
        if common.steps == 0 && common.images == 0 && common.minutes == 0.0 {
            table.insert("minutes".into(), DEFAULT_MINUTES.into());
            return Self::from_table(table);
        }
        let config = Self { common, entry, table };
        config.check()?;
        Ok(config)
    }

    /// The text of `config.toml`.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string(&self.table).map_err(ConfigError::broken)
    }

    /// How pictures are prepared.
    pub fn preparation(&self) -> Preparation {
        let Common { size, channels, crop, background, flip, .. } = self.common;
        Preparation { width: size, height: size, channels, crop, background, flip }
    }

    /// When to stop.
    pub fn budget(&self) -> Budget {
        let Common { steps, images, minutes, .. } = self.common;
        Budget { steps, images, seconds: minutes * 60.0 }
    }

    /// What a run with these settings on this data is called inside its pictures: the same training, wherever its
    /// folder lies and however long it goes on, has the same name.
    pub fn identity(&self, data_fingerprint: &str) -> String {
        let mut table = self.table.clone();
        for key in
            ["data", "steps", "images", "minutes", "keep_checkpoints", "sample_every", "checkpoint_every"]
        {
            table.remove(key);
        }
        // What is off changes nothing, and trainings from before there was any keep their name.
        if table.get("augment").and_then(toml::Value::as_str) == Some("off") {
            table.retain(|key, _| !key.starts_with("augment"));
        }
        let digest = crate::run::sha256(format!("{table}{data_fingerprint}").as_bytes());
        format!("{}-{}-{}", self.common.recipe, self.common.size, &digest[..12])
    }

    fn check(&self) -> Result<(), ConfigError> {
        let Common { size, batch, minutes, held_out, .. } = self.common;
        match () {
            () if !(8..=1024).contains(&size) => {
                Err(ConfigError::Value(format!("size is {size}: it must be from 8 to 1024")))
            }
            () if !(2..=65536).contains(&batch) => {
                Err(ConfigError::Value(format!("batch is {batch}: it must be from 2 to 65536")))
            }
            () if !(minutes.is_finite() && minutes >= 0.0) => {
                Err(ConfigError::Value(format!("minutes is {minutes}: it must be 0 or more")))
            }
            () if !(0.0..=0.5).contains(&held_out) => {
                Err(ConfigError::Value(format!("held_out is {held_out}: it must be from 0 to 0.5")))
            }
            () => Ok(()),
        }
    }
}

/// A text setting that others depend on, wherever in the request it stands; the last place wins.
fn early_text(request: &Request, key: &str) -> Option<String> {
    let prefix = format!("{key}=");
    let set = request.set.iter().rev().find_map(|text| text.strip_prefix(&prefix).map(str::to_owned));
    let table = |table: &toml::Table| table.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    set.or_else(|| table(&request.given)).or_else(|| table(&request.file))
}

fn find_preset(entry: &'static Entry, name: &str) -> Result<&'static recipes::Preset, ConfigError> {
    entry.presets.iter().find(|preset| preset.name == name).ok_or_else(|| ConfigError::UnknownPreset {
        recipe: entry.name,
        name: name.to_owned(),
        known: entry.presets.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", "),
    })
}

fn overlay(table: &mut toml::Table, upper: toml::Table) -> Result<(), ConfigError> {
    for (key, value) in upper {
        let old = table.get(&key).ok_or_else(|| unknown(&key, table))?;
        let value = converted(old, value)
            .ok_or_else(|| ConfigError::Type { key: key.clone(), expected: kind(&table[&key]) })?;
        table.insert(key, value);
    }
    Ok(())
}

/// A whole number will do where a fraction is expected; otherwise the kinds must agree.
fn converted(old: &toml::Value, new: toml::Value) -> Option<toml::Value> {
    match (old, new) {
        (toml::Value::Float(_), toml::Value::Integer(whole)) => Some((whole as f64).into()),
        (old, new) if old.same_type(&new) => Some(new),
        _ => None,
    }
}

fn set(table: &mut toml::Table, text: &str) -> Result<(), ConfigError> {
    let (key, value) = text.split_once('=').ok_or_else(|| ConfigError::NotAPair(text.to_owned()))?;
    let (key, value) = (key.trim(), value.trim());
    let old = table.get(key).ok_or_else(|| unknown(key, table))?;
    let parsed = match old {
        toml::Value::String(_) => Some(toml::Value::from(value.trim_matches(['"', '\'']))),
        _ => format!("v = {value}").parse::<toml::Table>().ok().and_then(|mut table| table.remove("v")),
    };
    let parsed = parsed.and_then(|new| converted(old, new));
    let parsed = parsed.ok_or_else(|| ConfigError::Type { key: key.to_owned(), expected: kind(old) })?;
    table.insert(key.to_owned(), parsed);
    Ok(())
}

fn kind(value: &toml::Value) -> &'static str {
    match value {
        toml::Value::String(_) => "a word",
        toml::Value::Integer(_) => "a whole number",
        toml::Value::Float(_) => "a number",
        toml::Value::Boolean(_) => "true or false",
        _ => "a list such as [128, 64]",
    }
}

fn unknown(key: &str, table: &toml::Table) -> ConfigError {
    let nearest =
        table.keys().max_by(|a, b| strsim::jaro_winkler(key, a).total_cmp(&strsim::jaro_winkler(key, b)));
    ConfigError::UnknownKey { key: key.to_owned(), nearest: nearest.cloned().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(set: &[&str]) -> Result<Config, ConfigError> {
        Config::resolve(&Request { set: set.iter().map(|s| s.to_string()).collect(), ..Request::default() })
    }

    #[test]
    fn later_layers_win_over_earlier_ones() -> Result<(), ConfigError> {
        let file: toml::Table =
            "recipe = 'vae'\npreset = 'conv'\nlatent = 7\nrate = 1".parse().map_err(ConfigError::broken)?;
        let config = Config::resolve(&Request {
            file,
            given: [("batch".to_owned(), 8.into())].into_iter().collect(),
            set: vec!["rate=0.5".into(), "widths=[9, 8]".into()],
        })?;
        assert_eq!(config.common.recipe, "vae");
        assert_eq!(config.table["network"].as_str(), Some("conv"), "from the preset");
        assert_eq!(config.table["latent"].as_integer(), Some(7), "from the file, over the preset");
        assert_eq!(config.table["rate"].as_float(), Some(0.5), "from --set, over the file");
        assert_eq!(config.common.batch, 8);
        assert_eq!(config.common.sample_every, 1000, "the recipe's own default for a common setting");
        Ok(())
    }

    #[test]
    fn a_written_config_reads_back_the_same() -> Result<(), ConfigError> {
        for entry in recipes::all() {
            for preset in entry.presets {
                let set = [format!("recipe={}", entry.name), format!("preset={}", preset.name)];
                let config = resolve(&[&set[0], &set[1], "steps=3"])?;
                let file = config.to_toml()?.parse().map_err(ConfigError::broken)?;
                let again = Config::resolve(&Request { file, ..Request::default() })?;
                assert_eq!(config.table, again.table);
            }
        }
        Ok(())
    }

    #[test]
    fn unknown_names_are_refused_with_what_is_known() {
        let text = |set: &[&str]| resolve(set).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(text(&["latnet=3"]).contains("did you mean \"latent\""));
        assert!(text(&["recipe=dcgna"]).contains("painter, dcgan, mlp-gan, vae"));
        assert!(text(&["recipe=dcgan", "preset=huge"]).contains("tutorial, classic, small"));
        assert!(text(&["batch=many"]).contains("a whole number"));
        assert!(text(&["batch"]).contains("key=value"));
        assert!(text(&["batch=1"]).contains("from 2"));
        assert!(text(&["held_out=0.6"]).contains("from 0 to 0.5"));
        assert!(
            text(&["batch=-1"]).contains("batch") || text(&["batch=-1"]).contains("u"),
            "{}",
            text(&["batch=-1"])
        );
        assert!(text(&["loss=wasser"]).is_empty(), "values of a recipe are checked when it is built");
    }

    #[test]
    fn without_a_limit_training_lasts_an_hour() -> Result<(), ConfigError> {
        assert_eq!(resolve(&[])?.common.minutes, DEFAULT_MINUTES);
        assert_eq!(resolve(&["steps=5"])?.common.minutes, 0.0);
        Ok(())
    }

    #[test]
    fn the_identity_depends_on_what_is_learned_not_on_where_or_how_long() -> Result<(), ConfigError> {
        let dcgan = |set: &[&str]| resolve(&[&["recipe=dcgan"], set].concat());
        let identity = |set: &[&str]| Ok::<_, ConfigError>(dcgan(set)?.identity("data"));
        assert_eq!(identity(&["steps=5", "data=a"])?, identity(&["steps=9", "data=b"])?);
        assert_ne!(identity(&["seed=5"])?, identity(&["seed=6"])?);
        assert_eq!(identity(&[])?, identity(&["augment_strength=0.5"])?, "augmentation is off");
        let on = "augment=fixed";
        assert_ne!(identity(&[on])?, identity(&[on, "augment_strength=0.5"])?);
        let mut older = dcgan(&[])?;
        older.table.retain(|key, _| !key.starts_with("augment"));
        assert_eq!(identity(&[])?, older.identity("data"));
        Ok(())
    }
}
