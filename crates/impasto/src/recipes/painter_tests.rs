//! The critic's penalties against finite differences, of a plain critic in f64.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor};
use impasto_nn::layers::Trace;
use impasto_nn::{exchange, one_hot, tensor, values};
use impasto_random::Random;

use super::*;
use crate::recipe::{Batch, Paint, Progress, Recipe};
use crate::recipes::augmenter::{Augment, AugmentConfig};
use crate::recipes::duel::Critic;

const HEIGHT: usize = 9;
const WIDTH: usize = 8;
const CHANNELS: usize = 2;
const CLASSES: usize = 2;

fn eye() -> (Discriminator, BTreeMap<String, Vec<f64>>) {
    let scene = Scene {
        width: WIDTH,
        height: HEIGHT,
        channels: CHANNELS,
        classes: CLASSES,
        seed: Some(3),
        device: Device::flex(),
    };
    let config = Config { widths: vec![3, 4], blocks: vec![1], ..Config::default() };
    let mut eye = Discriminator::new(&Plan::new(&config, &scene), &scene).train();
    // Its own first weights are zero at some places.
    let mut random = Random::new(5, "weights", 0);
    let mut plain = BTreeMap::new();
    exchange(&mut eye, "", &mut |name, shape, _| {
        let drawn: Vec<f32> = random.normals(shape.iter().product()).iter().map(|v| v * 0.3).collect();
        plain.insert(name.trim_start_matches('.').to_owned(), drawn.iter().map(|&v| f64::from(v)).collect());
        Some(drawn)
    });
    (eye, plain)
}

/// A picture or feature maps: channels, height, width.
#[derive(Clone)]
struct Maps(usize, usize, usize, Vec<f64>);

impl Maps {
    fn at(&self, channel: usize, y: isize, x: isize) -> f64 {
        let Self(_, height, width, values) = self;
        let inside = y >= 0 && x >= 0 && y < *height as isize && x < *width as isize;
        if inside { values[(channel * height + y as usize) * width + x as usize] } else { 0.0 }
    }

    fn convolved(&self, weight: &[f64], bias: Option<&Vec<f64>>, kernel: usize) -> Self {
        let &Self(inputs, height, width, _) = self;
        let outputs = weight.len() / (inputs * kernel * kernel);
        let reach = (kernel / 2) as isize;
        let mut out = Vec::new();
        for output in 0..outputs {
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                let mut sum = bias.map_or(0.0, |bias| bias[output]);
                for input in 0..inputs {
                    for (dy, dx) in (0..kernel).flat_map(|dy| (0..kernel).map(move |dx| (dy, dx))) {
                        let place = [y as isize + dy as isize - reach, x as isize + dx as isize - reach];
                        let weight = weight[((output * inputs + input) * kernel + dy) * kernel + dx];
                        sum += weight * self.at(input, place[0], place[1]);
                    }
                }
                out.push(sum);
            }
        }
        Self(outputs, height, width, out)
    }

    fn leaky(mut self) -> Self {
        self.3.iter_mut().for_each(|v| *v = if *v > 0.0 { *v } else { 0.2 * *v });
        self
    }

    fn plus(mut self, other: &Self) -> Self {
        self.3.iter_mut().zip(&other.3).for_each(|(a, b)| *a += b);
        self
    }

    fn halved(&self) -> Self {
        let &Self(channels, height, width, _) = self;
        let inside = |place: isize, side: usize| place.clamp(0, side as isize - 1);
        let (down, across) = (height.div_ceil(2), width.div_ceil(2));
        let taps = [0.125, 0.375, 0.375, 0.125];
        let mut out = Vec::new();
        for (channel, y, x) in
            (0..channels).flat_map(|c| (0..down).flat_map(move |y| (0..across).map(move |x| (c, y, x))))
        {
            let mut sum = 0.0;
            for (dy, dx) in (0..4).flat_map(|dy| (0..4).map(move |dx| (dy, dx))) {
                let y = inside(2 * y as isize - 1 + dy as isize, height);
                let x = inside(2 * x as isize - 1 + dx as isize, width);
                sum += taps[dy] * taps[dx] * self.at(channel, y, x);
            }
            out.push(sum);
        }
        Self(channels, down, across, out)
    }
}

/// The same critic, written plainly.
fn logit(weights: &BTreeMap<String, Vec<f64>>, picture: &[f64], class: usize) -> f64 {
    let of = |name: &str| &weights[name];
    let block = |x: Maps, stage: usize| {
        let name = |part: &str| format!("stages.{stage}.blocks.0.{part}");
        let inner = x.convolved(of(&name("first.weight")), Some(of(&name("first.bias"))), 3).leaky();
        inner.convolved(of(&name("second.weight")), None, 3).plus(&x)
    };
    let x = Maps(CHANNELS, HEIGHT, WIDTH, picture.to_vec());
    let x = x.convolved(of("first.weight"), Some(of("first.bias")), 3).leaky();
    let x = block(x, 0).halved().convolved(of("stages.0.onward.weight"), None, 1);
    let x = block(x, 1).convolved(of("before_last.weight"), Some(of("before_last.bias")), 3).leaky();
    let embedding = &of("embedding.weight")[class * x.3.len()..][..x.3.len()];
    let seen = x.3.iter().zip(of("last.weight").iter().zip(embedding));
    of("last.bias")[0] + seen.map(|(x, (last, class))| x * (last + class)).sum::<f64>()
}

/// The input gradient, by differences; between its kinks the critic is linear, so they are exact.
fn slope(weights: &BTreeMap<String, Vec<f64>>, picture: &[f64], class: usize) -> Vec<f64> {
    const STEP: f64 = 1e-6;
    let moved = |at: usize, by: f64| {
        let mut picture = picture.to_vec();
        picture[at] += by;
        logit(weights, &picture, class)
    };
    (0..picture.len()).map(|at| (moved(at, STEP) - moved(at, -STEP)) / (2.0 * STEP)).collect()
}

struct GradientsOf<'a>(&'a Gradients, Vec<Option<Vec<f32>>>);

impl ModuleVisitor for GradientsOf<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.1.push(param.val().grad(self.0).map(values));
    }
}

fn pictures() -> (Vec<f32>, [u32; 2]) {
    (Random::new(8, "pictures", 0).normals(2 * CHANNELS * HEIGHT * WIDTH), [1, 0])
}

fn ours(eye: &Discriminator) -> (Vec<f32>, Tensor<4>) {
    let (pixels, labels) = pictures();
    let device = Device::flex();
    let x = tensor(pixels, [2, CHANNELS, HEIGHT, WIDTH], &device).autodiff();
    let classes = Some(one_hot(&labels, CLASSES, &device));
    let mut trace = Trace::kept();
    let logits = eye.judge(x, classes.clone(), &mut trace);
    let ones = Tensor::<2>::ones([2, 1], &device).autodiff();
    (values(logits.inner()), eye.slope(ones, classes, &mut trace))
}

#[test]
fn logits_and_input_gradients_are_those_of_the_plain_critic() {
    let (eye, weights) = eye();
    let (pixels, labels) = pictures();
    let (logits, slopes) = ours(&eye);
    let slopes = values(slopes.inner());
    let size = CHANNELS * HEIGHT * WIDTH;
    for (number, &label) in labels.iter().enumerate() {
        let picture: Vec<f64> = pixels[number * size..][..size].iter().map(|&v| f64::from(v)).collect();
        let by_hand = logit(&weights, &picture, label as usize);
        assert!((f64::from(logits[number]) - by_hand).abs() < 1e-4, "{} against {by_hand}", logits[number]);
        let by_hand = slope(&weights, &picture, label as usize);
        for (ours, by_hand) in slopes[number * size..].iter().zip(by_hand) {
            assert!((f64::from(*ours) - by_hand).abs() < 1e-4 * by_hand.abs().max(0.1), "{ours}, {by_hand}");
        }
    }
}

#[test]
fn the_gradient_of_the_penalty_for_every_weight_agrees_with_finite_differences() {
    let (mut eye, weights) = eye();
    let gradients = ours(&eye).1.square().sum().backward();
    let mut found = GradientsOf(&gradients, Vec::new());
    eye.visit(&mut found);
    let mut found = found.1.into_iter();
    let (pixels, labels) = pictures();
    let penalty = |weights: &BTreeMap<String, Vec<f64>>| -> f64 {
        let each = pixels.chunks_exact(CHANNELS * HEIGHT * WIDTH).zip(labels).map(|(picture, label)| {
            let picture: Vec<f64> = picture.iter().map(|&v| f64::from(v)).collect();
            slope(weights, &picture, label as usize).iter().map(|g| g * g).sum::<f64>()
        });
        each.sum()
    };
    let mut names = Vec::new();
    exchange(&mut eye, "", &mut |name, _, _| {
        names.push(name.trim_start_matches('.').to_owned());
        None
    });
    let mut checked = 0;
    for name in names {
        let ours = found.next().flatten();
        // A few values of each tensor: each takes hundreds of looks.
        let count = weights[&name].len();
        for at in [0, count / 2, count - 1] {
            const STEP: f64 = 1e-5;
            let moved = |by: f64| {
                let mut weights = weights.clone();
                weights.get_mut(&name).expect("a known name")[at] += by;
                penalty(&weights)
            };
            let by_hand = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            let ours = ours.as_ref().map_or(0.0, |values| f64::from(values[at]));
            assert!(
                (ours - by_hand).abs() < 2e-3 * by_hand.abs().max(1.0),
                "{name}[{at}]: {ours}, {by_hand}"
            );
            checked += usize::from(by_hand != 0.0);
        }
    }
    assert!(checked > 20, "only {checked} weights have a slope at all");
}

#[test]
fn frozen_stages_take_no_gradient_and_the_others_do() {
    let (eye, _) = eye();
    let eye = eye.frozen(1);
    let gradients = ours(&eye).1.square().sum().backward();
    let mut names = Vec::new();
    exchange(&mut eye.clone(), "", &mut |name, _, _| {
        names.push(name.to_owned());
        None
    });
    let mut found = GradientsOf(&gradients, Vec::new());
    eye.visit(&mut found);
    for (name, gradient) in names.iter().zip(found.1) {
        let is_frozen = name.starts_with(".first.") || name.starts_with(".stages.0.");
        let is_weight = name.ends_with("weight");
        assert_eq!(gradient.is_some(), !is_frozen && is_weight, "{name}");
    }
}

#[test]
fn what_falls_out_has_no_part_in_logits_and_input_gradients() {
    let (eye, _) = eye();
    let device = Device::flex();
    let (pixels, labels) = pictures();
    let looked = |share: f64, number: u64| {
        let x = tensor(pixels.clone(), [2, CHANNELS, HEIGHT, WIDTH], &device).autodiff().require_grad();
        let classes = Some(one_hot(&labels, CLASSES, &device));
        let mut trace = Trace::kept().dropping(share, Random::new(1, "dropout", number));
        let logits = eye.judge(x.clone(), classes.clone(), &mut trace);
        // The second picture alone, as the penalties look at some.
        let ones = Tensor::<2>::ones([1, 1], &device).autodiff();
        let slope = eye.slope(ones, classes.map(|classes| classes.narrow(0, 1, 1)), &mut trace.of(1..2));
        let gradients = logits.clone().sum().backward();
        let by_autodiff = values(x.grad(&gradients).expect("a picture's gradient").narrow(0, 1, 1));
        for (ours, by_autodiff) in values(slope.inner()).iter().zip(&by_autodiff) {
            assert!((ours - by_autodiff).abs() < 1e-4 * by_autodiff.abs().max(0.1), "{ours}, {by_autodiff}");
        }
        values(logits.inner())
    };
    assert_eq!(looked(0.0, 1), looked(0.0, 2));
    assert_ne!(looked(0.4, 1), looked(0.0, 1));
    assert_ne!(looked(0.4, 1), looked(0.4, 2));
}

/// A painter of one tone, which may be beyond white, at play; the critic's logits are so many times what they would be.
fn of_one_tone(tone: f32, augmentation: AugmentConfig, times: f32) -> (Duel<Painter, Discriminator>, Scene) {
    let scene = Scene { width: 8, height: 8, channels: 1, classes: 0, seed: Some(3), device: Device::flex() };
    let duel = DuelConfig { latent: 4, rate: 0.05, augmentation, ..DuelConfig::default() };
    let config = Config { widths: vec![4], duel, ..Config::default() };
    let plan = Plan::new(&config, &scene);
    let mut painter = Painter::new(&config, &plan, &scene);
    exchange(&mut painter, "", &mut |name, shape, _| {
        let filled = |with: f32| Some(vec![with; shape.iter().product()]);
        match name.trim_start_matches('.') {
            "last.weight" => filled(0.0),
            "last.bias" => filled(tone),
            _ => None,
        }
    });
    let mut eye = Discriminator::new(&plan, &scene);
    let last = values(eye.last.weight().clone());
    exchange(&mut eye, "", &mut |name, _, _| {
        (name.trim_start_matches('.') == "last.weight").then(|| last.iter().map(|v| v * times).collect())
    });
    (Duel::new(config.duel, &scene, painter, eye), scene)
}

#[test]
fn beyond_white_a_critic_sees_white_and_the_way_back_is_open() {
    let black =
        |scene: &Scene| Batch { pictures: Tensor::full([4, 1, 8, 8], -1.0, &scene.device), classes: None };
    let at = |step: u64| Progress { seed: 7, step, images: 4 * step };
    let critic_at_first = |tone: f32| {
        let (mut duel, scene) = of_one_tone(tone, AugmentConfig::default(), 1.0);
        let losses = duel.step(&black(&scene), at(0));
        losses.into_iter().find(|(name, _)| *name == "critic").unwrap()
    };
    assert_eq!(critic_at_first(2.0), critic_at_first(3.0));
    assert_ne!(critic_at_first(2.0), critic_at_first(0.5));

    let (mut duel, scene) = of_one_tone(2.0, AugmentConfig::default(), 1.0);
    (0..200).for_each(|step| drop(duel.step(&black(&scene), at(step))));
    let latents = tensor(Random::new(1, "z", 0).normals(8 * 4), [8, 4], &scene.device);
    let brightest = values(duel.paint(latents, None)).into_iter().fold(f32::MIN, f32::max);
    assert!(brightest < 0.9, "{brightest}: all tones were 2, which is shown as 1");
}

#[test]
fn tones_are_driven_beyond_white_only_where_pictures_are_not_augmented() {
    let gradient = |tone: f32, augment: Augment| {
        let augmentation = AugmentConfig { augment, augment_strength: 0.0, ..AugmentConfig::default() };
        let (mut duel, scene) = of_one_tone(tone, augmentation, 1.0);
        let pictures = Tensor::full([4, 1, 8, 8], 1.0, &scene.device);
        let at = Progress { seed: 7, step: 0, images: 0 };
        let losses = duel.step(&Batch { pictures, classes: None }, at);
        losses.into_iter().find(|(name, _)| *name == "generator_gradient").unwrap().1
    };
    let [as_they_are, augmented] =
        [Augment::Off, Augment::Fixed].map(|augment| [0.5, 1.1, 1.5].map(|tone| gradient(tone, augment)));
    assert_eq!(as_they_are[0], augmented[0], "within the range all gradients pass");
    assert_ne!(as_they_are[1], augmented[1], "a little beyond it some do");
    assert_eq!(as_they_are[2], augmented[2], "far beyond it only those that lead back");
}

#[test]
fn a_painter_learns_the_more_the_further_it_lies_behind() {
    let gradient = |real: f32, times: f32| {
        let (mut duel, scene) = of_one_tone(0.0, AugmentConfig::default(), times);
        let pictures = Tensor::full([4, 1, 8, 8], real, &scene.device);
        let losses = duel.step(&Batch { pictures, classes: None }, Progress { seed: 7, step: 0, images: 0 });
        let of = |wanted| losses.iter().find(|(name, _)| *name == wanted).unwrap().1;
        (of("generator"), of("generator_gradient") / f64::from(times))
    };
    // A critic of chance takes either black or white for real.
    let behind = |times| {
        [-1.0, 1.0].map(|real| gradient(real, times)).into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
    };
    let (lead, far) = behind(1e4);
    assert!(lead > 100.0, "{lead} is no lead that counts");
    assert!(far > behind(1.0).1, "{far} and {}", behind(1.0).1);
}

#[test]
fn frozen_stages_stay_as_they_are_while_the_others_learn() {
    let scene =
        Scene { width: 16, height: 16, channels: 1, classes: 0, seed: Some(3), device: Device::flex() };
    let config = Config { widths: vec![4], ..Config::default() };
    let plan = Plan::new(&config, &scene);
    let eye = Discriminator::new(&plan, &scene).frozen(1);
    let mut duel = Duel::new(config.duel.clone(), &scene, Painter::new(&config, &plan, &scene), eye);
    let mut critic = || crate::stored::save(&mut duel).state;
    let before = critic();
    let batch = Batch { pictures: Tensor::full([4, 1, 16, 16], 0.5, &scene.device), classes: None };
    // Blocks begin at zero: the weights before those move when they have.
    (0..3).for_each(|step| drop(duel.step(&batch, Progress { seed: 7, step, images: 4 * step })));
    for (name, stored) in
        crate::stored::save(&mut duel).state.iter().filter(|(name, _)| name.starts_with("critic."))
    {
        let is_frozen = name.starts_with("critic.first.") || name.starts_with("critic.stages.0.");
        assert_eq!(before[name] == *stored, is_frozen, "{name}");
    }
}

#[test]
fn tiles_that_would_not_close_are_refused_with_the_next_size_that_does() {
    let refused = |width: usize, height: usize, tileable: bool| {
        let scene = Scene { width, height, channels: 1, classes: 0, seed: Some(3), device: Device::flex() };
        let config = Config { duel: DuelConfig { tileable, ..DuelConfig::default() }, ..Config::default() };
        Plan::new(&config, &scene).check_tiles().err().map(|error| error.to_string())
    };
    let told = refused(50, 64, true).unwrap_or_default();
    assert!(told.contains("50 x 64") && told.contains("a size of 56x64"), "{told}");
    assert_eq!(refused(56, 64, true), None);
    assert_eq!(refused(28, 28, true), None);
    assert_eq!(refused(50, 64, false), None);
}

#[test]
fn tiles_close_up_to_the_first_layer() {
    let scene =
        Scene { width: 16, height: 24, channels: 1, classes: 0, seed: Some(3), device: Device::flex() };
    let painted = |tileable: bool| {
        let duel = DuelConfig { tileable, ..DuelConfig::default() };
        let config = Config { widths: vec![8], duel, ..Config::default() };
        let painter = Painter::new(&config, &Plan::new(&config, &scene), &scene);
        let latents = tensor(Random::new(1, "z", 0).normals(32 * 64), [32, 64], &scene.device);
        crate::paint::pictures(painter.paint(&[latents], None).mul_scalar(0.3))
    };
    let seam = |tileable| {
        let pictures = painted(tileable);
        pictures.iter().map(crate::measure::seam).sum::<f64>() / pictures.len() as f64
    };
    // Untrained nets paint smooth noise, whose first layer knows nothing of its neighbours.
    assert!(seam(true) < 0.8 * seam(false), "{} and {}", seam(true), seam(false));
}
