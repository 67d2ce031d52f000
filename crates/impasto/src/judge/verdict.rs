//! What the figures mean, in words.

use serde::Serialize;

use super::figures::{Figures, Spread};

/// What is the matter with a set, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    /// Pictures are copies of real ones.
    Copies,
    /// Pictures occur again and again.
    Repeats,
    /// Kinds of pictures are missing.
    Missing,
    /// Classes are missing, by a classifier.
    MissingClasses,
    /// Rougher than any real picture, and nothing like them.
    NoiseLike,
    /// Nothing like the real pictures.
    Unlike,
    /// Softer than the real pictures.
    Blurred,
    /// Near to the real set, but not of it.
    Partly,
    /// Nothing is the matter.
    Alike,
}

/// A sentence about one matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub matter: Matter,
    /// What was found, with the figures that it follows from.
    pub text: String,
}

/// A share of copies or repeats that chance does not explain.
const TOO_MANY: f64 = 0.05;
/// Below this precision hardly a picture lies among the real ones.
const HARDLY: f64 = 0.1;
/// Diversity beside the real one.
const VARIED: f64 = 0.5;
/// Roughness beside the real one.
const ROUGH: f64 = 1.5;
const SOFT: f64 = 0.6;
/// What a set reaches that looks like the real one.
const PRECISE: f64 = 0.5;
const COVERED: f64 = 0.75;

/// What is to be said, the most important first; never nothing.
pub fn verdict(figures: &Figures) -> Vec<Finding> {
    let quality = quality(figures);
    // What noise lacks follows from what it is.
    let found: Vec<Finding> = match &quality {
        Some(Finding { matter: Matter::NoiseLike, .. }) => vec![copies(figures), quality, repeats(figures)],
        _ => vec![copies(figures), repeats(figures), missing(figures), quality, blurred(figures)],
    }
    .into_iter()
    .flatten()
    .collect();
    if found.is_empty() { vec![overall(figures)] } else { found }
}

/// Takes in what a classifier has found: behind copies and repeats, and in place of praise.
pub(super) fn add(found: &mut Vec<Finding>, one: Finding) {
    found.retain(|finding| finding.matter != Matter::Alike);
    let before = |finding: &&Finding| matches!(finding.matter, Matter::Copies | Matter::Repeats);
    let at = found.iter().take_while(before).count();
    found.insert(at, one);
}

fn finding(matter: Matter, text: String) -> Option<Finding> {
    Some(Finding { matter, text })
}

fn percent(share: f64) -> String {
    let value = 100.0 * share;
    if value > 0.0 && value < 9.95 { format!("{value:.1}%") } else { format!("{value:.0}%") }
}

fn copies(figures: &Figures) -> Option<Finding> {
    let originality = &figures.originality;
    let share = originality.copies.value;
    // The threshold of a small set is a guess itself, so chance must be ruled out first.
    if originality.copies.interval[0] < TOO_MANY.max(originality.copies_of_real) {
        return None;
    }
    finding(
        Matter::Copies,
        format!(
            "copies: {} of the generated pictures are copies of real ones or nearly so ({} of the real \
             ones are so near to another one); {} are equal to them, and {} of the real pictures have a copy",
            percent(share),
            percent(originality.copies_of_real),
            percent(originality.equal),
            percent(originality.memorised)
        ),
    )
}

fn repeats(figures: &Figures) -> Option<Finding> {
    let share = figures.repeats.generated;
    if share < TOO_MANY || share < 2.0 * figures.repeats.real {
        return None;
    }
    finding(
        Matter::Repeats,
        format!(
            "the generated set repeats itself: {} of its pictures have (nearly) a twin in it, where {} of the real ones \
             have one",
            percent(share),
            percent(figures.repeats.real)
        ),
    )
}

fn missing(figures: &Figures) -> Option<Finding> {
    let spread = figures.classes.iter().chain([&figures.clusters]);
    let excess = |spread: &Spread| spread.shares.divergence - spread.expected.divergence;
    let worst = spread.max_by(|a, b| excess(a).total_cmp(&excess(b)))?;
    let apart = figures.diversity.generated / figures.diversity.real.max(1e-9);
    let Spread { shares, expected } = worst;
    let [reached, kinds] = shares.settled();
    if kinds < 2 || !(expected.is_missed_by(shares) || apart < VARIED) {
        return None;
    }
    finding(
        Matter::Missing,
        format!(
            "it lacks variety: {} of {} kinds of real pictures occur in it, where as many real ones reach {:.0}; its entropy \
             over them is {:.1} bits where the real set has {:.1}, and its pictures differ {} as much",
            reached,
            kinds,
            expected.reached * kinds as f64,
            shares.generated_entropy,
            shares.real_entropy,
            percent(apart)
        ),
    )
}

fn quality(figures: &Figures) -> Option<Finding> {
    if figures.precision.value >= HARDLY {
        return None;
    }
    let among = percent(figures.precision.value);
    let times = figures.roughness.generated / figures.roughness.real.max(1e-9);
    if times > ROUGH {
        return finding(
            Matter::NoiseLike,
            format!(
                "noise-like: {among} of the pictures lie among the real ones, and neighbouring pixels differ {times:.1} \
                 times as much"
            ),
        );
    }
    finding(Matter::Unlike, format!("unlike the real set: {among} of the pictures lie among the real ones"))
}

fn blurred(figures: &Figures) -> Option<Finding> {
    let times = figures.roughness.generated / figures.roughness.real.max(1e-9);
    if times >= SOFT {
        return None;
    }
    finding(
        Matter::Blurred,
        format!("blurred or flat: neighbouring pixels differ {} as much as in real pictures", percent(times)),
    )
}

fn overall(figures: &Figures) -> Finding {
    let covered = figures.coverage.value / figures.coverage_expected.max(1e-9);
    let figures_said = format!(
        "{} of its pictures lie among the real ones, and it covers {} of what as many real pictures would",
        percent(figures.precision.value),
        percent(covered.min(1.0))
    );
    if figures.precision.value >= PRECISE && covered >= COVERED {
        return Finding { matter: Matter::Alike, text: format!("looks like the real set: {figures_said}") };
    }
    Finding { matter: Matter::Partly, text: format!("resembles the real set in part: {figures_said}") }
}
