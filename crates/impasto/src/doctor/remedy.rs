//! What to do about a trouble, in settings that the training has.

use toml::{Table, Value};

use super::Trouble;

const COLLAPSED: &str = "stop and go back to an earlier checkpoint; then try a lower learning rate, a larger batch, more \
                         pictures, or another recipe (a VAE does not collapse in this way)";

impl Trouble {
    /// What to do about it, for a training with these settings.
    pub(crate) fn remedy(self, settings: &Table) -> String {
        let settings = Changes(settings);
        match self {
            Self::Collapse => COLLAPSED.to_owned(),
            Self::CriticTooStrong => settings.weaken(),
            Self::CriticTooWeak => settings.strengthen(),
            Self::Divergence => settings.calm(),
            Self::NoProgress => format!(
                "it has probably learned what it can: stop here, or {}, more pictures or a larger model",
                settings.changed("go on with a lower rate", &["rate"], 0.5)
            ),
            Self::Memorising => settings.vary(),
        }
    }
}

/// The settings of a training, as they would be after a change.
struct Changes<'a>(&'a Table);

impl Changes<'_> {
    fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// These words, with the settings as they would be; of those that the recipe has not, nothing is said.
    fn changed(&self, words: &str, keys: &[&str], times: f64) -> String {
        let set = |key: &&str| {
            let now = self.0.get(*key)?.as_float()?;
            Some(format!("--set {key}={:e}", now * times))
        };
        let changed: Vec<String> = keys.iter().filter_map(set).collect();
        if changed.is_empty() { words.to_owned() } else { format!("{words} ({})", changed.join(" ")) }
    }

    fn penalties(&self, words: &str, times: f64) -> String {
        self.changed(words, &["r1", "r2"], times)
    }

    /// What makes a discriminator weaker.
    fn weaken(&self) -> String {
        let first = match self.has("critic_rate") {
            true => self.changed("lower the critic's rate", &["critic_rate"], 0.5),
            false => self.penalties("raise the penalties", 5.0),
        };
        let last = if self.has("dropout") { ", dropout" } else { "" };
        format!("{first}, or give it more to do: more pictures, --flip{last}")
    }

    /// What makes a discriminator stronger.
    fn strengthen(&self) -> String {
        let first = match self.has("critic_rate") {
            true => format!(
                "{}, {}",
                self.changed("raise the critic's rate", &["critic_rate"], 2.0),
                self.changed("lower the generator's", &["rate"], 0.5)
            ),
            false => self.penalties("lower the penalties", 0.2),
        };
        format!("{first}, or give the critic wider layers")
    }

    /// What keeps losses from growing.
    fn calm(&self) -> String {
        let lower = self.changed("start again with a lower rate", &["rate"], 0.5);
        match () {
            () if self.has("r1") => format!("{lower} or {}", self.penalties("larger penalties", 5.0)),
            () if self.has("critic_rate") && self.has("optimiser") => {
                format!("{lower} or another loss (--set loss=hinge)")
            }
            () => lower,
        }
    }

    /// What keeps a model from learning pictures by heart.
    fn vary(&self) -> String {
        let augmented = match self.0.get("augment").and_then(Value::as_str) {
            Some("off") => "; or with augmentation (--set augment=adaptive)",
            Some(_) => "; or with more augmentation (--set augment_strength=0.8)",
            None => "",
        };
        format!(
            "stop and paint from an earlier checkpoint; then train with more pictures, --flip, or a smaller \
             model{augmented}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigError, Request};
    use crate::recipe::Scene;

    fn resolved(recipe: &str, set: &[&str]) -> Result<Config, ConfigError> {
        let set = [&format!("recipe={recipe}")[..]].iter().chain(set).map(|set| (*set).to_owned()).collect();
        Config::resolve(&Request { set, ..Request::default() })
    }

    /// Every `--set KEY=VALUE` in a text.
    fn settings(text: &str) -> Vec<&str> {
        let ends = [' ', ')', ','];
        text.split("--set ").skip(1).map(|rest| rest.split(ends).next().unwrap_or("")).collect()
    }

    #[test]
    fn every_setting_that_a_remedy_names_is_one_that_the_recipe_takes() {
        let troubles = [
            Trouble::CriticTooStrong,
            Trouble::CriticTooWeak,
            Trouble::Divergence,
            Trouble::NoProgress,
            Trouble::Memorising,
        ];
        let scene = Scene {
            width: 32,
            height: 32,
            channels: 3,
            classes: 0,
            seed: None,
            device: burn::tensor::Device::flex(),
        };
        let mut named = 0;
        for recipe in ["painter", "stack", "dcgan", "mlp-gan", "vae"] {
            for trouble in troubles {
                let plain = resolved(recipe, &[]).unwrap();
                let told = trouble.remedy(&plain.table);
                for set in settings(&told) {
                    let changed = resolved(recipe, &[set]);
                    let built =
                        changed.and_then(|config| (config.entry.build)(&config.table, &scene).map(drop));
                    assert!(built.is_ok(), "{recipe}, {trouble:?}, {set}: {built:?}");
                    named += 1;
                }
            }
        }
        assert!(named > 20, "{named}");
    }
}
