//! What conformance can't see: what happens at the switch from stage one to stage two, and what each stage is.

use burn::tensor::Device;
use impasto_nn::{one_hot, tensor, values};

use super::*;
use crate::recipes::augmenter::{Augment, AugmentConfig};
use crate::recipes::duel::DuelConfig;
use crate::run::{Checkpoint, Weights};
use crate::stored;

const BATCH: u64 = 4;
const CLASSES: usize = 2;
/// Steps of stage one.
const STEPS_ONE: u64 = 3;

fn scene([width, height, channels]: [usize; 3]) -> Scene {
    Scene { width, height, channels, classes: CLASSES, seed: Some(3), device: Device::flex() }
}

/// A recipe; without a seed it waits to be loaded.
fn stack(scene: &Scene, shrink: usize, seed: Option<u64>) -> Stack {
    let duel = DuelConfig { latent: 5, ..DuelConfig::default() };
    let painter = painter::Config { widths: vec![6, 5], duel, ..painter::Config::default() };
    // One picture less than so many batches: the last batch of stage one may reach beyond.
    let stage_one = (STEPS_ONE * BATCH - 1) as f64 / 1000.0;
    Stack::new(Config { stage_one, shrink, painter }, &Scene { seed, ..scene.clone() })
}

fn ready() -> (Stack, Scene) {
    let scene = scene([16, 18, 3]);
    (stack(&scene, 2, Some(3)), scene)
}

fn train(stack: &mut Stack, scene: &Scene, steps: std::ops::Range<u64>) -> Vec<Losses> {
    let step = |step: u64| {
        let mut random = Random::new(9, "pictures", step);
        let shape = [BATCH as usize, scene.channels, scene.height, scene.width];
        let pictures = tensor(random.uniforms(shape.iter().product(), -1.0, 1.0), shape, &scene.device);
        let classes = Some(one_hot(&[0, 1, 1, 0], CLASSES, &scene.device));
        stack.step(&Batch { pictures, classes }, Progress { seed: 7, step, images: step * BATCH })
    };
    steps.map(step).collect()
}

fn painted(stack: &Stack, scene: &Scene) -> Vec<f32> {
    let z = Random::new(4, "latents", 0).normals(2 * stack.latent_size());
    let z = tensor(z, [2, stack.latent_size()], &scene.device);
    values(stack.paint(z, Some(one_hot(&[0, 1], CLASSES, &scene.device))))
}

/// The tensors of a stage, those to paint with and those to train with.
fn tensors(saved: &Checkpoint, stage: &str) -> Vec<(String, Vec<f32>)> {
    let all = saved.weights.iter().chain(&saved.state);
    let of_stage = all.filter(|(name, _)| name.starts_with(stage));
    of_stage.map(|(name, stored)| (name.clone(), stored.values.clone())).collect()
}

#[test]
fn a_training_that_is_cut_off_at_any_step_goes_on_to_the_bit_across_the_switch() {
    let (mut whole, scene) = ready();
    let losses = train(&mut whole, &scene, 0..6);
    for cut in 0..6 {
        let (mut before, mut after) = (ready().0, stack(&scene, 2, None));
        train(&mut before, &scene, 0..cut);
        assert_eq!(stored::load(&mut after, &stored::save(&mut before)), Ok(()), "cut off after {cut}");
        assert_eq!(painted(&before, &scene), painted(&after, &scene), "cut off after {cut}");
        assert_eq!(train(&mut after, &scene, cut..6), losses[cut as usize..], "cut off after {cut}");
        assert_eq!(stored::save(&mut after), stored::save(&mut whole), "cut off after {cut}");
    }
}

#[test]
fn a_training_that_goes_back_to_stage_one_comes_to_the_same_stage_two() {
    let (mut stack, scene) = ready();
    train(&mut stack, &scene, 0..2);
    let early = stored::save(&mut stack);
    train(&mut stack, &scene, 2..5);
    let late = stored::save(&mut stack);
    assert_eq!(stored::load(&mut stack, &early), Ok(()));
    assert!(stack.two.is_none());
    train(&mut stack, &scene, 2..5);
    assert_eq!(stored::save(&mut stack), late);
}

#[test]
fn the_weights_alone_know_which_stage_paints() {
    for steps in [2, 5] {
        let (mut trained, scene) = ready();
        train(&mut trained, &scene, 0..steps);
        let tensors = stored::save(&mut trained).weights;
        let mut loaded = stack(&scene, 2, None);
        let weights = Weights { tensors, ..Weights::default() };
        assert_eq!(stored::load_weights(&mut loaded, &weights), Ok(()));
        assert_eq!(painted(&loaded, &scene), painted(&trained, &scene), "after {steps} steps");
    }
}

#[test]
fn stage_two_begins_with_the_picture_of_stage_one_brought_up() {
    let (mut stack, scene) = ready();
    train(&mut stack, &scene, 0..STEPS_ONE);
    let small = painted(&stack, &scene);
    stack.two = Some(stack.stage_two(Some(1)));
    assert_eq!(painted(&stack, &scene), small);
    train(&mut stack, &scene, STEPS_ONE..STEPS_ONE + 2);
    assert_ne!(painted(&stack, &scene), small);
}

#[test]
fn stage_one_rests_while_stage_two_learns_with_all_its_weights() {
    let (mut stack, scene) = ready();
    train(&mut stack, &scene, 0..STEPS_ONE);
    let first = stored::save(&mut stack);
    assert!(tensors(&first, "two.").is_empty(), "stage two is made when its turn comes");
    // Its last layer begins at zero, and so do blocks: the weights before those move when they have.
    train(&mut stack, &scene, STEPS_ONE..STEPS_ONE + 1);
    let second = stored::save(&mut stack);
    train(&mut stack, &scene, STEPS_ONE + 1..STEPS_ONE + 4);
    let third = stored::save(&mut stack);
    assert_eq!(tensors(&first, "one."), tensors(&third, "one."));
    for (old, new) in tensors(&second, "two.").iter().zip(tensors(&third, "two.")) {
        assert_ne!(*old, new, "{} has not moved", old.0);
    }
}

#[test]
fn a_training_that_starts_from_a_finished_one_takes_its_stage_one_and_says_so() {
    let (mut finished, scene) = ready();
    train(&mut finished, &scene, 0..6);
    let finished = stored::save(&mut finished);
    let mut stack = stack(&scene, 2, Some(8));
    let taken = stored::start_from(&mut stack, &finished);
    assert!(taken.taken > 0 && taken.left.is_empty(), "{:?}", taken.left);
    assert!(
        taken.over.iter().all(|name| name.starts_with("two.")) && !taken.over.is_empty(),
        "{:?}",
        taken.over
    );
    assert!(stack.two.is_none());
    let started = stored::save(&mut stack);
    let weights = |saved: &Checkpoint| -> Vec<_> {
        saved
            .weights
            .iter()
            .filter(|(name, _)| name.starts_with("one."))
            .map(|(_, stored)| stored.clone())
            .collect()
    };
    assert_eq!(weights(&started), weights(&finished));
}

#[test]
fn stage_two_augments_as_much_as_stage_one_came_to_and_nothing_of_it_is_frozen() {
    let scene = scene([16, 18, 3]);
    let augmentation =
        AugmentConfig { augment: Augment::Adaptive, augment_strength: 0.2, ..AugmentConfig::default() };
    let duel = DuelConfig { latent: 5, augmentation, ..DuelConfig::default() };
    let painter = painter::Config { widths: vec![6, 5], freeze: 1, duel, ..painter::Config::default() };
    let stage_one = (STEPS_ONE * BATCH) as f64 / 1000.0;
    let mut stack = Stack::new(Config { stage_one, shrink: 2, painter }, &scene);
    let strength = |losses: &Losses| losses.iter().find(|(name, _)| *name == "augmentation").unwrap().1;
    let losses = train(&mut stack, &scene, 0..STEPS_ONE);
    assert_eq!(strength(&losses[2]), 0.2);
    assert!(stack.raise_augmentation());
    let losses = train(&mut stack, &scene, STEPS_ONE..STEPS_ONE + 1);
    assert!((strength(&losses[0]) - 0.3).abs() < 1e-6, "{}", strength(&losses[0]));
    let critic = |stack: &mut Stack| tensors(&stored::save(stack), "two.critic.first.weight");
    let before = critic(&mut stack);
    train(&mut stack, &scene, STEPS_ONE + 1..STEPS_ONE + 3);
    assert_ne!(critic(&mut stack), before);
}

#[test]
fn figures_say_which_stage_they_are_of() {
    let (mut stack, scene) = ready();
    let names = |losses: &Losses| losses.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let losses = train(&mut stack, &scene, 0..STEPS_ONE + 1);
    let [one, two] = [2, 3].map(|step| names(&losses[step]));
    let all_through = ["real_accuracy", "fake_accuracy"];
    assert!(one.iter().all(|name| name.ends_with("_one") || all_through.contains(name)), "{one:?}");
    assert!(two.iter().all(|name| name.ends_with("_two") || all_through.contains(name)), "{two:?}");
    assert_eq!(one.len(), two.len());
}

#[test]
fn any_shape_with_room_for_two_stages_is_painted_in_both() {
    for (shape, shrink) in
        [([16, 16, 1], 2), ([28, 28, 1], 2), ([31, 17, 3], 2), ([29, 45, 4], 4), ([64, 32, 4], 4)]
    {
        let scene = scene(shape);
        let mut stack = stack(&scene, shrink, Some(3));
        for steps in [0..1, 3..4] {
            train(&mut stack, &scene, steps);
            let pixels = painted(&stack, &scene);
            assert_eq!(pixels.len(), 2 * scene.pixels(), "{shape:?}");
            assert!(pixels.iter().all(|value| (-1.0..=1.0).contains(value)), "{shape:?}");
        }
        assert!(stack.two.is_some());
    }
}

#[test]
fn pictures_without_room_for_two_stages_are_refused_with_both_sizes() {
    let refused = |shape, shrink| {
        let config = Config { shrink, ..Config::default() };
        config.check(&scene(shape)).err().map(|error| error.to_string())
    };
    let told = refused([64, 14, 3], 2).expect("7 pixels are too few");
    assert!(told.contains("64 x 14") && told.contains("32 x 7") && told.contains("sides of 15"), "{told}");
    assert_eq!(refused([64, 15, 3], 2), None);
    let told = refused([28, 64, 3], 4).expect("7 pixels are too few");
    assert!(told.contains("7 x 16") && told.contains("sides of 29"), "{told}");
    assert_eq!(refused([29, 64, 3], 4), None);
}
