//! What to do about a trouble, in settings that the training has.

use toml::{Table, Value};

use super::Trouble;

/// What to do about it, for a training with these settings.
pub(super) fn of(trouble: Trouble, settings: &Table) -> String {
    let number = |key: &str| settings.get(key).and_then(Value::as_float);
    let changed = |key: &str, times: f64| number(key).map(|now| format!("--set {key}={:e}", now * times));
    let has = |key: &str| settings.contains_key(key);
    // A figure that is told to be changed stands there as it would be; without it the words do.
    let told =
        |words: &str, set: Option<String>| set.map_or(words.to_owned(), |set| format!("{words} ({set})"));
    let penalties = || {
        let both =
            [changed("r1", 5.0), changed("r2", 5.0)].into_iter().flatten().collect::<Vec<_>>().join(" ");
        (!both.is_empty()).then_some(both)
    };
    match trouble {
        Trouble::Collapse => {
            "stop and go back to an earlier checkpoint; then try a lower learning rate, a larger batch, \
                              more pictures, or another recipe (a VAE does not collapse in this way)"
                .to_owned()
        }
        Trouble::CriticTooStrong => {
            let first = match has("critic_rate") {
                true => told("lower the critic's rate", changed("critic_rate", 0.5)),
                false => told("raise the penalties", penalties()),
            };
            let last = if has("dropout") { ", dropout" } else { "" };
            format!("{first}, or give it more to do: more pictures, --flip{last}")
        }
        Trouble::CriticTooWeak => {
            let first = match has("critic_rate") {
                true => {
                    [("raise the critic's rate", "critic_rate", 2.0), ("lower the generator's", "rate", 0.5)]
                        .map(|(words, key, times)| told(words, changed(key, times)))
                        .join(", ")
                }
                false => {
                    let less = [changed("r1", 0.2), changed("r2", 0.2)];
                    told(
                        "lower the penalties",
                        Some(less.into_iter().flatten().collect::<Vec<_>>().join(" ")),
                    )
                }
            };
            format!("{first}, or give the critic wider layers")
        }
        Trouble::Divergence => {
            let lower = told("start again with a lower rate", changed("rate", 0.5));
            match () {
                () if has("r1") => format!("{lower} or {}", told("larger penalties", penalties())),
                () if has("critic_rate") && has("optimiser") => {
                    format!("{lower} or another loss (--set loss=hinge)")
                }
                () => lower,
            }
        }
        Trouble::NoProgress => {
            let lower = told("go on with a lower rate", changed("rate", 0.5));
            format!(
                "it has probably learned what it can: stop here, or {lower}, more pictures or a larger model"
            )
        }
        Trouble::Memorising => {
            let augmented = match settings.get("augment").and_then(Value::as_str) {
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
                let told = of(trouble, &plain.table);
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
