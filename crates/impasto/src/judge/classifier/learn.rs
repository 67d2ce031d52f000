//! How the network is trained.

use impasto_system::{Monitor, Stage, Unit};

use burn::module::Module;
use burn::tensor::{Device, activation};
use impasto_nn::{Init, Mode, Optimiser, OptimiserKind, OptimiserSettings, Precision, exchange, one_hot};
use impasto_random::Random;

use super::lesson::{batch, shifted};
use super::network::Net;
use super::{BATCH, Classifier, Lesson, SEED, TRUST, Tensors};
use crate::run::Stored;

const RATE: f64 = 2e-3;

/// Trains a network; the same lesson gives the same one. Nothing where the work is stopped.
pub(super) fn learn(
    lesson: &Lesson,
    steps: usize,
    device: &Device,
    monitor: &mut dyn Monitor,
) -> Option<Tensors> {
    let shape = lesson.shape();
    let (held_back, learned) = lesson.split();
    let mut net = trained(lesson, &learned, steps, SEED, device, monitor)?;
    let mut tensors = stored(&mut net, [0, held_back.len(), learned.len()]);
    if let Some(classifier) = Classifier::from(&tensors, shape, device) {
        let right = lesson.right(&held_back, &classifier);
        tensors.insert(TRUST.to_owned(), counted([right, held_back.len(), learned.len()]));
    }
    Some(tensors)
}

/// A network, and how many it gets right, of how many that were held back, and how many it has learned from.
fn stored(net: &mut Net, counts: [usize; 3]) -> Tensors {
    let mut tensors = Tensors::from([(TRUST.to_owned(), counted(counts))]);
    exchange(net, "", &mut |name, shape, values| {
        let stored = Stored { shape: shape.to_vec(), values: values() };
        tensors.insert(name.trim_start_matches('.').to_owned(), stored);
        None
    });
    tensors
}

fn counted(counts: [usize; 3]) -> Stored {
    Stored { shape: vec![3], values: counts.map(|count| count as f32).to_vec() }
}

/// Trains a network on a whole lesson, nothing held back, and gives the share of another one that it is right on: for
/// experiments with what is learned from. The seed decides the first weights and what is seen when.
///
/// # Panics
/// When the two are of different shapes, or a lesson is empty.
pub fn few_labels(
    lesson: &Lesson,
    exam: &Lesson,
    steps: usize,
    seed: u64,
    device: &Device,
    monitor: &mut dyn Monitor,
) -> Option<f64> {
    let shape = lesson.shape();
    assert_eq!(shape, exam.shape(), "a lesson and its exam");
    let [learned, asked] = [lesson, exam].map(|one| (0..one.labels.len()).collect::<Vec<usize>>());
    let mut net = trained(lesson, &learned, steps, seed, device, monitor)?;
    let classifier = Classifier::from(&stored(&mut net, [0, 0, learned.len()]), shape, device);
    let classifier = classifier.expect("what was just learned has its own shape");
    Some(exam.right(&asked, &classifier) as f64 / asked.len() as f64)
}

fn trained(
    lesson: &Lesson,
    learned: &[usize],
    steps: usize,
    seed: u64,
    device: &Device,
    monitor: &mut dyn Monitor,
) -> Option<Net> {
    let shape = lesson.shape();
    let mut net = Net::new(shape, &mut Init::drawn(Random::new(seed, "classifier", 0), device)).train();
    let mut optimiser = Optimiser::new(OptimiserSettings {
        kind: OptimiserKind::Adam,
        rate: RATE,
        beta1: 0.9,
        beta2: 0.999,
        ..OptimiserSettings::default()
    });
    for step in 0..steps {
        let mut random = Random::new(seed, "classifier step", step as u64);
        let chosen: Vec<usize> = (0..BATCH).map(|_| *random.pick(learned)).collect();
        let pixels =
            chosen.iter().flat_map(|&at| shifted(lesson.picture(at), shape.side, &mut random)).collect();
        let labels: Vec<u32> = chosen.iter().map(|&at| lesson.labels[at]).collect();
        let x = batch(pixels, shape.channels, shape.side, device);
        let right = one_hot(&labels, shape.kinds, device).autodiff();
        // Down to nothing along a cosine (Loshchilov and Hutter, 2017).
        optimiser.set_share(0.5 + 0.5 * (std::f64::consts::PI * step as f64 / steps as f64).cos());
        Precision::F32.during(|| {
            let logits = net.forward(x, &Mode::Training(&mut random));
            let loss = (activation::log_softmax(logits, 1) * right).sum().neg().div_scalar(BATCH as f64);
            optimiser.step(&mut net, loss.backward());
        });
        if !monitor.count(Stage::Training, Unit::Pictures, (step + 1) * BATCH, steps * BATCH) {
            return None;
        }
    }
    Some(net)
}
