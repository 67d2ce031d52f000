use super::*;
use burn::tensor::Device;

use crate::config::{Config as Whole, Request};

const SIDE: usize = 16;
const SMALL: &[&str] = &[
    "recipe=variations",
    "widths=[8, 8]",
    "critic_width=4",
    "rate=2e-3",
    "critic_rate=5e-4",
    "l1=10",
    "penalty=0.3",
    "average=0.9",
];

fn scene() -> Scene {
    Scene { width: SIDE, height: SIDE, channels: 3, classes: 0, seed: Some(5), device: Device::flex() }
}

fn built(set: &[&str]) -> Variations {
    let set = SMALL.iter().chain(set).map(|text| (*text).to_owned()).collect();
    let table = Whole::resolve(&Request { set, ..Request::default() }).unwrap().table;
    let config: Config = settings_from(&table).unwrap();
    config.check(&scene()).unwrap();
    Variations::new(config, &scene())
}

/// Soft blobs: pictures in which neighbouring pixels are alike, as they are in real ones.
fn blobs(count: usize, step: u64) -> Tensor<4> {
    let coarse = Random::new(4, "blobs", step).uniforms(count * 12, -1.0, 1.0);
    make::grown(tensor(coarse, [count, 3, 2, 2], &Device::flex()), 8)
}

/// A figure, averaged over the last half of so many steps.
fn trained(variations: &mut Variations, steps: u64, figure: &str) -> f64 {
    let mut step = |step| {
        let batch = Batch { pictures: blobs(8, step), classes: None };
        let losses = variations.step(&batch, Progress { seed: 3, step, images: 8 * step });
        losses.iter().find(|(name, _)| *name == figure).map_or(f64::NAN, |(_, value)| *value)
    };
    let figures: Vec<f64> = (0..steps).map(&mut step).collect();
    let last = &figures[figures.len() / 2..];
    last.iter().sum::<f64>() / last.len() as f64
}

/// What becomes of a picture with this strength and the noise of this seed.
fn child(variations: &Variations, picture: &Tensor<4>, strength: f32, seed: u64) -> Tensor<4> {
    let random = &mut Random::new(seed, "noise", 0);
    variations.translate(make::pasted(picture.clone(), &[strength], variations.config.noise, random))
}

fn far(one: Tensor<4>, other: Tensor<4>) -> f32 {
    0.5 * values((one - other).abs().mean())[0]
}

#[test]
fn two_noises_give_two_pictures_and_one_noise_gives_one() {
    let mut variations = built(&["variety=0.1", "seeking=10"]);
    trained(&mut variations, 40, "apart");
    let picture = blobs(1, 99);
    let of = |seed| child(&variations, &picture, 1.0, seed);
    assert!(far(of(1), of(2)) > 0.02, "{}", far(of(1), of(2)));
    assert_eq!(values(of(1)), values(of(1)));
}

#[test]
fn results_lie_apart_because_that_is_asked_for() {
    let apart = |seeking: &str| trained(&mut built(&["variety=0.2", seeking]), 40, "apart");
    let [asked, unasked] = [apart("seeking=20"), apart("seeking=0")];
    assert!(asked > 1.5 * unasked, "{asked} and {unasked}");
}

#[test]
fn without_strength_nothing_changes_and_with_more_of_it_more() {
    let mut variations = built(&[]);
    trained(&mut variations, 30, "apart");
    let picture = blobs(1, 99);
    let changes =
        [0.0, 0.1, 0.9].map(|strength| far(child(&variations, &picture, strength, 1), picture.clone()));
    assert_eq!(changes[0], 0.0);
    assert!(changes[1] > 0.0 && changes[1] < changes[2], "{changes:?}");
}

#[test]
fn closeness_holds_results_near_to_what_was_pasted_together() {
    let too_far = |l1: &str| trained(&mut built(&["closeness=0.02", l1]), 40, "too_far");
    let [held, free] = [too_far("l1=100"), too_far("l1=0")];
    assert!(held < 0.5 * free, "{held} and {free}");
}

#[test]
fn pieces_of_others_are_pasted_in_and_the_rest_stays() {
    let pictures = Tensor::cat(vec![blobs(1, 1) * 0.2 - 0.7, blobs(3, 2) * 0.2 + 0.7], 0);
    let of = |seed| pasted(&pictures, &[0.4], &mut Random::new(seed, "pieces", 0));
    assert_eq!(of(1).dims(), [1, 3, SIDE, SIDE]);
    assert_eq!(values(of(1)), values(of(1)));
    assert_ne!(values(of(1)), values(of(2)));
    let own = values(pictures.clone().narrow(0, 0, 1));
    let made = values(of(1));
    let kept = made.iter().zip(&own).filter(|(made, own)| (**made - **own).abs() < 1e-5).count();
    let foreign = made.iter().filter(|value| **value > 0.3).count();
    assert!(kept > 200 && foreign > 50 && kept + foreign == made.len(), "{kept} kept, {foreign} pasted");
    let still = pasted(&pictures, &[0.0], &mut Random::new(1, "pieces", 0));
    assert!(far(still, pictures.narrow(0, 0, 1)) < 1e-6);
}

#[test]
fn a_batch_of_one_and_odd_ones_are_learned_from_too() {
    let mut variations = built(&[]);
    for count in [1, 3] {
        let batch = Batch { pictures: blobs(count, 1), classes: None };
        let losses = variations.step(&batch, Progress { seed: 3, step: count as u64, images: 0 });
        assert!(losses.iter().all(|(_, value)| value.is_finite()), "{count}: {losses:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_the_remedy() {
    let refused = |scene: &Scene, set: &str| {
        let set = vec!["recipe=variations".to_owned(), set.to_owned()];
        let config = Whole::resolve(&Request { set, ..Request::default() });
        config
            .and_then(|config| (ENTRY.build)(&config.table, scene).map(|_| ()))
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    assert!(refused(&Scene { classes: 3, ..scene() }, "noise=2").contains("leave out conditional"));
    assert!(refused(&scene(), "noise=0").contains("noise"));
    assert!(refused(&scene(), "variety=0").contains("variety"));
    assert!(refused(&scene(), "closeness=2").contains("closeness"));
}
