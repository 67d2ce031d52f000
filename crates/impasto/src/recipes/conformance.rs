//! The tests that every recipe and every preset inherits: tiny pictures, a few steps.

use burn::tensor::{Device, Tensor};
use impasto_nn::{number, one_hot, tensor, values};
use impasto_random::Random;

use super::{Entry, all};
use crate::config::{Config, ConfigError, Request};
use crate::recipe::{Batch, Entrance, Examples, Goal, Paint, Prior, Progress, Recipe, Scene, Side, Skills};
use crate::settings::{Allowed, Level, Setting};
use crate::stored;
use crate::style::Aids;

mod settings;

const BATCH: usize = 8;
const CLASSES: usize = 3;
const CHANNELS: usize = 3;

/// Every recipe in every preset: with and without classes, for transparent pictures that are not square, and with
/// augmentation, where it has any.
fn every(mut test: impl FnMut(&str, &dyn Fn() -> Box<dyn Recipe>, &Scene)) -> Result<(), ConfigError> {
    for entry in all() {
        for preset in entry.presets {
            for (scene, augment) in
                [(scene(0), false), (scene(CLASSES), false), (wide(), false), (scene(0), true)]
            {
                if augment && !(entry.defaults)().contains_key("augment") {
                    continue;
                }
                let Scene { width, height, channels, classes, .. } = scene;
                let augmented = if augment { ", augmented" } else { "" };
                let name = format!("{} {}{augmented}", entry.name, preset.name);
                let name = format!("{name} at {width} x {height} x {channels} with {classes} classes");
                let config = tiny(entry, preset.name, if augment { &["augment=adaptive"] } else { &[] })?;
                // A recipe that is conditional by itself is about two classes.
                let classes = if config.common.conditional { 2 } else { classes };
                let scene = Scene { classes, ..scene };
                if let (Err(error), 1..) = ((entry.build)(&config.table, &scene), classes) {
                    assert!(error.to_string().contains("leave out conditional"), "{name}: {error}");
                    continue;
                }
                (entry.build)(&config.table, &scene)?;
                let build = || match (entry.build)(&config.table, &scene) {
                    Ok(mut recipe) => {
                        recipe
                            .equip(Aids::drawn(&scene.device))
                            .unwrap_or_else(|error| panic!("{name}: {error}"));
                        recipe
                    }
                    Err(error) => panic!("{name}: {error}"),
                };
                test(&name, &build, &scene);
            }
        }
    }
    Ok(())
}

/// The preset, with layers narrow enough for a test.
fn tiny(entry: &Entry, preset: &str, also: &[&str]) -> Result<Config, ConfigError> {
    let mut set = vec![format!("recipe={}", entry.name), format!("preset={preset}")];
    // Two steps of stage one, where there are stages, so that the third is past the switch.
    let narrow =
        ["latent=6", "width=4", "widths=[12, 10]", "generator=[12, 10]", "stage_one=0.016", "critic_width=4"];
    let keys = (entry.defaults)();
    set.extend(
        narrow
            .iter()
            .filter(|text| keys.contains_key(text.split('=').next().unwrap_or("")))
            .map(|t| t.to_string()),
    );
    set.extend(also.iter().map(|text| (*text).to_owned()));
    Config::resolve(&Request { set, ..Request::default() })
}

fn scene(classes: usize) -> Scene {
    Scene { width: 16, height: 16, channels: CHANNELS, classes, seed: Some(5), device: Device::flex() }
}

fn wide() -> Scene {
    Scene { width: 48, height: 32, channels: 4, ..scene(0) }
}

fn batch(step: u64, scene: &Scene) -> Batch {
    let mut random = Random::new(9, "pictures", step);
    let labels: Vec<u32> = (0..BATCH as u32).map(|i| i % scene.classes.max(1) as u32).collect();
    let shape = [BATCH, scene.channels, scene.height, scene.width];
    let pictures = random.uniforms(shape.iter().product(), -1.0, 1.0);
    Batch {
        pictures: tensor(pictures, shape, &scene.device),
        classes: (scene.classes > 0).then(|| one_hot(&labels, scene.classes, &scene.device)),
    }
}

fn train(recipe: &mut dyn Recipe, scene: &Scene, steps: std::ops::Range<u64>) -> Vec<f64> {
    let mut last = Vec::new();
    for step in steps {
        let at = Progress { seed: 7, step, images: step * BATCH as u64 };
        let losses = recipe.step(&batch(step, scene), at);
        assert!(losses.iter().all(|(_, value)| value.is_finite()), "step {step}: {losses:?}");
        last = losses.into_iter().map(|(_, value)| value).collect();
    }
    last
}

#[test]
fn losses_stay_finite_and_every_parameter_moves() -> Result<(), ConfigError> {
    every(|name, build, scene| {
        let mut recipe = build();
        let before = stored::save(recipe.as_mut());
        // Two steps more for a first stage: what begins at zero holds up what lies before it.
        train(recipe.as_mut(), scene, 0..2);
        train(recipe.as_mut(), scene, 0..3);
        recipe.settle(&|| vec![batch(0, scene), batch(1, scene)], 1);
        let after = stored::save(recipe.as_mut());
        for (part, before, after) in
            [("weights", before.weights, after.weights), ("state", before.state, after.state)]
        {
            // Pairs of logits are subtracted, so the last bias of a critic of pairs has rounding errors for a gradient, or 0.
            let moves = |tensor: &str| !tensor.ends_with("critic_optimiser.last.bias.mean");
            for (tensor, old) in before.iter().filter(|(tensor, _)| moves(tensor)) {
                assert_ne!(old, &after[tensor], "{name}: {tensor} of the {part} has not moved");
            }
        }
    })
}

#[test]
fn a_loaded_recipe_goes_on_to_the_bit() -> Result<(), ConfigError> {
    every(|name, build, scene| {
        let mut recipe = build();
        train(recipe.as_mut(), scene, 0..3);
        let saved = stored::save(recipe.as_mut());
        let mut other = build();
        assert_eq!(stored::load(other.as_mut(), &saved), Ok(()), "{name}");
        let losses = train(recipe.as_mut(), scene, 3..5);
        assert_eq!(losses, train(other.as_mut(), scene, 3..5), "{name}");
        assert_eq!(stored::save(recipe.as_mut()), stored::save(other.as_mut()), "{name}");
    })
}

#[test]
fn what_a_doctor_watches_is_told_and_each_side_learns_at_its_own_rate() -> Result<(), ConfigError> {
    every(|name, build, scene| {
        let (mut recipe, at) = (build(), Progress { seed: 7, step: 0, images: 0 });
        let signs = recipe.signs();
        recipe.step(&batch(0, scene), at);
        let mut whole = build();
        // A recipe of several stages may tell some of them later.
        let told_by =
            |step| whole.step(&batch(step, scene), Progress { step, images: step * BATCH as u64, ..at });
        let figures: Vec<_> = (0..3).flat_map(told_by).map(|(figure, _)| figure).collect();
        let told = |sign: &str| assert!(figures.contains(&sign), "{name}: {sign} is not told");
        signs.critic.into_iter().flatten().chain(signs.falls.map(|falls| falls.name)).for_each(told);
        signs.losses.iter().copied().for_each(told);
        for side in [Side::Painter, Side::Critic] {
            let mut slower = build();
            if slower.set_rate(side, 0.5) {
                slower.step(&batch(0, scene), at);
                let state = |recipe: &mut dyn Recipe| stored::save(recipe).state;
                assert_ne!(state(slower.as_mut()), state(recipe.as_mut()), "{name}: {side:?}");
            }
        }
    })
}

#[test]
fn settling_does_not_change_what_comes_after() -> Result<(), ConfigError> {
    every(|name, build, scene| {
        let (mut settled, mut plain) = (build(), build());
        train(settled.as_mut(), scene, 0..2);
        settled.settle(&|| vec![batch(0, scene)], 1);
        train(plain.as_mut(), scene, 0..2);
        assert_eq!(train(settled.as_mut(), scene, 2..4), train(plain.as_mut(), scene, 2..4), "{name}");
    })
}

#[test]
fn pictures_have_the_right_shape_and_range_and_depend_on_latent_and_class() -> Result<(), ConfigError> {
    every(|name, build, scene| {
        let mut recipe = build();
        train(recipe.as_mut(), scene, 0..3);
        let Skills { paint, translate, .. } = recipe.skills();
        assert!(paint.is_some() || translate.is_some(), "{name} neither paints nor translates");
        let Some(painter) = paint else { return };
        let classes =
            |labels: &[u32]| (scene.classes > 0).then(|| one_hot(labels, scene.classes, &scene.device));
        let mut random = Random::new(1, "latent", 0);
        let mut latents = painter.latent(&mut random, 1.0, Prior::Plain);
        assert_eq!(latents.len(), painter.latent_size());
        latents.extend(latents.clone());
        latents.extend(painter.latent(&mut random, 1.0, Prior::Plain));
        let z = tensor(latents, [3, painter.latent_size()], &scene.device);
        let painted = painter.paint(z, classes(&[0, 2, 0]));
        assert_eq!(painted.dims(), [3, scene.channels, scene.height, scene.width], "{name}");
        let values = values(painted);
        assert!(values.iter().all(|v| (-1.0..=1.0).contains(v)), "{name}");
        let pictures: Vec<_> = values.chunks_exact(scene.pixels()).collect();
        assert_ne!(pictures[0], pictures[2], "{name}: another latent, another picture");
        assert_eq!(pictures[0] == pictures[1], scene.classes == 0, "{name}: another class, another picture");
    })
}

#[test]
fn translations_have_the_right_shape_and_range_at_any_size_and_in_any_company() -> Result<(), ConfigError> {
    every(|name, build, scene| {
        let mut recipe = build();
        train(recipe.as_mut(), scene, 0..3);
        let Some(skill) = recipe.skills().translate else { return };
        let (given, own) = (skill.given(), scene.channels);
        let Examples { given: input, goal } =
            skill.examples(&batch(9, scene), &mut Random::new(1, "examples", 0));
        let [n, channels, height, width] = input.dims();
        assert_eq!(channels, given.channels(own), "{name}");
        let times = given.times();
        let shape = [n, own, times * height, times * width];
        match goal {
            Goal::Truth(truth) => assert_eq!((n, truth.dims()), (BATCH, shape), "{name}"),
            Goal::Like(like) => assert_eq!(like.dims()[1..], shape[1..], "{name}"),
            Goal::Own => {
                let away = skill.away(&input, &skill.translate(input.clone()));
                assert!(away.is_some_and(|away| away.is_finite() && away > 0.0), "{name}: {away:?}");
            }
        }
        let together = skill.translate(input.clone());
        assert_eq!(together.dims(), shape, "{name}");
        let made = values(together.clone());
        assert!(made.iter().all(|value| (-1.0..=1.0).contains(value)), "{name}");
        let alone = values(skill.translate(input.clone().narrow(0, n - 2, 1)));
        let far = values(together.narrow(0, n - 2, 1))
            .iter()
            .zip(&alone)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(far < 1e-5, "{name}: alone it differs by {far}");
        assert_ne!(
            values(skill.translate(input.clone().narrow(0, n - 1, 1))),
            alone,
            "{name}: another picture"
        );
        let odd = input.narrow(0, 0, 1).slice([0..1, 0..channels, 0..3, 0..height.min(5)]);
        assert_eq!(skill.translate(odd.clone()).dims()[2..], [3 * times, times * odd.dims()[3]], "{name}");
    })
}

#[test]
fn a_latent_at_all_levels_is_the_latent_and_each_level_counts() -> Result<(), ConfigError> {
    every(|name, build, scene| {
        let mut recipe = build();
        train(recipe.as_mut(), scene, 0..3);
        let Some(painter) = recipe.skills().paint else { return };
        let [z, other] = latents(painter, scene);
        let classes = (scene.classes > 0).then(|| one_hot(&[0, 2], scene.classes, &scene.device));
        let plain = values(painter.paint(z.clone(), classes.clone()));
        let mut all = vec![z; painter.levels()];
        assert_eq!(values(painter.paint_levels(&all, classes.clone())), plain, "{name}");
        for level in 0..all.len() {
            let kept = std::mem::replace(&mut all[level], other.clone());
            assert_ne!(values(painter.paint_levels(&all, classes.clone())), plain, "{name}: level {level}");
            all[level] = kept;
        }
    })
}

#[test]
fn gradients_of_pictures_reach_the_latents_and_are_right() -> Result<(), ConfigError> {
    every(|name, build, scene| {
        let mut recipe = build();
        train(recipe.as_mut(), scene, 0..3);
        let Some(painter) = recipe.skills().paint else { return };
        let [z, way] = latents(painter, scene);
        let classes = (scene.classes > 0).then(|| one_hot(&[0, 2], scene.classes, &scene.device));
        let tracked = z.clone().autodiff().require_grad();
        let traced = painter.trace(tracked.clone(), classes.clone());
        let painted = painter.paint(z.clone(), classes.clone());
        let shape = painted.dims();
        let weights = Random::new(3, "weights", 0).normals(shape.iter().product());
        let score = |x: Tensor<4>| (x * tensor(weights.clone(), shape, &scene.device)).sum();
        let far = values((traced.clone().inner() - painted).abs().max());
        assert!(far[0] < 1e-4, "{name}: traced and painted pictures differ by {far:?}");
        let gradient = tracked.grad(&score(traced).backward());
        let Some(gradient) = gradient else { panic!("{name}: no gradient reaches the latents") };
        let along = number((gradient * way.clone()).sum());
        let at = |step: f64| number(score(painter.paint(z.clone() + way.clone() * step, classes.clone())));
        // A ReLU may turn near by, but hardly on both sides.
        let slopes = [3e-4, -3e-4].map(|step| (at(step) - at(0.0)) / step);
        let is_right = |slope: &f64| (along - slope).abs() < 0.02 * slope.abs() + 0.01;
        assert!(slopes.iter().any(is_right), "{name}: {along} against {slopes:?}");
    })
}

#[test]
fn entrances_say_how_far_a_step_of_the_latent_moves_the_first_layer() -> Result<(), ConfigError> {
    every(|name, build, scene| {
        let mut recipe = build();
        train(recipe.as_mut(), scene, 0..3);
        let Some(painter) = recipe.skills().paint else { return };
        let size = painter.latent_size();
        for Entrance { level, outputs, weight } in painter.entrances() {
            assert!(level < painter.levels() && weight.len() == size * outputs, "{name}: level {level}");
        }
        let [z, way] = latents(painter, scene);
        let classes = (scene.classes > 0).then(|| one_hot(&[0, 2], scene.classes, &scene.device));
        let Some(first) = painter.first(z.clone(), classes.clone()) else { return };
        let [rows, outputs] = first.dims();
        assert_eq!(rows, 2, "{name}");
        let Some(entrance) = painter.entrances().into_iter().find(|one| one.level == 0) else { return };
        assert_eq!(entrance.outputs, outputs, "{name}");
        let Some(next) = painter.first(z + way.clone() * 1e-3, classes) else { return };
        let moved = values((next - first) * 1e3);
        let expected = values(way.matmul(tensor(entrance.weight, [size, outputs], &scene.device)));
        // Where the activation is no slope of 1, it only makes the step shorter.
        let longer = moved.iter().zip(&expected).any(|(moved, full)| moved.abs() > full.abs() + 0.02);
        let equal = moved.iter().zip(&expected).filter(|(moved, full)| (**moved - **full).abs() < 0.02);
        assert!(!longer && equal.count() > rows * outputs / 5, "{name}: {moved:?} against {expected:?}");
    })
}

/// Two rows of two latents.
fn latents(painter: &dyn Paint, scene: &Scene) -> [Tensor<2>; 2] {
    let mut random = Random::new(2, "latents", 0);
    let size = painter.latent_size();
    [(); 2].map(|()| tensor(random.normals(2 * size), [2, size], &scene.device))
}

#[test]
fn encoders_give_latents_that_can_be_painted() -> Result<(), ConfigError> {
    every(|name, build, scene| {
        let recipe = build();
        let skills = recipe.skills();
        let (Some(encoder), Some(painter)) = (skills.encode, skills.paint) else { return };
        let Batch { pictures, classes } = batch(0, scene);
        let latents = encoder.encode(pictures, classes.clone());
        assert_eq!(latents.dims(), [BATCH, painter.latent_size()], "{name}");
        assert_eq!(painter.paint(latents, classes).dims()[0], BATCH);
    })
}

#[test]
fn a_game_without_augmentation_is_played_as_it_was_before_there_was_any() -> Result<(), ConfigError> {
    let scene = scene(0);
    for name in ["dcgan", "mlp-gan"] {
        let play = |also: &[&str], keep: fn(&str) -> bool| {
            let entry = super::find(name)?;
            let mut table = tiny(entry, entry.presets[0].name, also)?.table;
            table.retain(|key, _| keep(key));
            let mut recipe = (entry.build)(&table, &scene)?;
            let losses = train(recipe.as_mut(), &scene, 0..4);
            assert_eq!(recipe.raise_augmentation(), also.contains(&"augment=fixed"), "{name} {also:?}");
            Ok::<_, ConfigError>((losses, stored::save(recipe.as_mut())))
        };
        let off = play(&[], |_| true)?;
        assert_eq!(off, play(&[], |key| !key.starts_with("augment"))?, "{name}: an older config.toml");
        assert!(off.1.counters.keys().all(|key| !key.contains("augment")), "{name}: {:?}", off.1.counters);
        let weak = play(&["augment=fixed", "augment_strength=0"], |_| true)?;
        assert_eq!((&off.0[..], &off.1.weights), (&weak.0[..off.0.len()], &weak.1.weights), "{name}");
        assert_eq!(weak.0.len(), off.0.len() + 1, "its strength is told");
        let strong = play(&["augment=fixed"], |_| true)?;
        assert_ne!(off.1.weights, strong.1.weights, "{name}");
    }
    Ok(())
}

#[test]
fn sizes_that_do_not_fit_are_refused_with_both_sides() -> Result<(), ConfigError> {
    for (layout, width, height) in [("tutorial", 50, 32), ("tutorial", 32, 50), ("classic", 48, 12)] {
        let set = vec!["recipe=dcgan".to_owned(), format!("layout={layout}")];
        let config = Config::resolve(&Request { set, ..Request::default() })?;
        let refused = (config.entry.build)(&config.table, &Scene { width, height, ..scene(0) }).err();
        let Some(error) = refused else { panic!("{layout} was built for {width} x {height}") };
        assert!(error.to_string().contains(&format!("{width} x {height}")), "{error}");
        assert!(error.to_string().contains("multiple of 4"), "{error}");
    }
    Ok(())
}
