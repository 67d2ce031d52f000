use super::*;
use burn::tensor::Device;
use impasto_nn::one_hot;

use crate::config::{Config as Whole, Request};
use crate::translate::make;

fn scene(classes: usize) -> Scene {
    Scene { width: 16, height: 16, channels: 3, classes, seed: Some(5), device: Device::flex() }
}

fn table(set: &[&str]) -> toml::Table {
    let set = std::iter::once(&"recipe=unpaired").chain(set).map(|text| (*text).to_owned()).collect();
    Whole::resolve(&Request { set, ..Request::default() }).unwrap().table
}

fn built(set: &[&str]) -> Unpaired {
    let config: Config = settings_from(&table(set)).unwrap();
    config.check(&scene(2)).unwrap();
    Unpaired::new(config, &scene(2))
}

/// Blobs of eight pixels, each coloured by chance; dim colours are more frequent, and each channel has its own range, so that
/// turned round or exchanged they would be other pictures.
fn blobs(count: usize, step: u64) -> Tensor<4> {
    let coarse = Random::new(4, "blobs", step).uniforms(count * 3 * 4, 0.0, 1.0);
    let coarse = tensor(coarse, [count, 3, 2, 2], &Device::flex()).square() * 2.0 - 1.0;
    make::grown(coarse * tensor(vec![1.0, 0.7, 0.4], [1, 3, 1, 1], &Device::flex()), 8)
}

/// The rule that is to be found: dark pictures become light ones.
fn dark(x: Tensor<4>) -> Tensor<4> {
    x * 0.4 - 0.5
}

fn light(x: Tensor<4>) -> Tensor<4> {
    x * 0.4 + 0.5
}

/// Dark blobs and light ones, in turns; nothing of one was made of the other.
fn batch(step: u64) -> Batch {
    let (dark, light) = (dark(blobs(8, 2 * step)), light(blobs(8, 2 * step + 1)));
    let each = (0..8).flat_map(|row| [&dark, &light].map(|side| side.clone().narrow(0, row, 1)));
    let labels: Vec<u32> = (0..16).map(|row| row % 2).collect();
    Batch { pictures: Tensor::cat(each.collect(), 0), classes: Some(one_hot(&labels, 2, &Device::flex())) }
}

/// The mean distance between what becomes of unseen dark blobs and the light ones that they should become, and between
/// the dark blobs and those.
fn away(unpaired: &Unpaired) -> [f64; 2] {
    let unseen = blobs(16, 1_000_001);
    let truth = light(unseen.clone());
    [unpaired.translate(dark(unseen.clone())), dark(unseen)]
        .map(|x| 0.5 * number(mean((x - truth.clone()).abs())))
}

const STEPS: u64 = 250;

/// Dark blobs become light ones, and the right ones.
fn learns(way: &str) {
    let narrow = ["widths=[8, 8]", "critic_width=8", "rate=2e-3", "critic_rate=2e-3", "average=0.95"];
    let mut unpaired = built(&[&[way], &narrow[..]].concat());
    for step in 0..STEPS {
        unpaired.step(&batch(step), Progress { seed: 3, step, images: 16 * step });
    }
    let [made, given] = away(&unpaired);
    // A picture of the right kind that keeps nothing is as far away as another light picture.
    let other = 0.5 * number(mean((light(blobs(16, 7)) - light(blobs(16, 1_000_001))).abs()));
    assert!(made < 0.3 * given && made < 0.9 * other, "{way}: {made}, given {given}, another {other}");
}

#[test]
fn what_is_dark_becomes_light_and_keeps_its_colours() {
    learns("preset=contrast");
}

#[test]
fn so_it_does_with_a_way_back() {
    learns("preset=cycle");
}

#[test]
fn the_two_kinds_are_told_by_their_classes_and_can_be_turned_round() {
    let pictures = batch(1);
    let brightness = |x: Tensor<4>| number(mean(x));
    for (set, from_is_dark) in [("reverse=false", true), ("reverse=true", false)] {
        let unpaired = built(&[set, "widths=[4]", "critic_width=4"]);
        let Examples { given, goal } = unpaired.examples(&pictures, &mut Random::new(1, "", 0));
        let Goal::Like(like) = goal else { panic!("nothing belongs together") };
        assert_eq!((given.dims()[0], like.dims()[0]), (8, 8));
        assert_eq!((brightness(given) < 0.0, brightness(like) < 0.0), (from_is_dark, !from_is_dark));
        assert_eq!(unpaired.between(), Some(if from_is_dark { [0, 1] } else { [1, 0] }));
    }
}

#[test]
fn kinds_of_unequal_number_are_learned_and_one_alone_teaches_nothing() {
    let with_labels =
        |labels: [u32; 16]| Batch { classes: Some(one_hot(&labels, 2, &Device::flex())), ..batch(2) };
    let at = Progress { seed: 3, step: 0, images: 0 };
    let mut few = [1; 16];
    few[5] = 0;
    let mut unpaired = built(&["widths=[4]", "critic_width=4"]);
    let losses = unpaired.step(&with_labels(few), at);
    assert!(losses.iter().all(|(_, value)| value.is_finite()) && losses[0].1 > 0.0, "{losses:?}");
    let before = crate::stored::save(&mut unpaired);
    let losses = unpaired.step(&with_labels([1; 16]), at);
    assert!(losses.iter().all(|(_, value)| *value == 0.0), "{losses:?}");
    assert_eq!(before, crate::stored::save(&mut unpaired));
    let Examples { given, .. } = unpaired.examples(&with_labels([1; 16]), &mut Random::new(1, "", 0));
    assert_eq!(given.dims(), [0, 3, 16, 16]);
}

#[test]
fn other_numbers_of_classes_are_refused_with_the_remedy() {
    for classes in [0, 1, 3] {
        let error = build(&table(&[]), &scene(classes)).err().map(|error| error.to_string());
        let error = error.unwrap_or_default();
        assert!(error.contains("two folders inside one") && error.contains("reverse = true"), "{error}");
    }
}
