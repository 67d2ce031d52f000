//! Settings that are declared once: name, kind, default, what may stand there, and what it is for. From the declaration come
//! the struct, its defaults, checks that name the setting, help, the reference page, and the schema for a page's form.

use std::ops::{Range, RangeInclusive};

use serde::Serialize;
use serde_json::{Map, json};

use super::ConfigError;

/// For whom a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth a try for everybody.
    Basic,
    /// For those who know what it does.
    Expert,
}

/// What may stand in a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Allowed {
    /// Whatever is of its kind.
    Any,
    /// Numbers in a range without its end; in a list, each of them.
    Within(Range<f64>),
    /// The same with its end.
    FromTo(RangeInclusive<f64>),
    /// Widths of layers: one number, or 1 to 64 of them, from 1 to 65,536.
    Widths,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// The least number above 0, as the beginning of a range.
pub(crate) const ABOVE_0: f64 = f64::MIN_POSITIVE;
/// The widest layer.
const WIDEST: i64 = 65_536;
/// The most layers in a list.
const DEEPEST: usize = 64;

/// A setting, as it was declared.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its name.
    pub key: &'static str,
    /// What it does, and when to change it.
    pub help: String,
    /// For whom it is.
    pub level: Level,
    /// What may stand there.
    pub allowed: Allowed,
    /// What stands there where nobody says anything.
    pub default: toml::Value,
}

/// Settings that know how they were declared.
pub(crate) trait Declared {
    /// All of them, in the order of their declaration.
    fn declared() -> Vec<Setting>;
}

impl Setting {
    pub(crate) fn new(key: &'static str, help: &str, level: Option<Level>, allowed: Option<Allowed>) -> Self {
        Self {
            key,
            help: help.split_whitespace().collect::<Vec<_>>().join(" "),
            level: level.unwrap_or(Level::Expert),
            allowed: allowed.unwrap_or(Allowed::Any),
            default: toml::Value::Boolean(false),
        }
    }

    /// Refuses a value that may not stand here, by name.
    pub(crate) fn check(&self, value: &toml::Value) -> Result<(), ConfigError> {
        let key = self.key;
        let outside =
            |is_inside: &dyn Fn(f64) -> bool| numbers(value).into_iter().find(|&number| !is_inside(number));
        let refused = |outside: Option<f64>| match outside {
            Some(number) => {
                Err(ConfigError::Value(format!("{key} is {number}: it must be {}", self.choices())))
            }
            None => Ok(()),
        };
        match &self.allowed {
            Allowed::Any => Ok(()),
            Allowed::OneOf(words) => match value.as_str() {
                Some(word) if !words.contains(&word) => Err(ConfigError::Value(format!(
                    "{key} is \"{word}\": it must be one of {}",
                    self.choices()
                ))),
                _ => Ok(()),
            },
            Allowed::Within(range) => refused(outside(&|number| range.contains(&number))),
            Allowed::FromTo(range) => refused(outside(&|number| range.contains(&number))),
            Allowed::Widths => {
                let list = value.as_array();
                let is_deep = list.is_some_and(|list| list.is_empty() || list.len() > DEEPEST);
                let widths = list.map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
                let is_wide = |width: &toml::Value| {
                    width.as_integer().is_none_or(|width| !(1..=WIDEST).contains(&width))
                };
                match is_deep || widths.iter().any(is_wide) {
                    true => Err(ConfigError::Value(format!(
                        "{key} is {value}: it needs 1 to {DEEPEST} numbers from 1 to {WIDEST}"
                    ))),
                    false => Ok(()),
                }
            }
        }
    }

    /// What may stand there, in words; nothing where its default says it.
    pub fn choices(&self) -> String {
        match &self.allowed {
            Allowed::Any if self.default.is_bool() => "true or false".to_owned(),
            Allowed::Any => String::new(),
            Allowed::Within(range) => in_words(range),
            Allowed::FromTo(range) => format!("from {} to {}", range.start(), range.end()),
            Allowed::Widths if self.default.is_array() => {
                format!("1 to {DEEPEST} numbers from 1 to {WIDEST}")
            }
            Allowed::Widths => format!("from 1 to {WIDEST}"),
            Allowed::OneOf(words) => {
                words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// It as a property of a JSON Schema.
    pub fn schema(&self) -> serde_json::Value {
        let mut schema = Map::new();
        let kind = kind(&self.default);
        schema.insert("type".into(), json!(kind));
        schema.insert("description".into(), json!(self.help));
        schema.insert("default".into(), json!(self.default));
        schema.insert("x-level".into(), json!(self.level));
        let mut limits = Map::new();
        match &self.allowed {
            Allowed::Any => {}
            Allowed::OneOf(words) => _ = limits.insert("enum".into(), json!(words)),
            Allowed::Widths => {
                limits.insert("minimum".into(), json!(1));
                limits.insert("maximum".into(), json!(WIDEST));
            }
            Allowed::Within(Range { start, end }) => {
                let least = if *start == ABOVE_0 { ("exclusiveMinimum", 0.0) } else { ("minimum", *start) };
                limits.insert(least.0.into(), json!(least.1));
                if end.is_finite() {
                    limits.insert("exclusiveMaximum".into(), json!(end));
                }
            }
            Allowed::FromTo(range) => {
                limits.insert("minimum".into(), json!(range.start()));
                limits.insert("maximum".into(), json!(range.end()));
            }
        }
        match self.default.as_array().and_then(|list| list.first()) {
            Some(first) => {
                limits.insert("type".into(), json!(self::kind(first)));
                schema.insert("items".into(), limits.into());
            }
            None => schema.extend(limits),
        }
        schema.into()
    }
}

/// All numbers in a value.
fn numbers(value: &toml::Value) -> Vec<f64> {
    match value {
        toml::Value::Integer(number) => vec![*number as f64],
        toml::Value::Float(number) => vec![*number],
        toml::Value::Array(list) => list.iter().flat_map(numbers).collect(),
        _ => Vec::new(),
    }
}

/// What JSON Schema calls the kind of a value.
fn kind(value: &toml::Value) -> &'static str {
    match value {
        toml::Value::Boolean(_) => "boolean",
        toml::Value::Integer(_) => "integer",
        toml::Value::Float(_) => "number",
        toml::Value::Array(_) => "array",
        _ => "string",
    }
}

fn in_words(Range { start, end }: &Range<f64>) -> String {
    let low = if *start == ABOVE_0 { "above 0".to_owned() } else { format!("at least {start}") };
    if end.is_finite() { format!("{low} and below {end}") } else { low }
}

/// Declares settings: their struct, their defaults, and [`Declared`]. A line is `name: kind = default, allowed;`, its comment is
/// its help, and `@basic` before it says that beginners may like it. `..name: Kind = default;` takes those of another
/// declaration in.
macro_rules! settings {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $help:literal])*
                $(#[serde($serde:meta)])?
                $(@$level:ident)?
                $field:ident: $kind:ty = $default:expr $(, $allowed:expr)?;
            )*
            $(..$part:ident: $part_kind:ty = $part_default:expr;)?
        }
    ) => {
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
        $(#[$meta])*
        $vis struct $name {
            $(
                $(#[doc = $help])*
                $(#[serde($serde)])?
                pub $field: $kind,
            )*
            $(
                /// Those of another declaration.
                #[serde(flatten)]
                pub $part: $part_kind,
            )?
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* $($part: $part_default,)? }
            }
        }

        impl $crate::settings::Declared for $name {
            fn declared() -> Vec<$crate::settings::Setting> {
                use $crate::settings::Setting;
                #[allow(unused_mut)]
                let mut all = vec![
                    $(Setting::new(
                        stringify!($field),
                        concat!($($help),*),
                        $crate::settings::level!($($level)?),
                        $crate::settings::allowed!($($allowed)?),
                    ),)*
                ];
                $(all.extend(<$part_kind as $crate::settings::Declared>::declared());)?
                $crate::settings::with_defaults(all, &Self::default())
            }
        }
    };
}

macro_rules! level {
    () => {
        None
    };
    (basic) => {
        Some($crate::settings::Level::Basic)
    };
}

macro_rules! allowed {
    () => {
        None
    };
    ($allowed:expr) => {
        Some($allowed)
    };
}

pub(crate) use {allowed, level, settings};

/// The settings with the defaults of these.
pub(crate) fn with_defaults(all: Vec<Setting>, defaults: &impl Serialize) -> Vec<Setting> {
    // What is fixed in the source can be written as TOML: a test goes through every recipe.
    let table = toml::Table::try_from(defaults).unwrap_or_default();
    let with = |setting: Setting| match table.get(setting.key) {
        Some(default) => Setting { default: default.clone(), ..setting },
        None => setting,
    };
    all.into_iter().map(with).collect()
}

/// Numbers in this range.
pub(crate) fn within(range: Range<f64>) -> Allowed {
    Allowed::Within(range)
}

/// Numbers in this range, the last one too.
pub(crate) fn from_to(first: f64, last: f64) -> Allowed {
    Allowed::FromTo(first..=last)
}

/// One of these words.
pub(crate) fn one_of(words: &'static [&'static str]) -> Allowed {
    Allowed::OneOf(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    settings! {
        /// Settings for a test.
        struct Part {
            /// How much
            /// of it.
            @basic
            share: f64 = 0.5, within(0.0..1.0);
            /// Which.
            word: String = "one".into(), one_of(&["one", "two"]);
        }
    }

    settings! {
        /// Settings that take others in.
        struct Whole {
            /// Layers.
            widths: Vec<usize> = vec![8, 16], Allowed::Widths;
            /// Whether.
            on: bool = false;
            ..part: Part = Part { share: 0.25, ..Part::default() };
        }
    }

    fn setting(key: &str) -> Setting {
        Whole::declared().into_iter().find(|setting| setting.key == key).unwrap()
    }

    #[test]
    fn a_declaration_says_all_that_there_is_to_know() {
        let keys: Vec<&str> = Whole::declared().iter().map(|setting| setting.key).collect();
        assert_eq!(keys, ["widths", "on", "share", "word"]);
        let share = setting("share");
        assert_eq!(
            (share.help.as_str(), share.level, share.default),
            ("How much of it.", Level::Basic, 0.25.into())
        );
        assert_eq!(setting("word").choices(), "one, two");
        assert_eq!(setting("on").choices(), "true or false");
    }

    #[test]
    fn what_may_not_stand_there_is_refused_by_name() {
        let refused =
            |key: &str, value: toml::Value| setting(key).check(&value).err().map(|error| error.to_string());
        assert_eq!(refused("share", 1.0.into()).unwrap(), "share is 1: it must be at least 0 and below 1");
        assert_eq!(refused("share", 0.999.into()), None);
        assert_eq!(refused("word", "three".into()).unwrap(), "word is \"three\": it must be one of one, two");
        for wrong in [vec![], vec![0], vec![65_537], vec![1; 65]] {
            let told = refused("widths", wrong.into()).unwrap();
            assert!(told.contains("widths is [") && told.contains("1 to 64 numbers"), "{told}");
        }
        assert_eq!(refused("widths", vec![1, 65_536].into()), None);
    }

    #[test]
    fn the_schema_says_the_same() {
        let share = setting("share").schema();
        assert_eq!((&share["type"], &share["minimum"]), (&json!("number"), &json!(0.0)));
        assert_eq!((&share["exclusiveMaximum"], &share["x-level"]), (&json!(1.0), &json!("basic")));
        let widths = setting("widths").schema();
        assert_eq!((&widths["type"], &widths["items"]["type"]), (&json!("array"), &json!("integer")));
        assert_eq!(widths["items"]["maximum"], 65_536);
        assert_eq!(setting("word").schema()["enum"], json!(["one", "two"]));
    }
}
