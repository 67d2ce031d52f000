//! What was asked for becomes what will be done: defaults, preset, file and command line, in this order, resolved into
//! one table in which every value stands. The table is `config.toml` in the run folder.

use impasto_data::{Channels, Crop, Preparation, Size};
use impasto_nn::Precision;

use crate::recipes::{self, Entry};
pub use crate::settings::{ConfigError, NoBf16};
use crate::settings::{Setting, from_to, one_of, settings, within};

settings! {
    /// The settings that every recipe has.
    #[derive(PartialEq)]
    pub struct Common {
        /// Which recipe.
        @basic
        recipe: String = recipes::all()[0].name.to_owned();
        /// Which of its presets.
        @basic
        preset: String = String::new();
        /// The folder or file of pictures.
        @basic
        data: String = String::new();
        /// The run whose weights it starts from (empty: it starts from chance).
        #[serde(default)]
        from: String = String::new();
        /// How large the pictures are that it learns and paints: 64, or "96x64" (across, then down), each side from 8 to 1024. The
        /// work grows with the area.
        @basic
        size: Size = Size::square(64);
        /// Grey, RGB, or RGB and transparency.
        @basic
        channels: Channels = Channels::Rgb, one_of(&["grey", "rgb", "rgba"]);
        /// How pictures are brought to that size: their middle, a window by chance, or all of each with the background around it.
        @basic
        crop: Crop = Crop::Center, one_of(&["center", "random", "fit"]);
        /// Mirror half of the pictures. Not for letters and digits.
        @basic
        flip: bool = false;
        /// What shows through transparent places and around fitted pictures: red, green, blue. With channels = "rgba" only in
        /// films that can't be transparent.
        background: [u8; 3] = [255; 3], from_to(0.0, 255.0);
        /// Learn the classes (sub-folders) and paint by class.
        @basic
        conditional: bool = false;
        /// Pictures in a step. More make steps steadier and slower, and need more memory.
        @basic
        batch: usize = 64, from_to(2.0, 65536.0);
        /// What convolutions and dense layers multiply while training: bf16 is quicker on processors that have it.
        #[serde(default)]
        precision: Precision = Precision::F32, one_of(&["f32", "bf16"]);
        /// Everything random depends on it: another one makes another training of the same settings.
        @basic
        seed: u64 = 1;
        /// Stop after this many steps (0: no limit).
        @basic
        steps: u64 = 0;
        /// Stop after this many pictures (0: no limit).
        images: u64 = 0;
        /// Stop after this many minutes (0: no limit).
        @basic
        minutes: f64 = 0.0, within(0.0..f64::INFINITY);
        /// Paint a sheet every so many steps (0: only at the end).
        sample_every: u64 = 200;
        /// Save a checkpoint every so many steps (0: only at the end).
        checkpoint_every: u64 = 500;
        /// Older checkpoints are removed when there are more than this many (0: all are kept); the best one is spared.
        keep_checkpoints: usize = 5;
        /// The share of the pictures that is never learned, to judge by (0: none; none of small sets). Runs of older
        /// versions have none.
        #[serde(default)]
        held_out: f64 = 0.05, from_to(0.0, 0.5);
        /// Apply the remedies of alarms: lower rates, go back to a good checkpoint.
        #[serde(default)]
        auto_remedy: bool = false;
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

/// The one setting with two forms.
const SIZE: &str = "size";

/// Where recipes that translate have their pairs from,
const PAIRS: &str = "pairs";
/// and that each picture of the set is a pair.
const BESIDE: &str = "beside";

/// Where recipes that learn one style have it from: the path of a picture.
pub(crate) const STYLE: &str = "style";

/// Where recipes that look at styles have the name of the network that does.
pub(crate) const NETWORK: &str = "network";

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

    /// Reads a resolved table back, such as a run's `config.toml`. What an older program did not know yet has the recipe's
    /// default, which must therefore mean what was done before there was a choice.
    pub fn from_table(mut table: toml::Table) -> Result<Self, ConfigError> {
        let common: Common = table.clone().try_into().map_err(ConfigError::value)?;
        let entry = recipes::find(&common.recipe)?;
        for (key, value) in (entry.defaults)() {
            table.entry(key).or_insert(value);
        }
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
        let prepared = Preparation { crop, background, flip, ..Preparation::of(size, channels) };
        let is_pair = self.table.get(PAIRS).and_then(toml::Value::as_str) == Some(BESIDE);
        if is_pair { prepared.in_pairs() } else { prepared }
    }

    /// The path of the style that it learns, perhaps empty; none for recipes that learn none.
    pub fn style(&self) -> Option<&str> {
        self.table.get(STYLE).and_then(toml::Value::as_str)
    }

    /// The network that it looks at styles with, perhaps not said yet; none for recipes that look at none.
    pub fn network(&self) -> Option<&str> {
        self.table.get(NETWORK).and_then(toml::Value::as_str)
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
        for key in [
            "data",
            "from",
            // Its pixels count, and they are given with the data.
            STYLE,
            "steps",
            "images",
            "minutes",
            "keep_checkpoints",
            "sample_every",
            "checkpoint_every",
        ] {
            table.remove(key);
        }
        // Nothing of it is seen through pictures that keep their transparency.
        if self.common.channels == Channels::Rgba {
            table.remove("background");
        }
        // What is off changes nothing, and trainings from before there was any keep their name.
        if table.get("augment").and_then(toml::Value::as_str) == Some("off") {
            table.retain(|key, _| !key.starts_with("augment"));
        }
        let digest = crate::run::sha256(format!("{table}{data_fingerprint}").as_bytes());
        format!("{}-{}-{}", self.common.recipe, self.common.size, &digest[..12])
    }

    /// Refuses what may not stand in a setting.
    fn check(&self) -> Result<(), ConfigError> {
        let size = self.common.size;
        if ![size.width, size.height].iter().all(|side| (8..=1024).contains(side)) {
            return Err(ConfigError::Value(format!(
                "size is {size}: each side must be from 8 to 1024 pixels"
            )));
        }
        self.settings()
            .iter()
            .try_for_each(|setting| self.table.get(setting.key).map_or(Ok(()), |value| setting.check(value)))
    }

    /// All settings of its recipe, as they were declared.
    fn settings(&self) -> Vec<Setting> {
        self.entry.all_settings()
    }
}

/// A text setting that others depend on, wherever in the request it stands; the last place wins.
fn early_text(request: &Request, key: &str) -> Option<String> {
    let prefix = format!("{key}=");
    let set = request.set.iter().rev().find_map(|text| text.strip_prefix(&prefix).map(str::to_owned));
    let table = |table: &toml::Table| table.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    set.or_else(|| table(&request.given)).or_else(|| table(&request.file))
}

/// What is wrong with a file of settings, in one line and without the file's own text.
pub fn no_toml(error: &toml::de::Error) -> String {
    let all = error.to_string();
    // The first line says where; those between it and the message quote the file.
    match all.lines().next().filter(|line| line.starts_with("TOML parse error")) {
        Some(place) => format!("{place}: {}", error.message()),
        None => error.message().to_owned(),
    }
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
        let value = converted(&key, old, value)?;
        table.insert(key, value);
    }
    Ok(())
}

/// A whole number will do where a fraction is expected, and a size is a number or a text; otherwise the kinds must agree.
fn converted(key: &str, old: &toml::Value, new: toml::Value) -> Result<toml::Value, ConfigError> {
    match (old, new) {
        (_, new) if key == SIZE => as_size(new),
        (toml::Value::Float(_), toml::Value::Integer(whole)) => Ok((whole as f64).into()),
        (old, new) if old.same_type(&new) => Ok(new),
        _ => Err(ConfigError::Type { key: key.to_owned(), expected: kind(old) }),
    }
}

/// A size in the one way in which it is written down: "64x64" is 64, so that both name the same run.
fn as_size(value: toml::Value) -> Result<toml::Value, ConfigError> {
    let size: Size = value.try_into().map_err(ConfigError::value)?;
    toml::Value::try_from(size).map_err(ConfigError::broken)
}

fn set(table: &mut toml::Table, text: &str) -> Result<(), ConfigError> {
    let (key, value) = text.split_once('=').ok_or_else(|| ConfigError::NotAPair(text.to_owned()))?;
    let (key, value) = (key.trim(), value.trim());
    let old = table.get(key).ok_or_else(|| unknown(key, table))?;
    let parsed = match old {
        old if key == SIZE || old.is_str() => Some(toml::Value::from(value.trim_matches(['"', '\'']))),
        _ => format!("v = {value}").parse::<toml::Table>().ok().and_then(|mut table| table.remove("v")),
    };
    let parsed = parsed.ok_or_else(|| ConfigError::Type { key: key.to_owned(), expected: kind(old) })?;
    let parsed = converted(key, old, parsed)?;
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
#[path = "config_tests.rs"]
mod tests;
