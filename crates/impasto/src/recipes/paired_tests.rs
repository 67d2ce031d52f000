use super::*;
use burn::tensor::Device;
use impasto_nn::values;
use impasto_system::Span;

use crate::config::{Config as Whole, Request};
use crate::translate::Tiling;

fn scene(width: usize, height: usize) -> Scene {
    Scene { width, height, channels: 3, classes: 0, seed: Some(5), device: Device::flex() }
}

fn built(set: &[&str], scene: &Scene) -> Paired {
    let set = set.iter().map(|text| (*text).to_owned()).collect();
    let table = Whole::resolve(&Request { set, ..Request::default() }).unwrap().table;
    let config: Config = settings_from(&table).unwrap();
    config.check(scene).unwrap();
    Paired::new(config, scene)
}

/// Soft blobs: pictures in which neighbouring pixels are alike, as they are in real ones.
fn blobs(count: usize, width: usize, height: usize, step: u64) -> Tensor<4> {
    let coarse = Random::new(4, "blobs", step).uniforms(count * 3 * width * height / 64, -1.0, 1.0);
    make::grown(tensor(coarse, [count, 3, height / 8, width / 8], &Device::flex()), 8)
}

fn train(paired: &mut Paired, steps: u64, size: [usize; 2]) -> Vec<f64> {
    let step = |step| {
        let batch = Batch { pictures: blobs(8, size[0], size[1], step), classes: None };
        let losses = paired.step(&batch, Progress { seed: 3, step, images: 8 * step });
        losses.iter().find(|(name, _)| *name == "l1").map_or(f64::NAN, |(_, value)| *value)
    };
    (0..steps).map(step).collect()
}

#[test]
fn what_is_given_already_is_kept() {
    let repair = built(&["recipe=repair", "widths=[4]", "critic_width=4"], &scene(16, 16));
    let pictures = blobs(4, 16, 16, 1);
    let [given, truth] = repair.pairs(&pictures, &mut Random::new(1, "holes", 0));
    let made = repair.translate(given.clone());
    let kept = (given.narrow(1, 3, 1) - 1.0) * -0.5;
    let far = values(((made - truth) * kept).abs().max())[0];
    assert!(far < 1e-6, "outside of the holes nothing changes: {far}");
}

#[test]
fn it_learns_what_colour_follows_from_brightness() {
    // Each colour is a function of brightness here, so the truth can be found.
    let mut paired = built(
        &["recipe=paired", "widths=[8, 8]", "critic_width=4", "rate=2e-3", "average=0.9"],
        &scene(16, 16),
    );
    let mut last = (f64::NAN, f64::NAN);
    for step in 0..60 {
        let grey = make::grey(blobs(8, 16, 16, step));
        let pictures = Tensor::cat(vec![grey.clone(), grey.clone() * 0.5, grey * 0.2 - 0.3], 1);
        let batch = Batch { pictures, classes: None };
        let losses = paired.step(&batch, Progress { seed: 3, step, images: 8 * step });
        let l1 = losses.iter().find(|(name, _)| *name == "l1").map_or(f64::NAN, |(_, value)| *value);
        last = (if step == 0 { l1 } else { last.0 }, l1);
    }
    assert!(last.1 < 0.3 * last.0, "{last:?}");
}

#[test]
fn halves_of_pairs_are_given_and_made() {
    let beside = built(&["recipe=paired", "preset=beside", "widths=[4]", "critic_width=4"], &scene(32, 16));
    let pictures = blobs(2, 32, 16, 0);
    let [given, truth] = beside.pairs(&pictures, &mut Random::new(1, "", 0));
    assert_eq!((given.dims(), truth.dims()), ([2, 3, 16, 16], [2, 3, 16, 16]));
    assert_eq!(values(Tensor::cat(vec![given, truth], 3)), values(pictures));
}

#[test]
fn the_same_step_gives_the_same_holes_and_the_next_one_others() {
    let repair = built(&["recipe=repair", "widths=[4]", "critic_width=4"], &scene(16, 16));
    let of = |step| {
        let at = Progress { seed: 3, step, images: 0 };
        let [given, _] = repair.pairs(&blobs(2, 16, 16, 0), &mut at.random("pairs"));
        values(given.narrow(1, 3, 1))
    };
    assert!(of(1) == of(1) && of(1) != of(2));
    let [first, second] = [0, 256].map(|from| of(1)[from..from + 256].to_vec());
    assert_ne!(first, second, "each picture has its own");
}

#[test]
fn tiles_come_to_what_the_whole_picture_comes_to() {
    let mut paired = built(&["recipe=paired", "widths=[4, 6]", "critic_width=4"], &scene(32, 32));
    train(&mut paired, 10, [32, 32]);
    let [large, _] = paired.pairs(&blobs(1, 400, 240, 1), &mut Random::new(1, "", 0));
    let whole = paired.translate(large.clone());
    let mut tiles = 0;
    let mut work = |tile| {
        tiles += 1;
        paired.translate(tile)
    };
    let tiled = Tiling { side: 160, overlap: 64 }.apply(large, 1, &mut work, &mut Span::unwatched());
    let error = values(((tiled - whole) * 0.5).square().mean())[0];
    let psnr = -10.0 * error.log10();
    assert!(tiles > 4 && psnr > 40.0, "{tiles} tiles, {psnr} dB");
}

#[test]
fn what_does_not_fit_is_refused_with_the_remedy() {
    let refused = |set: &[&str], scene: &Scene| {
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        let table = Whole::resolve(&Request { set, ..Request::default() }).unwrap().table;
        build(&table, scene).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(
        refused(&["recipe=paired"], &Scene { channels: 1, ..scene(16, 16) }).contains("channels = \"rgb\"")
    );
    assert!(refused(&["recipe=enlarge", "preset=four"], &scene(18, 16)).contains("18 x 16"));
    assert!(refused(&["recipe=repair"], &Scene { classes: 3, ..scene(16, 16) }).contains("conditional"));
}
