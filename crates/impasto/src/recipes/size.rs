//! How large the networks of some settings would be, and whether this machine can hold them: asked before any is made,
//! because settings may be a stranger's.

use impasto_nn::Foreseen;

use crate::paint::AT_ONCE;

use super::{Config, ConfigError, Recipe, Scene};

/// Where the system doesn't say what memory there is.
const ASSUMED: u64 = 32 << 30;
/// Bytes of a number.
const NUMBER: u64 = 4;

/// What a recipe is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be loaded and painted with.
    Painting,
    /// To learn.
    Training,
}

/// Makes the recipe of these settings, if this machine can hold its networks.
pub(crate) fn build(
    config: &Config,
    scene: &Scene,
    purpose: Purpose,
) -> Result<Box<dyn Recipe>, ConfigError> {
    check(config, scene, purpose, impasto_system::available().unwrap_or(ASSUMED))?;
    (config.entry.build)(&config.table, scene)
}

/// How many numbers the networks hold, if this machine can hold them.
pub(crate) fn numbers(config: &Config, scene: &Scene, purpose: Purpose) -> Result<u64, ConfigError> {
    check(config, scene, purpose, impasto_system::available().unwrap_or(ASSUMED))
}

/// The recipe with nothing in its networks, which tells what it can do, and how large they would be.
pub(super) fn outline(config: &Config, scene: &Scene) -> Result<(Box<dyn Recipe>, Foreseen), ConfigError> {
    let (outline, foreseen) = impasto_nn::foreseen(|| (config.entry.build)(&config.table, scene));
    Ok((outline?, foreseen))
}

fn check(config: &Config, scene: &Scene, purpose: Purpose, free: u64) -> Result<u64, ConfigError> {
    let (_, Foreseen { numbers, map }) = outline(config, scene)?;
    // Each layer has what it reads and what it writes at the same time.
    let picture = map.max(scene.pixels() as u64).saturating_mul(2 * NUMBER);
    let (copies, pictures) = match purpose {
        // As they are made, and what is loaded in their place.
        Purpose::Painting => (2, AT_ONCE),
        // The weights, their average, their gradients and two running means.
        Purpose::Training => (5, config.common.batch),
    };
    let weights = numbers.saturating_mul(copies * NUMBER);
    let bytes = weights.saturating_add(picture.saturating_mul(pictures as u64));
    if bytes <= free { Ok(numbers) } else { Err(ConfigError::TooLarge { numbers, bytes, free }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Request;
    use crate::paint::scene;
    use burn::tensor::Device;
    use std::collections::BTreeMap;

    fn config(set: &[&str]) -> Config {
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        Config::resolve(&Request { set, ..Request::default() }).unwrap()
    }

    fn checked(config: &Config, purpose: Purpose, free: u64) -> Result<u64, ConfigError> {
        check(config, &scene(config, 2, Some(1), &Device::flex()), purpose, free)
    }

    #[test]
    fn what_no_machine_can_hold_is_refused_and_never_made() {
        for set in [
            &["recipe=mlp-gan", "generator=[65536,65536,65536]"][..],
            &["recipe=painter", "widths=[4096]", "blocks=[64]"],
            &["recipe=stack", "widths=[4096]", "blocks=[64]"],
            &["recipe=dcgan", "layout=classic", "width=1024", "size=1024"],
            &["recipe=vae", "latent=1024", "components=1024"],
            &["recipe=vae", "widths=[65536,65536]"],
            &["recipe=paired", "widths=[65536,65536]"],
            &["recipe=repair", "critic_width=65536"],
            &["recipe=enlarge", "widths=[65536,65536]"],
            &["recipe=fast-style", "width=65536"],
            &["recipe=any-style", "width=65536"],
            &["recipe=unpaired", "widths=[65536,65536]"],
            &["recipe=variations", "widths=[65536,65536]"],
            // Few weights, but maps of 17 GB for each picture.
            &["recipe=painter", "widths=[4096,1]", "blocks=[0]", "size=1024"],
        ] {
            let refused = checked(&config(set), Purpose::Painting, 1 << 30).unwrap_err();
            assert!(matches!(refused, ConfigError::TooLarge { .. }), "{set:?}: {refused}");
            let text = refused.to_string();
            assert!(text.contains("numbers") && text.contains("1.1 GB of memory"), "{text}");
        }
    }

    #[test]
    fn training_needs_more_than_painting_and_counts_its_pictures() {
        let (small, many) =
            (config(&["recipe=mlp-gan"]), config(&["recipe=mlp-gan", "batch=65536", "size=1024"]));
        let numbers = checked(&small, Purpose::Painting, u64::MAX).unwrap();
        let enough = numbers * 8 + (1 << 20);
        assert!(checked(&small, Purpose::Painting, 2 * enough).is_ok());
        assert!(checked(&small, Purpose::Training, enough).is_err());
        assert!(checked(&many, Purpose::Training, 200 << 30).is_err());
        assert!(checked(&many, Purpose::Painting, 200 << 30).is_ok());
    }

    #[test]
    fn the_numbers_that_are_foreseen_are_those_that_are_there() {
        struct Numbers(BTreeMap<String, u64>);
        impl crate::recipe::Visitor for Numbers {
            fn tensor(
                &mut self,
                part: crate::recipe::Part,
                name: &str,
                shape: &[usize],
                _: &dyn Fn() -> Vec<f32>,
            ) -> Option<Vec<f32>> {
                use crate::recipe::Part;
                if matches!(part, Part::Weights | Part::State) {
                    let count = shape.iter().product::<usize>() as u64;
                    self.0.insert(name.to_owned(), count);
                }
                None
            }

            fn counter(&mut self, _: &str, _: &mut u64) {}
        }
        for entry in super::super::all() {
            for preset in entry.presets {
                let recipe = format!("recipe={}", entry.name);
                let config = config(&[&recipe, &format!("preset={}", preset.name)]);
                let scene = scene(&config, 2, None, &Device::flex());
                let mut numbers = Numbers(BTreeMap::new());
                build(&config, &scene, Purpose::Painting).unwrap().visit(&mut numbers);
                let (there, foreseen) =
                    (numbers.0.values().sum::<u64>(), checked(&config, Purpose::Painting, u64::MAX).unwrap());
                match entry.name {
                    // Its second stage comes later.
                    "stack" => assert!(foreseen > there, "{}: {foreseen} for {there}", preset.name),
                    name => assert_eq!(foreseen, there, "{name} {}", preset.name),
                }
            }
        }
    }
}
