//! What a run has learned, and which painted pictures are too near to it, or to each other, to count as new.
//!
//! The rule is the one that the judge finds copies by, on builtin features: nearer to a real picture, or in a mirror, than
//! all but one real picture in a hundred are to another one. Pictures that repeat each other are found as the judge finds
//! twins: at half that distance.

use impasto_system::Monitor;

use std::path::Path;

use burn::tensor::Device;
use impasto_data::{Picture, cache_folder};
use rayon::prelude::*;
use serde::Serialize;

use super::encode::{Kept, encode};
use super::figures::TWINS;
use super::side::{Common, Place, mirrored};
use super::statistics::{Calibration, nearer, nearest, nearest_other, squared_distance};
use super::{JudgeError, LEAST};
use crate::features::{Builtin, FeatureNetwork, Features};
use crate::run::Run;

/// The order in which real pictures are encoded, which is the judge's own: what it has kept is found again.
const SEED: u64 = 1;
/// Real pictures that the threshold is read off; all of them are compared with.
const CALIBRATED: usize = 10_000;

/// Why a picture is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It is a copy of a real picture.
    Copy,
    /// It repeats one that was taken before.
    Repeat,
}

/// Real pictures, and those that were taken since.
pub struct Originals {
    network: Builtin,
    common: Common,
    real: Features,
    calibration: Calibration,
    taken: Features,
}

/// What pictures are compared with, and how.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// Where the real pictures lie.
    pub path: String,
    /// What names them wherever they lie.
    pub fingerprint: String,
    /// How many they are.
    pub pictures: usize,
    /// The distance below which a picture is a copy.
    pub threshold: f64,
    /// The distance below which it repeats another one.
    pub repeat_threshold: f64,
    /// The network, its weights, and how pictures are brought to its size.
    pub features: String,
}

impl Originals {
    /// The pictures that a run was trained on, all of them; features that were kept are used again, in this folder or
    /// where the judge keeps them. Also what ought to be known.
    pub fn of_run(
        run: &Path,
        device: &Device,
        cache: Option<&Path>,
        monitor: &mut dyn Monitor,
    ) -> Result<(Self, Compared, Vec<String>), JudgeError> {
        let place = Place::real(run)?;
        let common = Common { size: place.size, is_grey: false };
        let path = place.data().to_path_buf();
        let side = place.open(common.size, usize::MAX, SEED, monitor)?;
        if side.len() < LEAST {
            let count = format!("{} pictures", side.len());
            return Err(JudgeError::TooFew { path, count, least: LEAST });
        }
        let network = Builtin::new(device);
        let folder = cache.map_or_else(
            || Ok(cache_folder()?.join("features")),
            |cache| Ok::<_, JudgeError>(cache.to_path_buf()),
        )?;
        let kept = Kept::of(&side, common, SEED, &network, &folder);
        let encoded = encode(&side, kept, common, &network, &mut |_| (), monitor)?;
        let mut warnings: Vec<String> = encoded.not_kept.into_iter().collect();
        if side.identity() != Run::open(run)?.about().fingerprint {
            warnings.push(format!(
                "the pictures in `{}` are not those that the run was trained on (some were added, removed or changed): \
                 copies of pictures that are gone are not seen",
                path.display()
            ));
        }
        let originals = Self::new(network, common, encoded.plain, &encoded.mirrored);
        let compared = Compared {
            path: path.display().to_string(),
            fingerprint: side.identity(),
            pictures: originals.real.len(),
            threshold: originals.calibration.threshold().sqrt(),
            repeat_threshold: (originals.calibration.threshold() / TWINS).sqrt(),
            features: originals.network.protocol(),
        };
        Ok((originals, compared, warnings))
    }

    fn new(network: Builtin, common: Common, real: Features, turned: &Features) -> Self {
        // They are in an order of chance, so the first ones are a fair sample.
        let some = real.first(CALIBRATED);
        let near = nearer(nearest_other(&some, &real), nearest_other(&some, turned));
        let calibration = Calibration::new(near.iter().map(|one| one.squared));
        Self { taken: Features::new(network.dims(), Vec::new()), network, common, real, calibration }
    }

    /// Looks at pictures one after the other. Those that are new are taken: from then on they may not be repeated.
    pub fn consider(&mut self, pictures: &[Picture]) -> Vec<Option<Refusal>> {
        if pictures.is_empty() {
            return Vec::new();
        }
        let equal: Vec<Picture> = pictures.par_iter().map(|picture| self.common.bring(picture)).collect();
        let ours = self.network.describe(&equal);
        let turned = self.network.describe(&equal.par_iter().map(mirrored).collect::<Vec<_>>());
        let originals = self.distances(&ours, &turned, &self.real);
        let before = self.distances(&ours, &turned, &self.taken);
        let first = self.taken.len();
        let both = originals.into_iter().zip(before);
        both.enumerate()
            .map(|(at, (original, before))| {
                let rows = [ours.row(at), turned.row(at)];
                let among = (first..self.taken.len())
                    .flat_map(|one| rows.map(|row| squared_distance(row, self.taken.row(one))));
                let refusal = self.refusal(original, among.fold(before, f64::min));
                if refusal.is_none() {
                    self.taken.append(&ours.pick(&[at as u32]));
                }
                refusal
            })
            .collect()
    }

    fn refusal(&self, original: f64, taken: f64) -> Option<Refusal> {
        match () {
            () if self.calibration.is_copy(original) => Some(Refusal::Copy),
            () if self.calibration.is_copy(TWINS * taken) => Some(Refusal::Repeat),
            () => None,
        }
    }

    /// The squared distance of each picture, or of its mirror image, to the nearest of these.
    fn distances(&self, ours: &Features, turned: &Features, these: &Features) -> Vec<f64> {
        if these.is_empty() {
            return vec![f64::INFINITY; ours.len()];
        }
        let near = nearer(nearest(ours, these), nearest(turned, these));
        near.iter().map(|one| one.squared).collect()
    }
}

/// Drawn flowers as what was learned, for tests.
#[cfg(test)]
pub(crate) fn of_pictures(pictures: &[Picture]) -> Originals {
    let network = Builtin::new(&Device::flex());
    let common = Common { size: [pictures[0].width(), pictures[0].height()], is_grey: false };
    let real = network.describe(pictures);
    let turned = network.describe(&pictures.iter().map(mirrored).collect::<Vec<_>>());
    Originals::new(network, common, real, &turned)
}

#[cfg(test)]
mod tests {
    use super::super::tests::flowers;
    use super::*;

    #[test]
    fn copies_and_their_mirror_images_are_refused_and_new_pictures_are_not() {
        let learned = flowers(1, 240);
        let mut originals = of_pictures(&learned);
        let turned: Vec<Picture> = learned[20..40].iter().map(mirrored).collect();
        for copies in [&learned[..20], &turned] {
            assert_eq!(originals.consider(copies), [Some(Refusal::Copy); 20]);
        }
        let new = originals.consider(&flowers(2, 100));
        assert!(new.iter().filter(|refusal| refusal.is_some()).count() < 10, "{new:?}");
    }

    #[test]
    fn a_picture_is_taken_once() {
        let mut originals = of_pictures(&flowers(1, 240));
        let new = flowers(2, 40);
        let first = originals.consider(&new);
        let taken: Vec<Picture> = new
            .iter()
            .zip(&first)
            .filter(|(_, refusal)| refusal.is_none())
            .map(|(one, _)| one.clone())
            .collect();
        assert!(taken.len() > 30, "{first:?}");
        let again = originals.consider(&taken);
        assert!(again.iter().all(|refusal| *refusal == Some(Refusal::Repeat)), "{again:?}");
        let turned: Vec<Picture> = taken.iter().map(mirrored).collect();
        assert!(originals.consider(&turned).iter().all(|refusal| *refusal == Some(Refusal::Repeat)));
        // Also within one look.
        let other = flowers(3, 1).remove(0);
        let twice = originals.consider(&[other.clone(), other]);
        assert_eq!(twice[1], Some(twice[0].unwrap_or(Refusal::Repeat)));
        assert!(originals.consider(&[]).is_empty());
    }
}
