//! What the network is fed: pictures of six sources, shifted a little, half of them damaged.

use std::error::Error;
use std::path::Path;

use burn::tensor::{Device, Tensor, activation};
use impasto::features::builtin::SIDE;
use impasto_data::{Channels, Dataset, Preparation, synth};
use impasto_nn::{Mode, one_hot, tensor, values};
use impasto_random::Random;

use crate::damage::{KINDS, damage};
use crate::net::Net;

const AREA: usize = SIDE * SIDE;
const PICTURE: usize = 3 * AREA;
/// Folder, part with training pictures, pictures in a meal, mirrored, and whether each file is a class.
const SOURCES: [(&str, &str, usize, bool, bool); 5] = [
    ("cifar10", "train", 26, true, false),
    ("fashion-mnist", "train-images-idx3-ubyte.gz", 10, true, false),
    ("mnist", "train-images-idx3-ubyte", 6, false, false),
    ("fluent-emoji", "", 8, false, true),
    ("noto-emoji", "", 6, false, true),
];
/// Pictures of the test sets, in the same order.
const EXAMS: [(&str, &str); 3] = [
    ("cifar10", "test"),
    ("fashion-mnist", "t10k-images-idx3-ubyte.gz"),
    ("mnist", "t10k-images-idx3-ubyte"),
];
const DRAWN: usize = 8;
/// How far a picture is shifted at most.
const SHIFT: usize = 3;

struct Source {
    data: Dataset,
    count: usize,
    first_class: usize,
    each_is_a_class: bool,
}

/// All sources.
pub(crate) struct Diet {
    sources: Vec<Source>,
    /// First class of each motif, and how many.
    motifs: Vec<(usize, usize)>,
    classes: usize,
    exams: Vec<Dataset>,
}

/// A batch.
pub(crate) struct Meal {
    pub(crate) pictures: Tensor<4>,
    classes: Tensor<2>,
    damages: Tensor<2>,
}

impl Meal {
    /// The mean loss of the classes over the pictures that are whole, and of the damages over all.
    pub(crate) fn losses(&self, logits: [Tensor<2>; 2]) -> [Tensor<1>; 2] {
        let [classes, damages] = logits;
        [(classes, &self.classes), (damages, &self.damages)].map(|(logits, right)| {
            let count = values(right.clone().sum())[0].max(1.0);
            (activation::log_softmax(logits, 1) * right.clone()).sum().neg().div_scalar(count)
        })
    }
}

impl Diet {
    /// Opens all sets of the folder.
    pub(crate) fn open(sets: &Path) -> Result<Self, Box<dyn Error>> {
        let open = |name: &str, part: &str, flip| {
            let preparation = Preparation { flip, ..Preparation::square(SIDE, Channels::Rgb) };
            Dataset::open(&sets.join(name).join(part), &preparation, &mut ())
        };
        let (mut sources, mut classes) = (Vec::new(), 0);
        for (name, part, count, flip, each_is_a_class) in SOURCES {
            let data = open(name, part, flip)?;
            let own = if each_is_a_class { data.len() } else { data.classes().len() };
            println!("{name}: {} pictures, {own} classes", data.len());
            sources.push(Source { data, count, first_class: classes, each_is_a_class });
            classes += own;
        }
        let mut motifs = Vec::new();
        for motif in synth::motifs() {
            motifs.push((classes, motif.classes.len()));
            classes += motif.classes.len();
        }
        let exams = EXAMS.iter().map(|(name, part)| open(name, part, false)).collect::<Result<_, _>>()?;
        Ok(Self { sources, motifs, classes, exams })
    }

    /// How many classes all sets have.
    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    /// A batch to learn from.
    pub(crate) fn meal(&self, random: &mut Random, device: &Device) -> Meal {
        let (mut pictures, mut classes) = self.gather(random);
        pictures.chunks_exact_mut(PICTURE).for_each(|picture| vary(picture, random));
        let whole = pictures.clone();
        let mut damages = Vec::new();
        for (at, picture) in pictures.chunks_exact_mut(PICTURE).enumerate() {
            let kind = if random.chance(0.5) { 0 } else { 1 + random.below(KINDS - 1) };
            // Near in the batch are pictures of the same source.
            let other = (at + 1) % classes.len();
            damage(kind, picture, &whole[other * PICTURE..(other + 1) * PICTURE], random);
            damages.push(kind as u32);
            if kind > 0 {
                classes[at] = u32::MAX;
            }
        }
        Meal {
            pictures: tensor(pictures, [classes.len(), 3, SIDE, SIDE], device),
            classes: one_hot(&classes, self.classes, device).autodiff(),
            damages: one_hot(&damages, KINDS, device).autodiff(),
        }
    }

    /// Pictures as they are.
    pub(crate) fn plain_meal(&self, number: u64, device: &Device) -> Tensor<4> {
        let (pictures, classes) = self.gather(&mut Random::new(0, "plain", number));
        tensor(pictures, [classes.len(), 3, SIDE, SIDE], device)
    }

    fn gather(&self, random: &mut Random) -> (Vec<f32>, Vec<u32>) {
        let (mut pictures, mut classes) = (Vec::new(), Vec::new());
        let signed = |byte: &u8| f32::from(*byte) / 127.5 - 1.0;
        for Source { data, count, first_class, each_is_a_class } in &self.sources {
            let chosen: Vec<u32> = (0..*count).map(|_| random.below(data.len()) as u32).collect();
            let batch = data.read(&chosen, random).expect("the cache was written a moment ago");
            let own = if *each_is_a_class { &chosen } else { &batch.labels };
            classes.extend(own.iter().map(|class| class + *first_class as u32));
            pictures.extend(batch.pixels.iter().map(signed));
        }
        for _ in 0..DRAWN {
            let motif = random.below(self.motifs.len());
            let (first, count) = self.motifs[motif];
            let class = random.below(count);
            let drawn = synth::draw(&synth::motifs()[motif], class, SIDE as u32, random);
            classes.push((first + class) as u32);
            pictures.extend((0..PICTURE).map(|at| signed(&drawn.pixels()[at % AREA * 3 + at / AREA])));
        }
        (pictures, classes)
    }

    /// The share of test pictures whose class is found, for each test set.
    pub(crate) fn exam(
        &self,
        net: &Net,
        device: &Device,
    ) -> Result<Vec<(&'static str, f64)>, Box<dyn Error>> {
        let mut net = net.clone();
        let mut results = Vec::new();
        for ((data, source), (name, _)) in self.exams.iter().zip(&self.sources).zip(EXAMS) {
            let (mut right, count) = (0, 2000.min(data.len()));
            for first in (0..count).step_by(100) {
                let batch = data.plain(&(first as u32..first as u32 + 100).collect::<Vec<_>>())?;
                let pixels = batch.pixels.iter().map(|&byte| f32::from(byte) / 127.5 - 1.0).collect();
                let x = tensor(pixels, [100, 3, SIDE, SIDE], device);
                let logits = values(net.forward(x, &mut Mode::Painting).1[0].clone());
                let own = source.first_class..source.first_class + data.classes().len();
                for (row, &label) in logits.chunks_exact(self.classes).zip(&batch.labels) {
                    let best = own.clone().max_by(|&a, &b| row[a].total_cmp(&row[b]));
                    right += usize::from(best == Some(source.first_class + label as usize));
                }
            }
            results.push((name, right as f64 / count as f64));
        }
        Ok(results)
    }
}

/// Shifted, and sometimes grey or of another brightness.
fn vary(picture: &mut [f32], random: &mut Random) {
    let [across, down] = [random.below(2 * SHIFT + 1), random.below(2 * SHIFT + 1)];
    let (gain, grey) = (random.between(0.85, 1.15) as f32, random.chance(0.1));
    let old = picture.to_vec();
    let from = |at: usize, by: usize| (at + by).saturating_sub(SHIFT).min(SIDE - 1);
    for (at, value) in picture.iter_mut().enumerate() {
        let (plane, y, x) = (at / AREA, at / SIDE % SIDE, at % SIDE);
        let place = from(y, down) * SIDE + from(x, across);
        let seen = if grey {
            (0..3).map(|p| old[p * AREA + place]).sum::<f32>() / 3.0
        } else {
            old[plane * AREA + place]
        };
        *value = (seen * gain).clamp(-1.0, 1.0);
    }
}
