//! How good, how varied and how original a set of pictures is, beside a real one.
//!
//! [`judge`] opens both sides, makes their pictures equal, encodes them with a network (or finds them encoded), measures,
//! and says what the figures mean. Figures are comparable where their protocols agree, and only there.

mod classifier;
mod encode;
mod error;
mod figures;
mod gallery;
mod modes;
mod near_copies;
mod onlooker;
pub(crate) mod originals;
mod page;
mod perceptual;
mod report;
mod side;
pub mod statistics;
mod store;
mod verdict;

#[cfg(test)]
mod tests;

use impasto_system::{Estimate, Monitor, Recorder, Span, Stage};

use std::path::PathBuf;

use burn::tensor::Device;
use impasto_data::likeness::Thumbnail;
use impasto_data::{Picture, cache_folder};
use rayon::prelude::*;

pub use classifier::{Lesson, TRUSTED, Trust, few_labels};
pub use error::JudgeError;
pub use figures::{Both, Details, Entropies, Figure, Figures, NamedPair, Originality, Spread};
pub use modes::{Histogram, InWords, Modes, STACKED_COUNT};
pub use near_copies::{CopiedPair, NearCopies};
pub use onlooker::Onlooker;
pub use originals::{Compared, Originals, Refusal};
pub use page::page;
pub use perceptual::{Eyes, Perceptual, SeenCopies};
pub use report::{Gallery, METHODS, Protocol, Report, Shown, SideOf};
pub use verdict::{Finding, Matter, verdict};

use crate::features::{Builtin, FeatureNetwork};
use encode::Kept;
use perceptual::Look;
use side::{Common, Place, Side};

/// Fewer pictures than this on a side are not judged at all.
pub const LEAST: usize = 16;
/// The Fréchet distance needs at least so many, and as many as there are features: below, covariances have no inverse and
/// the figure says more about the number of pictures than about them.
pub const LEAST_FOR_FID: usize = 500;
/// Pictures that are compared where nothing else is asked for.
pub const COUNT: usize = 10_000;

/// Fewer pictures than this are encoded before a trial would say how long they take.
const MANY: usize = 1_000;
/// Seconds that are worth a word.
const LONG: f64 = 90.0;

/// What is to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// A folder, an archive, or a run that paints.
    pub generated: PathBuf,
    /// A folder, an archive, or a run that stands for the pictures that it was trained on.
    pub against: PathBuf,
    /// Pictures of each side at most; a run paints as many as the other side has. None: [`COUNT`].
    pub count: Option<usize>,
    /// The checkpoint that a run paints from; none: the newest.
    pub checkpoint: Option<String>,
    /// Of every choice.
    pub seed: u64,
    /// Measure the Fréchet distance also where there are too few pictures for it.
    pub force: bool,
    /// Also look with LPIPS.
    pub lpips: Option<Eyes>,
    /// Count the classes that are painted, with a classifier that is trained on the real set.
    pub classes: bool,
    /// Where features are kept; none: beside the cache of prepared pictures.
    pub cache: Option<PathBuf>,
}

/// Judges one set beside another.
pub fn judge(
    order: &Order,
    network: &dyn FeatureNetwork,
    device: &Device,
    monitor: &mut dyn Monitor,
) -> Result<Report, JudgeError> {
    let mut warnings = Vec::new();
    let lpips = order.lpips.as_ref().map(|eyes| eyes.open(device)).transpose()?;
    let checkpoint = order.checkpoint.as_deref();
    let mut heard = Recorder::default();
    let place = Place::generated(&order.generated, checkpoint, device, &mut heard)?;
    warnings.extend(heard.warnings.into_iter().map(|warning| warning.sentence));
    let (generated, real, size) = open(place, order, monitor)?;
    let common = common(&generated, &real, size, &mut warnings)?;
    tell_sides(&generated, &real, &mut warnings);
    if order.classes {
        modes::check(&real)?;
    }
    let with_fid = may_have_fid(&generated, &real, network, order.force, &mut warnings);

    let folder =
        order.cache.clone().map_or_else(|| Ok(cache_folder()?.join("features")), Ok::<_, JudgeError>)?;
    let modes = match order.classes {
        true => Some(modes::modes(&generated, &real, common, order, device, monitor, &mut warnings)?),
        false => None,
    };
    let kept = [&real, &generated].map(|side| Kept::of(side, common, order.seed, network, &folder));
    let missing = kept[0].missing(real.len()) + kept[1].missing(generated.len());
    if let Some(time) = time_ahead(missing, network, &real, common, device)? {
        monitor.estimate(&time);
    }
    let ([of_real, of_generated], copies) = encoded([&real, &generated], kept, common, network, monitor)?;
    let not_kept = [&of_real, &of_generated].into_iter().find_map(|side| side.not_kept.clone());
    warnings.extend(not_kept.map(|why| format!("the features could not be kept for the next time: {why}")));

    let classes = real.classes();
    let of_classes = classes.as_ref().map(|(names, labels)| (names.len(), &labels[..]));
    let (mut figures, details) =
        figures::measure(&of_generated, &of_real, copies, of_classes, with_fid, order.seed, monitor)?;
    figures.originality.pairs = details.copies.iter().map(|pair| named(pair, &generated, &real)).collect();
    let look = |lpips| Look { lpips, generated: &generated, real: &real, common, seed: order.seed };
    let span = &mut Span::whole(monitor, Stage::Measuring);
    let lpips = lpips.as_ref().map(|lpips| look(lpips).all(&of_real.plain, &details, span)).transpose()?;
    let mut found = verdict(&figures);
    if let Some(missing) = modes.as_ref().and_then(Modes::finding) {
        verdict::add(&mut found, missing);
    }
    Ok(Report {
        lpips,
        verdict: found,
        gallery: gallery::gallery(&generated, &real, common, &details)?,
        protocol: protocol(&generated, &real, common, network, order.seed),
        class_names: classes.map(|(names, _)| names).unwrap_or_default(),
        figures,
        modes,
        warnings,
        details,
    })
}

/// The features of both sides, and which of the second are copies of the first's.
fn encoded(
    [real, generated]: [&Side; 2],
    [kept_real, kept_generated]: [Kept; 2],
    common: Common,
    network: &dyn FeatureNetwork,
    monitor: &mut dyn Monitor,
) -> Result<([encode::Encoded; 2], near_copies::NearCopies), JudgeError> {
    let mut encode = |side: &Side, kept: Kept| {
        let mut thumbnails = Vec::new();
        let shown = &mut |pictures: &[Picture]| thumbnails.par_extend(pictures.par_iter().map(Thumbnail::of));
        let features = encode::encode(side, kept, common, network, shown, monitor)?;
        Ok::<_, JudgeError>((features, thumbnails))
    };
    let (of_real, small_real) = encode(real, kept_real)?;
    let (of_generated, small_generated) = encode(generated, kept_generated)?;
    let copies = near_copies::near_copies(&small_generated, &small_real, monitor);
    Ok(([of_real, of_generated], copies.ok_or(JudgeError::Cancelled)?))
}

fn named(pair: &CopiedPair, generated: &Side, real: &Side) -> NamedPair {
    NamedPair {
        generated: generated.name(pair.generated),
        real: real.name(pair.real),
        mirrored: pair.mirrored,
        score: pair.score,
    }
}

/// How long so many pictures take, where that is long.
fn time_ahead(
    pictures: usize,
    network: &dyn FeatureNetwork,
    side: &Side,
    common: Common,
    device: &Device,
) -> Result<Option<Estimate>, JudgeError> {
    let seconds = |network: &dyn FeatureNetwork| -> Result<f64, JudgeError> {
        Ok(pictures as f64 * encode::seconds_each(network, side, common)?)
    };
    if pictures < MANY {
        return Ok(None);
    }
    let all = seconds(network)?;
    if all < LONG {
        return Ok(None);
    }
    let builtin = Builtin::new(device);
    let other = (network.name() != builtin.name()).then(|| seconds(&builtin)).transpose()?;
    let quicker = other.map(|seconds| ("builtin", seconds));
    Ok(Some(Estimate { stage: Stage::Encoding, units: pictures, seconds: all, quicker }))
}

/// Both sides, and the size that they are brought to.
fn open(
    generated: Place,
    order: &Order,
    monitor: &mut dyn Monitor,
) -> Result<(Side, Side, [usize; 2]), JudgeError> {
    let real = Place::real(&order.against)?;
    let size = common_size(&generated, &real);
    let most = order.count.unwrap_or(COUNT);
    let real = real.open(size, most, order.seed, monitor)?;
    // A run paints as many as there are real ones, unless it was told how many.
    let painted = order.count.unwrap_or(real.len().clamp(LEAST, COUNT));
    let most = if generated.paints() { painted } else { most };
    let generated = generated.open(size, most, order.seed, monitor)?;
    for side in [&generated, &real] {
        if side.len() < LEAST {
            let count = if side.len() == 1 { "1 picture".into() } else { format!("{} pictures", side.len()) };
            return Err(JudgeError::TooFew { path: side.path.clone(), count, least: LEAST });
        }
    }
    Ok((generated, real, size))
}

/// Their own size where all have the same, or the network would not see what others let it see. Else that of the side
/// whose pictures have one size and fit into the other's: a run's real pictures are then cut as it learned them. Else the
/// largest square that all of them fill.
fn common_size(generated: &Place, real: &Place) -> [usize; 2] {
    let fits = |one: &Place, other: &Place| {
        !one.is_mixed && one.size.iter().zip(other.size).all(|(&own, others)| own <= others)
    };
    match (generated, real) {
        (one, other) | (other, one) if fits(one, other) => one.size,
        _ => [generated.size.into_iter().chain(real.size).min().unwrap_or(1); 2],
    }
}

/// How both sides are made equal.
fn common(
    generated: &Side,
    real: &Side,
    size: [usize; 2],
    warnings: &mut Vec<String>,
) -> Result<Common, JudgeError> {
    let grey = [generated.is_grey(size)?, real.is_grey(size)?];
    let is_grey = grey[0] != grey[1];
    if is_grey {
        let (one, other) = if grey[0] { ("generated", "real") } else { ("real", "generated") };
        warnings.push(format!(
            "the {one} pictures are grey and the {other} ones are not: both are compared in grey, and colours are not judged"
        ));
    }
    Ok(Common { size, is_grey })
}

fn tell_sides(generated: &Side, real: &Side, warnings: &mut Vec<String>) {
    for (name, side) in [("generated", generated), ("real", real)] {
        if side.is_mixed {
            let [width, height] = side.size;
            warnings.push(format!(
                "the {name} pictures are of several sizes ({width} x {height} is the most frequent): each was scaled to cover the common \
                 size and its middle was taken"
            ));
        }
        let left_out = side.left_out();
        if let Some(first) = left_out.first() {
            warnings.push(format!("{} files of the {name} set can't be read: {first}", left_out.len()));
        }
    }
    if generated.size != real.size {
        warnings.push(format!(
            "the generated pictures are {} x {} and the real ones {} x {}: the larger ones were made smaller",
            generated.size[0], generated.size[1], real.size[0], real.size[1]
        ));
    }
}

fn may_have_fid(
    generated: &Side,
    real: &Side,
    network: &dyn FeatureNetwork,
    force: bool,
    warnings: &mut Vec<String>,
) -> bool {
    let least = LEAST_FOR_FID.max(network.dims());
    let count = generated.len().min(real.len());
    if count >= least {
        return true;
    }
    warnings.push(match force {
        true => format!(
            "FID was forced with {count} pictures where it needs {least}: it comes out too high, and may only be compared \
             with others of exactly {count} pictures"
        ),
        false => format!(
            "no FID: it needs {least} pictures on each side and there are {count}; use KID and its interval instead, which \
             are right for any number (--force measures it all the same)"
        ),
    });
    force
}

fn protocol(
    generated: &Side,
    real: &Side,
    common: Common,
    network: &dyn FeatureNetwork,
    seed: u64,
) -> Protocol {
    let side_of = |side: &Side| SideOf {
        path: side.path.display().to_string(),
        kind: side.kind(),
        count: side.len(),
        size: side.size,
        identity: side.identity(),
    };
    let (sizes, are_own) = sizes(generated, real, common);
    Protocol {
        features: network.name().to_owned(),
        network: network.protocol(),
        standard: network.is_standard() && are_own && !common.is_grey,
        generated: side_of(generated),
        real: side_of(real),
        pictures: format!("{sizes}, white behind transparency"),
        seed,
        methods: METHODS.to_vec(),
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// How pictures of both sides were brought to one size, and whether that is the size they have.
fn sizes(generated: &Side, real: &Side, common: Common) -> (String, bool) {
    let Common { size: [width, height], is_grey } = common;
    let colours = if is_grey { "grey" } else { "RGB" };
    let are_own = [generated, real].into_iter().all(|side| side.size == common.size && !side.is_mixed);
    let how = if are_own { "their own size" } else { "middle of each, Lanczos" };
    (format!("{width} x {height} {colours}, {how}"), are_own)
}
