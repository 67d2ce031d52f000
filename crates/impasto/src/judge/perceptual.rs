//! What LPIPS says: a second opinion on variety and copies from a network that was made to see as people do, and how
//! smoothly a run's pictures change along its latents.

use impasto_system::Span;

use burn::tensor::Device;
use impasto_data::Picture;
use impasto_random::Random;
use serde::Serialize;

use super::JudgeError;
use super::figures::{Both, Details, two_of};
use super::side::{Common, Side, mirrored};
use super::statistics::nearest_other_of;
use crate::features::Features;
use crate::features::lpips::{Backbone, Lpips};
use crate::picture::planes;
use crate::weights::Weights;

/// Pairs of pictures of each side that diversity is the mean of.
const PAIRS: usize = 500;
/// Copies that are looked at, the nearest first, and real pictures that they are measured by.
const COPIES: usize = 100;
/// The share of real pictures that look as much like their nearest as a copy does.
const EXPECTED: f64 = 0.05;
/// Pairs of neighbouring paintings.
const NEIGHBOURS: usize = 200;
/// How far they are apart on the way from one latent to another. Much nearer, and bytes hide the difference.
const STEP: f64 = 1.0 / 16.0;
/// Pairs that are in memory at once.
const AT_ONCE: usize = 16;

/// What LPIPS says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Perceptual {
    /// The mean distance of two pictures of a set.
    pub diversity: Both,
    /// Of the pictures that are taken for copies.
    pub copies: SeenCopies,
    /// How fast paintings change along the latents, where the generated side is a run: the mean distance of neighbours over
    /// their step squared. Lower is smoother; StyleGAN's path length with a longer step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_length: Option<f64>,
    /// The network, how many were drawn, and how.
    pub protocol: String,
}

/// Pictures that are taken for copies, looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SeenCopies {
    /// How many were looked at.
    pub looked_at: usize,
    /// How many of them look like copies too.
    pub confirmed: usize,
    /// The distance below which they do: one real picture in twenty is as near to its nearest.
    pub threshold: f64,
}

/// The network that is asked for, and where its weights are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eyes {
    /// The network.
    pub backbone: Backbone,
    /// Where its weights are.
    pub weights: Weights,
}

impl Eyes {
    /// Opens them; before anything takes long.
    pub(super) fn open(&self, device: &Device) -> Result<Lpips, JudgeError> {
        Ok(Lpips::load(&self.weights, self.backbone, device)?)
    }
}

/// Both sides, looked at.
pub(super) struct Look<'a> {
    pub(super) lpips: &'a Lpips,
    pub(super) generated: &'a Side,
    pub(super) real: &'a Side,
    pub(super) common: Common,
    pub(super) seed: u64,
}

impl Look<'_> {
    /// Everything that LPIPS says.
    pub(super) fn all(
        &self,
        real: &Features,
        details: &Details,
        span: &mut Span<'_>,
    ) -> Result<Perceptual, JudgeError> {
        let mut reached = |quarters: f64| match span.reached(quarters / 4.0) {
            true => Ok(()),
            false => Err(JudgeError::Cancelled),
        };
        reached(0.0)?;
        let of_generated = self.diversity(self.generated)?;
        reached(1.0)?;
        let diversity = Both { generated: of_generated, real: self.diversity(self.real)? };
        reached(2.0)?;
        let copies = self.copies(real, details)?;
        reached(3.0)?;
        let path_length = self.path_length()?;
        reached(4.0)?;
        Ok(Perceptual { diversity, copies, path_length, protocol: self.protocol() })
    }

    fn protocol(&self) -> String {
        format!(
            "LPIPS 0.1 on {}, weights {}; diversity: {PAIRS} drawn pairs of each side; copies: up to {COPIES}, mirrored \
             too, against {COPIES} drawn real pictures and their nearest; path length: {NEIGHBOURS} drawn places between two \
             latents, step 1/{:.0}, LPIPS over the step squared",
            self.lpips.backbone().title(),
            self.lpips.about().sha256,
            1.0 / STEP
        )
    }

    fn diversity(&self, side: &Side) -> Result<f64, JudgeError> {
        let mut random = Random::new(self.seed, "lpips diversity", 0);
        let pairs: Vec<[usize; 2]> = (0..PAIRS).map(|_| two_of(side.len(), &mut random)).collect();
        let mut sum = 0.0;
        for some in pairs.chunks(AT_ONCE) {
            let [one, other] = [0, 1].map(|at| side.pictures(some.iter().map(|pair| pair[at]), self.common));
            sum += self.distances(&one?, &other?).iter().sum::<f64>();
        }
        Ok(sum / PAIRS as f64)
    }

    fn copies(&self, real: &Features, details: &Details) -> Result<SeenCopies, JudgeError> {
        let mut suspects = details.copies.clone();
        suspects.sort_by(|a, b| a.score.total_cmp(&b.score));
        suspects.truncate(COPIES);
        let mut drawn = Random::new(self.seed, "lpips copies", 0).permutation(real.len());
        drawn.truncate(COPIES);
        let others = nearest_other_of(real, &drawn);
        let of_drawn: Vec<[usize; 2]> =
            drawn.iter().zip(others).map(|(&index, other)| [index as usize, other.index]).collect();
        let mut own = self.least(self.real, &of_drawn)?;
        own.sort_by(f64::total_cmp);
        let threshold = own[(EXPECTED * own.len() as f64) as usize];
        let pairs: Vec<[usize; 2]> = suspects.iter().map(|pair| [pair.generated, pair.real]).collect();
        let found = self.least(self.generated, &pairs)?;
        let confirmed = found.iter().filter(|&&distance| distance == 0.0 || distance < threshold).count();
        Ok(SeenCopies { looked_at: found.len(), confirmed, threshold })
    }

    /// Between a picture of the side, or its mirror image, and a real one.
    fn least(&self, side: &Side, pairs: &[[usize; 2]]) -> Result<Vec<f64>, JudgeError> {
        let mut found = Vec::with_capacity(pairs.len());
        for some in pairs.chunks(AT_ONCE) {
            let one = side.pictures(some.iter().map(|pair| pair[0]), self.common)?;
            let other = self.real.pictures(some.iter().map(|pair| pair[1]), self.common)?;
            let turned: Vec<Picture> = one.iter().map(mirrored).collect();
            let both = self.distances(&one, &other).into_iter().zip(self.distances(&turned, &other));
            found.extend(both.map(|(plain, turned)| plain.min(turned)));
        }
        Ok(found)
    }

    fn path_length(&self) -> Result<Option<f64>, JudgeError> {
        let mut random = Random::new(self.seed, "lpips path", 0);
        let places: Vec<f64> = (0..NEIGHBOURS).map(|_| random.between(0.0, 1.0 - STEP)).collect();
        let mut sum = 0.0;
        for (number, some) in places.chunks(AT_ONCE).enumerate() {
            let Some([one, other]) = self.generated.neighbours(number * AT_ONCE, some, STEP, self.common)?
            else {
                return Ok(None);
            };
            sum += self.distances(&one, &other).iter().sum::<f64>();
        }
        Ok(Some(sum / places.len() as f64 / STEP.powi(2)))
    }

    fn distances(&self, one: &[Picture], other: &[Picture]) -> Vec<f64> {
        let [width, height] = self.common.size;
        let bytes = |pictures: &[Picture]| pictures.iter().flat_map(planes).collect::<Vec<u8>>();
        self.lpips.distance(&bytes(one), &bytes(other), [one.len(), 3, height, width])
    }
}
