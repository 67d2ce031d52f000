//! Which pictures a report shows.

use std::collections::HashMap;

use super::JudgeError;
use super::figures::Details;
use super::near_copies::CopiedPair;
use super::report::{Gallery, Shown};
use super::side::{Common, Side};

/// Pictures on a sheet.
const SHEET: usize = 64;
/// Pictures of each other kind.
const FEW: usize = 12;

/// More than any score of a copy.
const NEVER_THAT_NEAR: f64 = 10.0;

/// Chooses them.
pub(super) fn gallery(
    generated: &Side,
    real: &Side,
    common: Common,
    details: &Details,
) -> Result<Gallery, JudgeError> {
    let shown = |side: &Side, index: usize, figure: f64| {
        let picture = side.pictures(std::iter::once(index), common)?.remove(0);
        Ok::<_, JudgeError>(Shown { picture, name: side.name(index), beside: None, figure })
    };
    let original: HashMap<usize, &CopiedPair> =
        details.copies.iter().map(|pair| (pair.generated, pair)).collect();
    let beside_real = |index: usize| {
        let nearest = original.get(&index).map_or(details.nearest[index].index, |pair| pair.real);
        let other = shown(real, nearest, 0.0)?;
        let mut own = shown(generated, index, details.scores[index])?;
        own.beside = Some((other.picture, other.name));
        Ok::<_, JudgeError>(own)
    };
    let typical = sorted(details.density.len(), |index| details.density[index]);
    // Copies first, and then what is nearest by features.
    let nearest = sorted(details.nearest.len(), |index| match original.get(&index) {
        Some(pair) => pair.score - NEVER_THAT_NEAR,
        None => details.nearest[index].squared,
    });
    let by_density = |&index: &usize| shown(generated, index, details.density[index]);
    let uncovered = (0..real.len()).filter(|&index| !details.covered[index]);
    Ok(Gallery {
        generated: generated.pictures(0..SHEET.min(generated.len()), common)?,
        real: real.pictures(0..SHEET.min(real.len()), common)?,
        nearest: nearest.iter().take(FEW).map(|&index| beside_real(index)).collect::<Result<_, _>>()?,
        most_typical: typical.iter().rev().take(FEW).map(by_density).collect::<Result<_, _>>()?,
        least_typical: typical.iter().take(FEW).map(by_density).collect::<Result<_, _>>()?,
        missing: uncovered.take(FEW).map(|index| shown(real, index, 0.0)).collect::<Result<_, _>>()?,
    })
}

/// The numbers below `count`, by the value that they have; the lowest first.
fn sorted(count: usize, value: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
    order
}
