//! The judge of a training: looks at what a model paints while it learns, so that the best checkpoint is known.
//!
//! It compares with pictures that were held out, and looks for copies among those that are learned. Its figures are
//! estimates from few pictures, made with the builtin features; `impasto judge` measures more, and says how sure it is.
//! The distance, by which the best is chosen, is that of features in the coordinates of the learned pictures: of a few
//! hundred plain ones it says mostly how light or dark the paintings are.

use std::collections::HashSet;
use std::time::Instant;

use burn::tensor::Device;
use impasto_data::{DataError, Dataset, Picture};
use impasto_random::Random;

use super::figures::{diversity, mean};
use super::side::mirrored;
use super::statistics::{Calibration, Copies, Whitening, kid_of_all, nearer, nearest, nearest_other, within};
use crate::features::{Builtin, FeatureNetwork, Features};
use crate::paint::{nth_point, paint};
use crate::recipe::{Paint, Progress};
use crate::train::{Judge, Training, Verdict};

/// Pictures that it has painted. Few, because a look must not take long.
const PICTURES: usize = 256;
/// Real pictures that it compares them with.
const REAL: usize = 512;
/// Learned pictures among which it looks for copies.
const LEARNED: usize = 1024;
/// Pictures that are in memory at once.
const AT_ONCE: usize = 256;
/// Pictures whose time says how long others will take.
const TRIAL: usize = 16;

/// Looks at a training.
pub struct Onlooker {
    network: Builtin,
    device: Device,
    classes: usize,
    seed: u64,
    held_out: Vec<u32>,
    learned: Vec<u32>,
    known: Option<Known>,
    /// Seconds that the last look took.
    seconds: f64,
}

/// What is read off the real pictures once.
struct Known {
    /// In the coordinates of the learned ones.
    real: Features,
    whitening: Whitening,
    learned: Features,
    /// None where a single picture is learned, which has no others to be as near to as a copy is.
    calibration: Option<Calibration>,
    /// None where there are no two real ones.
    diversity: Option<f64>,
}

impl Onlooker {
    /// One for this training.
    pub fn of(training: &Training) -> Self {
        let (count, classes) = (training.data().len(), training.classes());
        Self::new(count, training.held_out(), classes, training.seed(), training.device())
    }

    /// One for so many pictures, of which these are held out.
    fn new(count: usize, held_out: &[u32], classes: usize, seed: u64, device: &Device) -> Self {
        let kept: HashSet<u32> = held_out.iter().copied().collect();
        let mut learned = Random::new(seed, "onlooker", 0).permutation(count);
        learned.retain(|index| !kept.contains(index));
        learned.truncate(LEARNED);
        let held_out = held_out.iter().copied().take(REAL).collect();
        let network = Builtin::new(device);
        Self { network, device: device.clone(), classes, seed, held_out, learned, known: None, seconds: 0.0 }
    }

    /// What ought to be known before it looks: which figures there will not be.
    pub fn note(&self) -> Option<&'static str> {
        match (self.learned.len(), self.held_out.len()) {
            (1, 0) => Some(
                "one picture alone is nothing to judge by: its paintings get no score and are not searched for copies, \
                 and the newest checkpoint counts as the best",
            ),
            _ => None,
        }
    }

    fn read(&self, data: &Dataset) -> Result<Known, DataError> {
        let learned = self.described(data, &self.learned, Picture::clone)?;
        // Where nothing is held out, the learned pictures are all there is to compare with.
        let real = match self.held_out.len() {
            0 => learned.first(REAL),
            _ => self.described(data, &self.held_out, Picture::clone)?,
        };
        let turned = nearest_other(&learned, &self.described(data, &self.learned, mirrored)?);
        let calibration = within(&learned, 1).map(|own| Calibration::of(&own, &turned));
        // By pictures that it is not measured with: their own directions would make few real ones look far apart.
        let (whitening, diversity) = (Whitening::by(&learned), diversity(&real, self.seed));
        Ok(Known { real: whitening.of(&real), whitening, learned, calibration, diversity })
    }

    fn described(
        &self,
        data: &Dataset,
        indices: &[u32],
        way: fn(&Picture) -> Picture,
    ) -> Result<Features, DataError> {
        let mut features = Features::new(self.network.dims(), Vec::new());
        for some in indices.chunks(AT_ONCE) {
            let batch = data.plain(some)?;
            let pictures: Vec<Picture> = (0..batch.count).map(|index| way(&batch.picture(index))).collect();
            features.append(&self.network.describe(&pictures));
        }
        Ok(features)
    }

    /// The same latents every time, so that looks can be compared.
    fn paint(&self, painter: &dyn Paint) -> Vec<Picture> {
        let point = |place| nth_point(painter, self.seed, "onlooker", place, self.classes);
        paint(painter, &(0..PICTURES).map(point).collect::<Vec<_>>(), &self.device)
    }

    fn verdict(&self, painter: &dyn Paint, known: &Known) -> Verdict {
        let painted = self.paint(painter);
        let ours = self.network.describe(&painted);
        if !ours.is_finite() {
            return Verdict::default();
        }
        let turned = self.network.describe(&painted.iter().map(mirrored).collect::<Vec<_>>());
        let kid = kid_of_all(&known.whitening.of(&ours), &known.real);
        let copies = known.calibration.as_ref().map(|calibration| {
            let near = nearer(nearest(&ours, &known.learned), nearest(&turned, &known.learned));
            mean(&Copies::new(near, calibration, known.learned.len()).copied)
        });
        // Another name where nothing was held out: such figures flatter a model that has learned by heart.
        let name = if self.held_out.is_empty() { "kid_whitened_learned" } else { "kid_whitened" };
        let figures = [
            ("copies", copies),
            ("feature_diversity", diversity(&ours, self.seed)),
            ("real_feature_diversity", known.diversity),
            (name, kid),
        ];
        let figures = figures.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Verdict { score: kid, copies, measures: figures.collect() }
    }
}

impl Judge for Onlooker {
    fn cost(&self) -> f64 {
        match self.known {
            Some(_) => self.seconds,
            // Asked again each time: the machine may have been busy before.
            None => time_of_one(&self.network) * (2 * self.learned.len() + REAL + 2 * PICTURES) as f64,
        }
    }

    fn look(&mut self, painter: &dyn Paint, data: &Dataset, _at: Progress) -> Verdict {
        let known = match self.known.take() {
            Some(known) => known,
            // A picture that can't be read ends the training at its next batch, with an error that names it.
            None => match self.read(data) {
                Ok(known) => known,
                Err(_) => return Verdict::default(),
            },
        };
        let started = Instant::now();
        let verdict = self.verdict(painter, &known);
        self.seconds = started.elapsed().as_secs_f64();
        self.known = Some(known);
        verdict
    }
}

/// Seconds that a picture takes.
fn time_of_one(network: &Builtin) -> f64 {
    let look = |count| drop(network.describe(&vec![Picture::filled(32, 32, &[128; 3]); count]));
    // The first one pays for what is only done once.
    look(1);
    let started = Instant::now();
    look(TRIAL);
    started.elapsed().as_secs_f64() / TRIAL as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tensor;
    use impasto_data::{Channels, Options, Preparation, synth};
    use impasto_nn::{tensor, values};

    use crate::recipe::Prior;

    const SIZE: usize = 16;

    /// Paints pictures that it has.
    struct Shows(Vec<f32>);

    impl Paint for Shows {
        fn latent_size(&self) -> usize {
            1
        }

        fn latent(&self, random: &mut Random, _: f64, _: Prior) -> Vec<f32> {
            vec![random.below(self.0.len() / (3 * SIZE * SIZE)) as f32]
        }

        fn paint(&self, latents: Tensor<2>, _: Option<Tensor<2>>) -> Tensor<4> {
            let device = latents.device();
            let each = 3 * SIZE * SIZE;
            let chosen = values(latents);
            let pixels =
                chosen.iter().flat_map(|&at| &self.0[at as usize * each..][..each]).copied().collect();
            tensor(pixels, [chosen.len(), 3, SIZE, SIZE], &device)
        }
    }

    fn flowers(folder: &std::path::Path, count: usize, seed: u64) -> Dataset {
        let path = folder.join(format!("flowers-{seed}"));
        synth::write("flowers", &path, count, SIZE as u32, seed, &mut ()).unwrap();
        let options = Options { cache: Some(folder.join("cache")), ..Options::default() };
        let preparation = Preparation::square(SIZE, Channels::Rgb);
        Dataset::open_with(&path, &preparation, &options, &mut ()).unwrap()
    }

    fn shown(data: &Dataset, indices: &[u32]) -> Shows {
        let batch = data.plain(indices).unwrap();
        Shows(batch.pixels.iter().map(|&byte| f32::from(byte) / 127.5 - 1.0).collect())
    }

    #[test]
    fn noise_is_further_away_than_new_pictures_and_copies_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let learned = flowers(folder.path(), 400, 1);
        let new = flowers(folder.path(), 300, 2);
        let held_out: Vec<u32> = (0..100).collect();
        let mut onlooker = Onlooker::new(400, &held_out, 0, 7, &Device::flex());
        assert!(onlooker.cost() > 0.0);
        let mut look = |painter: &Shows| onlooker.look(painter, &learned, Progress::default());
        let noise = Shows(Random::new(1, "noise", 0).normals(50 * 3 * SIZE * SIZE));
        let of_noise = look(&noise);
        let of_new = look(&shown(&new, &(0..300).collect::<Vec<_>>()));
        let of_learned = look(&shown(&learned, &(100..400).collect::<Vec<_>>()));
        let score = |verdict: &Verdict| verdict.score.unwrap();
        assert!(1000.0 * score(&of_new).abs() < score(&of_noise), "{of_new:?} {of_noise:?}");
        assert!(of_new.copies.unwrap() < 0.1 && of_learned.copies == Some(1.0), "{of_new:?} {of_learned:?}");
        assert_eq!(of_new.measures["kid_whitened"], score(&of_new));
        assert_eq!(look(&noise), of_noise, "a look can be repeated");
    }

    #[test]
    fn without_pictures_that_were_held_out_the_figure_has_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let data = flowers(folder.path(), 40, 1);
        let mut onlooker = Onlooker::new(40, &[], 0, 7, &Device::flex());
        let verdict = onlooker.look(&shown(&data, &[1, 2, 3]), &data, Progress::default());
        let has = |name| verdict.measures.contains_key(name);
        assert!(has("kid_whitened_learned") && !has("kid_whitened"));
    }

    #[test]
    fn small_sets_give_the_figures_that_there_are_and_no_panic() {
        let folder = tempfile::tempdir().unwrap();
        for count in 1..=5 {
            let data = flowers(folder.path(), count, 10 + count as u64);
            let mut onlooker = Onlooker::new(count, &[], 0, 7, &Device::flex());
            let verdict = onlooker.look(&shown(&data, &[0]), &data, Progress::default());
            let is_alone = count == 1;
            assert_eq!([verdict.score.is_none(), verdict.copies.is_none()], [is_alone; 2], "{verdict:?}");
            assert_eq!(verdict.measures.contains_key("real_feature_diversity"), !is_alone, "{verdict:?}");
            assert_eq!(onlooker.note().is_some(), is_alone);
        }
    }

    #[test]
    fn one_picture_held_out_gives_no_score_and_no_panic() {
        let folder = tempfile::tempdir().unwrap();
        let data = flowers(folder.path(), 40, 1);
        let mut onlooker = Onlooker::new(40, &[0], 0, 7, &Device::flex());
        let verdict = onlooker.look(&shown(&data, &[1, 2, 3]), &data, Progress::default());
        assert!(verdict.score.is_none() && verdict.copies.is_some(), "{verdict:?}");
        assert!(!verdict.measures.contains_key("real_feature_diversity"), "{verdict:?}");
        assert!(!verdict.measures.keys().any(|name| name.starts_with("kid")), "{verdict:?}");
    }
}
