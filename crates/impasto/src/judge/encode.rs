//! Pictures of a side to features, and what can be said of them without a network.

use impasto_system::{Monitor, Stage, Unit};

use std::path::Path;
use std::time::Instant;

use impasto_data::Picture;
use rayon::prelude::*;

use super::JudgeError;
use super::side::{Common, Side, mirrored};
use super::store::Store;
use crate::features::{FeatureNetwork, Features};
use crate::measure::{entropy_of_counts, luma};

/// Pictures that are in memory at once.
const AT_ONCE: usize = 256;

/// A side, encoded.
pub(super) struct Encoded {
    pub(super) plain: Features,
    /// The same pictures in a mirror.
    pub(super) mirrored: Features,
    pub(super) looks: Looks,
    /// Why the features could not be kept, if they couldn't.
    pub(super) not_kept: Option<String>,
}

/// What pixels say about a set.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Looks {
    /// The entropy of each picture's brightness, in bits.
    pub(super) entropies: Vec<f64>,
    /// How much neighbouring pixels of each picture differ, of 255.
    pub(super) roughness: Vec<f64>,
    /// How often each level of brightness occurs in the set.
    pub(super) levels: Vec<u64>,
}

/// What was encoded before, plain and in a mirror, and where it is kept.
pub(super) struct Kept {
    stores: [Store; 2],
    known: [Features; 2],
}

impl Kept {
    pub(super) fn of(
        side: &Side,
        common: Common,
        seed: u64,
        network: &dyn FeatureNetwork,
        folder: &Path,
    ) -> Self {
        let store = |way: &str| {
            let Common { size: [width, height], is_grey } = common;
            let name =
                format!("{} {width} {height} {is_grey} {seed} {way} {}", side.identity(), network.protocol());
            Store::of(folder, &name)
        };
        let stores = ["plain", "mirrored"].map(store);
        let known = stores.each_ref().map(|store| found(store, network.dims()));
        Self { stores, known }
    }

    /// How many pictures the network still has to look at, of a side with so many.
    pub(super) fn missing(&self, count: usize) -> usize {
        self.known.iter().map(|known| count.saturating_sub(known.len())).sum()
    }
}

/// Seconds that a network takes for a picture of this side.
pub(super) fn seconds_each(
    network: &dyn FeatureNetwork,
    side: &Side,
    common: Common,
) -> Result<f64, JudgeError> {
    const TRIAL: usize = 4;
    let pictures = side.pictures(0..TRIAL.min(side.len()), common)?;
    // The first one pays for what is only done once.
    network.describe(&pictures[..1]);
    let started = Instant::now();
    network.describe(&pictures);
    Ok(started.elapsed().as_secs_f64() / pictures.len() as f64)
}

/// Encodes a side beyond what is known of it; `shown` sees all of its pictures. What was encoded is kept for the next time also
/// where the work is stopped.
pub(super) fn encode(
    side: &Side,
    Kept { stores, mut known }: Kept,
    common: Common,
    network: &dyn FeatureNetwork,
    shown: &mut dyn FnMut(&[Picture]),
    monitor: &mut dyn Monitor,
) -> Result<Encoded, JudgeError> {
    let before = known.each_ref().map(Features::len);
    let mut looks = Looks { levels: vec![0; 256], ..Looks::default() };
    let mut stopped = false;
    for first in (0..side.len()).step_by(AT_ONCE) {
        let range = first..(first + AT_ONCE).min(side.len());
        let pictures = side.pictures(range.clone(), common)?;
        looks.take(&pictures);
        shown(&pictures);
        for (way, features) in known.iter_mut().enumerate() {
            // The order never changes, so what is known is a beginning.
            let new = &pictures[features.len().clamp(range.start, range.end) - range.start..];
            if new.is_empty() {
                continue;
            }
            features.append(&match way {
                0 => network.describe(new),
                _ => network.describe(&new.par_iter().map(mirrored).collect::<Vec<_>>()),
            });
        }
        stopped = !monitor.count(Stage::Encoding, Unit::Pictures, range.end, side.len());
        if stopped {
            break;
        }
    }
    let mut not_kept = None;
    for ((store, features), before) in stores.iter().zip(&known).zip(before) {
        if !features.is_finite() {
            return Err(JudgeError::NotFinite {
                path: side.path.clone(),
                network: network.name().to_owned(),
            });
        }
        if features.len() > before {
            not_kept = store.write(features).err().map(|error| error.to_string()).or(not_kept);
        }
    }
    if stopped {
        return Err(JudgeError::Cancelled);
    }
    let [plain, mirrored] = known.map(|features| features.first(side.len()));
    Ok(Encoded { plain, mirrored, looks, not_kept })
}

fn found(store: &Store, dims: usize) -> Features {
    let none = || Features::new(dims, Vec::new());
    store.read(dims).filter(Features::is_finite).unwrap_or_else(none)
}

impl Looks {
    fn take(&mut self, pictures: &[Picture]) {
        let each: Vec<(f64, f64, Vec<u64>)> = pictures.par_iter().map(look).collect();
        for (entropy, roughness, levels) in each {
            self.entropies.push(entropy);
            self.roughness.push(roughness);
            self.levels.iter_mut().zip(levels).for_each(|(sum, count)| *sum += count);
        }
    }
}

/// Entropy, roughness, and levels of brightness.
fn look(picture: &Picture) -> (f64, f64, Vec<u64>) {
    let lumas: Vec<u8> = picture.pixels().chunks_exact(picture.channels()).map(luma).collect();
    let mut levels = vec![0; 256];
    lumas.iter().for_each(|&level| levels[usize::from(level)] += 1);
    let (mut sum, mut count) = (0u64, 0u64);
    for row in lumas.chunks_exact(picture.width()) {
        for pair in row.windows(2) {
            sum += u64::from(pair[0].abs_diff(pair[1]));
            count += 1;
        }
    }
    (entropy_of_counts(&levels), sum as f64 / count.max(1) as f64, levels)
}
