//! Styles that are learned from drawn pictures.

use impasto_nn::{tensor, values};

use super::*;
use crate::config::{Config as Whole, Request};

fn scene(channels: usize) -> Scene {
    Scene { width: 32, height: 32, channels, classes: 0, seed: Some(5), device: Device::flex() }
}

fn recipe(scene: &Scene) -> AnyStyle {
    let set = ["recipe=any-style", "width=8", "rate=3e-3", "beta2=0.99", "network=builtin"];
    let set = set.map(str::to_owned).to_vec();
    let table = Whole::resolve(&Request { set, ..Request::default() }).unwrap().table;
    let mut recipe = AnyStyle::new(settings_from(&table).unwrap(), scene);
    recipe.equip(Aids { style: None, ..Aids::drawn(&scene.device) }).unwrap();
    recipe
}

fn drawn(scene: &Scene, count: usize, key: u64) -> Batch {
    taught::drawn(scene, count, key, 9.0)
}

#[test]
fn the_loss_on_pictures_that_were_not_learned_falls_by_a_third() {
    let scene = scene(3);
    let mut recipe = recipe(&scene);
    let away = |recipe: &AnyStyle| {
        let Examples { given, .. } = recipe.examples(&drawn(&scene, 4, 1000), &mut Random::new(1, "", 0));
        recipe.away(&given, &recipe.translate(given.clone())).unwrap()
    };
    let before = away(&recipe);
    for step in 0..60 {
        recipe.step(&drawn(&scene, 4, step), Progress { seed: 1, step, images: 4 * step });
    }
    let after = away(&recipe);
    assert!(after < before * 2.0 / 3.0, "from {before} to {after}");
}

#[test]
fn the_decoder_that_is_handed_out_paints_the_same() {
    let scene = scene(3);
    let mut recipe = recipe(&scene);
    recipe.step(&drawn(&scene, 2, 1), Progress::default());
    let [channels, _] = one_pass("builtin");
    let seen = Random::new(1, "seen", 0).uniforms(channels * 5 * 3, 0.0, 2.0);
    let painted =
        recipe.pupil.average.network().forward(tensor(seen.clone(), [1, channels, 5, 3], &scene.device));
    let Decoder(chain) = recipe.decoder();
    let handed = chain.forward(Map::new(seen, [channels, 5, 3]), chain.last(), None, &mut |_, _| ());
    assert_eq!((painted.dims(), handed.shape()), ([1, 3, 20, 12], [3, 20, 12]));
    let far = values(painted).iter().zip(&handed.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(far < 1e-4, "{far}");
}

#[test]
fn each_picture_has_another_one_as_its_style_and_its_own_alpha() {
    let scene = scene(4);
    let batch = drawn(&scene, 3, 7);
    let given = with_styles(&batch.pictures);
    let own = |picture: usize, from: usize| values(given.clone().narrow(0, picture, 1).narrow(1, from, 4));
    assert!(own(0, 4) == own(1, 0) && own(2, 4) == own(0, 0) && own(0, 4) != own(0, 0));
    let made = recipe(&scene).translate(given.clone());
    assert_eq!(values(made.clone().narrow(1, 3, 1)), values(given.narrow(1, 3, 1)));
    let alone = with_styles(&batch.pictures.narrow(0, 0, 1));
    assert_eq!(alone.dims(), [1, 8, 32, 32]);
    let grey = Scene { channels: 1, ..scene };
    let given = with_styles(&drawn(&grey, 2, 8).pictures);
    assert_eq!(recipe(&grey).translate(given).dims(), [2, 1, 32, 32]);
}
