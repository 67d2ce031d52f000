//! A style that is learned from drawn pictures.

use burn::tensor::Device;
use impasto_nn::{tensor, values};

use super::*;
use crate::config::{Config as Whole, Request};

fn scene(width: usize, height: usize) -> Scene {
    Scene { width, height, channels: 3, classes: 0, seed: Some(5), device: Device::flex() }
}

fn recipe(scene: &Scene) -> FastStyle {
    // So short a training needs long steps, and a loss that is not mostly what a picture shows.
    let set = [
        "recipe=fast-style",
        "width=6",
        "blocks=2",
        "style_size=32",
        "strength=0.5",
        "rate=2e-3",
        "beta2=0.99",
    ];
    let set = set.map(str::to_owned).to_vec();
    let table = Whole::resolve(&Request { set, ..Request::default() }).unwrap().table;
    FastStyle::new(settings_from(&table).unwrap(), scene)
}

fn equipped(scene: &Scene) -> FastStyle {
    let mut recipe = recipe(scene);
    recipe.equip(Aids::drawn(&scene.device)).unwrap();
    recipe
}

fn drawn(scene: &Scene, count: usize, key: u64) -> Batch {
    taught::drawn(scene, count, key, 3.0)
}

#[test]
fn the_loss_on_pictures_that_were_not_learned_falls_by_a_third() {
    let scene = scene(32, 32);
    let mut recipe = equipped(&scene);
    let away = |recipe: &FastStyle| {
        let Batch { pictures, .. } = drawn(&scene, 4, 1000);
        recipe.away(&pictures, &recipe.translate(pictures.clone())).unwrap()
    };
    let before = away(&recipe);
    for step in 0..60 {
        recipe.step(&drawn(&scene, 4, step), Progress { seed: 1, step, images: 4 * step });
    }
    let after = away(&recipe);
    assert!(after < before * 2.0 / 3.0, "from {before} to {after}");
}

#[test]
fn parts_of_a_picture_are_what_they_are_in_the_whole() {
    let scene = scene(32, 32);
    let mut recipe = equipped(&scene);
    recipe.step(&drawn(&scene, 2, 1), Progress::default());
    let net = recipe.pupil.average.network();
    let large = drawn(&Scene { width: 192, height: 160, ..scene }, 1, 2).pictures;
    let whole = net.forward(large.clone(), &mut Moments::Own);
    let moments = net.moments(large.clone());
    let given = || Moments::Given(moments.iter().cloned().collect());
    let inside = |x: Tensor<4>, at: usize| x.narrow(3, at, 32);
    let part = net.forward(large.narrow(3, 32, 160), &mut given());
    let far = |at: usize| values((inside(part.clone(), at - 32) - inside(whole.clone(), at)).abs().max())[0];
    assert!(far(112) < 1e-4, "far from where it was cut, it differs by {}", far(112));
    assert!(far(32) > far(112), "where it was cut there is a mirror image in the place of a picture");
}

#[test]
fn very_large_pictures_are_made_smaller_until_they_can_be_looked_at() {
    let x = Tensor::<4>::ones([1, 3, 50, 90], &Device::flex());
    assert_eq!(smaller(x.clone(), 100).dims(), [1, 3, 50, 90]);
    assert_eq!(smaller(x, 30).dims(), [1, 3, 13, 23]);
}

#[test]
fn transparent_places_stay_transparent_and_a_run_without_its_style_still_paints() {
    let scene = Scene { channels: 4, ..scene(16, 16) };
    let recipe = recipe(&scene);
    let mut values = vec![0.5; 4 * 256];
    values[3 * 256..3 * 256 + 128].fill(-1.0);
    let x = tensor::<4>(values, [1, 4, 16, 16], &scene.device);
    let made = impasto_nn::values(recipe.translate(x.clone()));
    assert!(made[3 * 256..].iter().zip([-1.0, 0.5].map(|a| [a; 128]).concat()).all(|(a, b)| *a == b));
    assert!((0..3).all(|channel| made[channel * 256] == -1.0), "no colour where there is nothing");
    assert_eq!(recipe.away(&x, &recipe.translate(x.clone())), None);
}

#[test]
fn a_style_that_cannot_be_seen_is_refused() {
    let error = recipe(&scene(6, 32)).equip(Aids::drawn(&Device::flex())).err();
    assert!(error.is_some_and(|error| error.to_string().contains("too small")));
}
