//! All figures of a comparison, as `judge --json` prints them.

use impasto_system::{Monitor, Stage, Unit};

use std::collections::BTreeSet;

use serde::Serialize;

use super::LEAST;
use super::encode::{Encoded, Looks};
use super::near_copies::{CopiedPair, NearCopies};
use super::statistics::{
    Calibration, Clusters, Copies, Cover, Expected, Interval, K_DENSITY, Nearest, Shares, cover,
    expected_of_classes, expected_of_clusters, frechet_distance, interval_of_mean, kid, kid_error, nearer,
    nearest, nearest_other, shares, squared_distance, within,
};
use crate::features::Features;
use crate::judge::JudgeError;
use crate::measure::entropy_of_counts;
use impasto_random::Random;

/// Pairs of pictures that diversity is the mean of.
const PAIRS: usize = 20_000;
/// Twins are half as far apart as copies may be; distances are squared.
pub(super) const TWINS: f64 = 4.0;

/// A share with its interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// The mean over the pictures.
    pub value: f64,
    /// Where it lies with a chance of 95 %, by a bootstrap over the pictures that are counted.
    pub interval: Interval,
}

/// A figure of both sides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Both {
    /// Of the generated pictures.
    pub generated: f64,
    /// Of the real ones.
    pub real: f64,
}

/// Shannon's entropies, in bits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entropies {
    /// Of one picture's brightness, on average: how rich pictures are.
    pub picture: Both,
    /// How far pictures differ in that, as a deviation: pictures that are all alike hardly do.
    pub picture_spread: Both,
    /// Of the brightness of all pictures together: whether the set uses the tones that the real one uses.
    pub set: Both,
}

/// How both sets are spread over kinds of pictures, and how as many real ones would be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// How they are spread.
    #[serde(flatten)]
    pub shares: Shares,
    /// What real pictures reach of kinds that they had no part in.
    pub expected: Expected,
}

/// How original the pictures are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Originality {
    /// The share of generated pictures that are copies of real ones, or nearly so.
    pub copies: Figure,
    /// The share of real pictures that are copies of another real one by the same rule: what is expected of new pictures.
    pub copies_of_real: f64,
    /// The share that equal a real one in every feature.
    pub equal: f64,
    /// The mean score: 0 for copies, about 0.5 for new pictures of the same kind, 1 for pictures far from all.
    pub score: f64,
    /// The share of real pictures of which there are copies.
    pub memorised: f64,
    /// The score of a pair below which it is a copy.
    pub threshold: f64,
    /// Each copy and the picture that it is a copy of.
    pub pairs: Vec<NamedPair>,
}

/// A copy, with the names of both pictures: paths in their sets, or seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedPair {
    /// The generated picture.
    pub generated: String,
    /// The real one.
    pub real: String,
    /// Whether one shows the other in a mirror.
    pub mirrored: bool,
    /// How unlike they are: 0 for the same picture.
    pub score: f64,
}

/// All figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The Fréchet distance; none where there are too few pictures for it.
    pub fid: Option<f64>,
    /// The kernel distance.
    pub kid: f64,
    /// Where it lies with a chance of 95 %.
    pub kid_interval: Interval,
    /// The deviation of its subsets, as other tools print it.
    pub kid_deviation: f64,
    /// The share of generated pictures that lie among the real ones.
    pub precision: Figure,
    /// The share of real pictures that lie among the generated ones.
    pub recall: Figure,
    /// How densely generated pictures lie where the real ones are; 1 for real ones.
    pub density: Figure,
    /// The share of real pictures with a generated one beside them.
    pub coverage: Figure,
    /// The coverage that as many real pictures would have.
    pub coverage_expected: f64,
    /// The mean distance of two pictures of a set.
    pub diversity: Both,
    /// The share of pictures that (nearly) occur more than once in their own set: at half the distance of copies from
    /// another one, in proportion to the set's diversity where that is less than the real one's.
    pub repeats: Both,
    /// How much neighbouring pixels differ: lower for blurred pictures, higher for noise.
    pub roughness: Both,
    /// Entropies of brightness.
    pub entropy: Entropies,
    /// How both sets are spread over clusters of the real pictures.
    pub clusters: Spread,
    /// How they are spread over the classes of the real pictures; a generated picture is of the class of the nearest one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Spread>,
    /// How original the generated pictures are.
    pub originality: Originality,
}

/// What single pictures are like, for a page that shows them.
#[derive(Debug, Clone, PartialEq)]
pub struct Details {
    /// For each generated picture, the nearest real one and the squared distance.
    pub nearest: Vec<Nearest>,
    /// For each generated picture: 0 for a copy, about 0.5 for a new one, 1 for one far from all.
    pub scores: Vec<f64>,
    /// The copies, in the order of the generated pictures.
    pub copies: Vec<CopiedPair>,
    /// For each generated picture: how many real balls it lies in, as a share of what is expected. The highest are typical.
    pub density: Vec<f64>,
    /// For each real picture: whether a generated one lies beside it.
    pub covered: Vec<bool>,
}

/// Measures both sides, which have [`LEAST`] pictures and more. `classes`: how many, and the class of each real picture.
pub(super) fn measure(
    generated: &Encoded,
    real: &Encoded,
    copies: NearCopies,
    classes: Option<(usize, &[usize])>,
    with_fid: bool,
    seed: u64,
    monitor: &mut dyn Monitor,
) -> Result<(Figures, Details), JudgeError> {
    let mut next = stages(monitor);
    let (ours, theirs) = (&generated.plain, &real.plain);
    let fid = with_fid.then(|| frechet_distance(ours, theirs));
    next()?;
    let kernel = kid(ours, theirs, seed);
    let error = kid_error(ours, theirs, seed);
    next()?;
    const { assert!(LEAST > K_DENSITY) };
    let [own, others] = [ours, theirs].map(|set| within(set, K_DENSITY).expect("sides of LEAST and more"));
    next()?;
    let Cover { precision, recall, density, coverage } = cover(ours, theirs, &own, &others);
    next()?;
    let turned = nearest_other(theirs, &real.mirrored);
    let calibration = Calibration::of(&others, &turned);
    next()?;
    let near = nearer(nearest(ours, theirs), nearest(&generated.mirrored, theirs));
    let originality = Copies::new(near, &calibration, theirs.len());
    next()?;
    let clusters = over_clusters(ours, theirs, seed);
    let classes = classes.map(|(count, of_real)| {
        let of_ours: Vec<usize> = originality.nearest.iter().map(|one| of_real[one.index]).collect();
        let expected = expected_of_classes(theirs, (count, of_real), ours.len(), seed);
        Spread { shares: shares(&of_ours, of_real, count), expected }
    });
    next()?;
    let [diversity, repeats] = variety([ours, theirs], [&own, &others], &calibration, seed);
    let figure = |values: &[f64]| Figure { value: mean(values), interval: interval_of_mean(values, seed) };
    let figures = Figures {
        fid,
        kid: kernel.mean,
        kid_interval: [kernel.mean - 1.96 * error, kernel.mean + 1.96 * error],
        kid_deviation: kernel.deviation,
        precision: figure(&precision),
        recall: figure(&recall),
        density: figure(&density),
        coverage: figure(&coverage),
        coverage_expected: expected_coverage(theirs.len(), ours.len()),
        diversity,
        repeats,
        roughness: Both { generated: mean(&generated.looks.roughness), real: mean(&real.looks.roughness) },
        entropy: entropies(&generated.looks, &real.looks),
        clusters,
        classes,
        originality: Originality::of(&originality, &copies, [ours.len(), theirs.len()], seed),
    };
    let Copies { nearest, scores, .. } = originality;
    let covered = coverage.iter().map(|&one| one > 0.0).collect();
    Ok((figures, Details { nearest, scores, copies: copies.pairs, density, covered }))
}

impl Originality {
    fn of(nearest: &Copies, copies: &NearCopies, [ours, theirs]: [usize; 2], seed: u64) -> Self {
        let copied = copied(copies, ours);
        Self {
            copies: Figure { value: mean(&copied), interval: interval_of_mean(&copied, seed) },
            copies_of_real: copies.of_real,
            equal: nearest.equal(),
            score: mean(&nearest.scores),
            memorised: memorised(copies) as f64 / theirs as f64,
            threshold: copies.threshold,
            // Whoever knows the names of the pictures fills them in.
            pairs: Vec::new(),
        }
    }
}

/// Says that a stage of the measuring is done; an error where it is stopped.
fn stages(monitor: &mut dyn Monitor) -> impl FnMut() -> Result<(), JudgeError> + '_ {
    const STAGES: usize = 7;
    let mut stage = 0;
    move || {
        stage += 1;
        match monitor.count(Stage::Measuring, Unit::Share, stage, STAGES) {
            true => Ok(()),
            false => Err(JudgeError::Cancelled),
        }
    }
}

/// How far the pictures of each side are apart, and how many have a twin in it.
fn variety(
    sides: [&Features; 2],
    [own, others]: [&[Vec<f64>]; 2],
    calibration: &Calibration,
    seed: u64,
) -> [Both; 2] {
    let [generated, real] = sides.map(|set| diversity(set, seed).expect("sides of LEAST and more"));
    // Pictures that are nearer to each other as a whole (blurred ones, noise) are no twins for that.
    let narrow = (generated / real).clamp(1e-9, 1.0).powi(2);
    let repeats = Both {
        generated: share(own, |near| calibration.is_copy(TWINS * near[0] / narrow)),
        real: share(others, |near| calibration.is_copy(TWINS * near[0])),
    };
    [Both { generated, real }, repeats]
}

/// How both sides are spread over clusters of the real pictures.
fn over_clusters(ours: &Features, theirs: &Features, seed: u64) -> Spread {
    let clusters = Clusters::of(theirs, Clusters::fitting(theirs.len()), seed);
    let [of_ours, of_theirs] = [ours, theirs].map(|set| clusters.assign(set));
    Spread {
        shares: shares(&of_ours, &of_theirs, clusters.len()),
        expected: expected_of_clusters(theirs, ours.len(), seed),
    }
}

/// For each generated picture: 1 for a copy.
fn copied(copies: &NearCopies, generated: usize) -> Vec<f64> {
    let mut copied = vec![0.0; generated];
    copies.pairs.iter().for_each(|pair| copied[pair.generated] = 1.0);
    copied
}

/// How many real pictures there are copies of.
fn memorised(copies: &NearCopies) -> usize {
    copies.pairs.iter().map(|pair| pair.real).collect::<BTreeSet<usize>>().len()
}

/// Naeem and others, 2020, lemma 2: what equal distributions reach on average.
fn expected_coverage(real: usize, generated: usize) -> f64 {
    let term = |k: usize| (real - k) as f64 / (generated + real - k) as f64;
    1.0 - (1..=K_DENSITY).map(term).product::<f64>()
}

/// Draws two different numbers below `count`.
pub(super) fn two_of(count: usize, random: &mut Random) -> [usize; 2] {
    let one = random.below(count);
    [one, (one + 1 + random.below(count - 1)) % count]
}

/// The mean distance of two pictures of a set; none where there are no two.
pub(super) fn diversity(set: &Features, seed: u64) -> Option<f64> {
    if set.len() < 2 {
        return None;
    }
    let mut random = Random::new(seed, "diversity", 0);
    let mut distance = || {
        let [one, other] = two_of(set.len(), &mut random);
        squared_distance(set.row(one), set.row(other)).sqrt()
    };
    Some((0..PAIRS).map(|_| distance()).sum::<f64>() / PAIRS as f64)
}

fn entropies(generated: &Looks, real: &Looks) -> Entropies {
    let both = |of: &dyn Fn(&Looks) -> f64| Both { generated: of(generated), real: of(real) };
    Entropies {
        picture: both(&|looks| mean(&looks.entropies)),
        picture_spread: both(&|looks| {
            let middle = mean(&looks.entropies);
            let squares: Vec<f64> = looks.entropies.iter().map(|value| (value - middle).powi(2)).collect();
            mean(&squares).sqrt()
        }),
        set: both(&|looks| entropy_of_counts(&looks.levels)),
    }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn share<T>(all: &[T], is: impl Fn(&T) -> bool) -> f64 {
    all.iter().filter(|one| is(one)).count() as f64 / all.len().max(1) as f64
}
