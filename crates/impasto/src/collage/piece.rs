//! A piece of a picture: its outline, where it was cut out, and where it lies.

use std::f64::consts::{PI, TAU};

use impasto_random::Random;

use super::slic::around;
use crate::patches::Raster;

/// No side of a piece is shorter.
const SHORTEST: usize = 4;

/// Pixels around a segment that belong to its piece.
const MARGIN: usize = 4;

/// A piece that has a place.
pub(super) struct Piece {
    outline: Outline,
    /// Where its rectangle begins in the donor,
    from: [usize; 2],
    /// and in the picture.
    to: [usize; 2],
    /// How little it fits there.
    pub(super) misfit: f64,
}

/// What counts the same as a misfit from black to white: being taken from the top and laid at the bottom.
const HEIGHT: f64 = 0.15;
/// What it counts that a piece shows something, and something else than what lies under it, and how much of that is enough.
const NEWS: [f64; 2] = [0.15, 0.08];
/// One of so many pixels inside is looked at for that.
const FEW: usize = 23;

/// Which pixels of a rectangle belong to a piece.
struct Outline {
    width: usize,
    height: usize,
    inside: Vec<bool>,
}

impl Piece {
    /// A piece of about this many pixels, drawn, at the best of some places; none where chance has drawn something that can't be used.
    pub(super) fn drawn(
        picture: &Raster,
        donor: &Raster,
        labels: &[u32],
        (size, places): (f64, u64),
        random: &mut Random,
    ) -> Option<Self> {
        let most = [0, 1].map(|side| [picture, donor].map(|raster| [raster.width(), raster.height()][side]));
        let most = most.map(|sides| sides[0].min(sides[1]));
        // Outlines along the edges of things are drawn more often.
        let (outline, cut) = match random.below(4) {
            0 => (rectangle(size, most, random), None),
            1 => (stroke(size, most, random), None),
            _ => {
                let (outline, from) = grown(donor, labels, size, random);
                (outline, Some(from))
            }
        };
        let fits = |side: usize, most: usize| (SHORTEST..=most).contains(&side);
        if !fits(outline.width, most[0]) || !fits(outline.height, most[1]) {
            return None;
        }
        let edge = outline.edge();
        let mut place = |raster: &Raster| {
            let free = [raster.width() - outline.width, raster.height() - outline.height];
            free.map(|free| random.below(free + 1))
        };
        let places = (0..places).map(|_| {
            let (from, to) = (cut.unwrap_or_else(|| place(donor)), place(picture));
            (outline.misfit(&edge, (picture, to), (donor, from)), from, to)
        });
        let (misfit, from, to) = places.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(Self { outline, from, to, misfit })
    }

    /// The mask in the picture, and a raster of the picture's shape with the piece where it lies.
    pub(super) fn laid(&self, picture: &Raster, donor: &Raster) -> (Vec<bool>, Raster) {
        let (width, height) = (picture.width(), picture.height());
        let mut mask = vec![false; width * height];
        for at in (0..self.outline.inside.len()).filter(|&at| self.outline.inside[at]) {
            let (x, y) = (at % self.outline.width, at / self.outline.width);
            mask[(y + self.to[1]) * width + x + self.to[0]] = true;
        }
        // Around the piece the donor goes on, as far as there is one: bands look there.
        let shifted = |at: usize, side: usize, end: usize| {
            (at + self.from[side]).saturating_sub(self.to[side]).min(end - 1)
        };
        let rows = (0..height).map(|y| shifted(y, 1, donor.height()));
        let columns: Vec<usize> = (0..width).map(|x| shifted(x, 0, donor.width())).collect();
        let values = rows.flat_map(|y| columns.iter().flat_map(move |&x| donor.pixel(x, y)));
        (mask, Raster::new(width, height, picture.channels(), values.copied().collect()))
    }
}

impl Outline {
    /// Its pixels that have one outside beside them.
    fn edge(&self) -> Vec<usize> {
        let Self { width, height, inside } = self;
        let is_edge = |at: usize| around(at, *width, inside.len()).any(|other| !inside[other]);
        let is_rim = |at: usize| {
            let (x, y) = (at % width, at / width);
            x == 0 || y == 0 || x + 1 == *width || y + 1 == *height
        };
        (0..inside.len()).filter(|&at| inside[at] && (is_edge(at) || is_rim(at))).collect()
    }

    /// How little a piece of the donor from here fits into the picture there: the less, the more alike both are along the edge, the
    /// nearer the heights are, and the more it shows inside that is not there already.
    fn misfit(
        &self,
        edge: &[usize],
        (picture, to): (&Raster, [usize; 2]),
        (donor, from): (&Raster, [usize; 2]),
    ) -> f64 {
        let pair = |at: usize| {
            let (x, y) = (at % self.width, at / self.width);
            (picture.pixel(x + to[0], y + to[1]), donor.pixel(x + from[0], y + from[1]))
        };
        let apart = |(own, new): (&[f32], &[f32])| {
            own.iter().zip(new).map(|(own, new)| f64::from(own - new).powi(2)).sum::<f64>()
        };
        let edge = edge.iter().map(|&at| apart(pair(at))).sum::<f64>() / edge.len().max(1) as f64;
        let some = (0..self.inside.len()).step_by(FEW).filter(|&at| self.inside[at]);
        let (mut news, mut looked, mut means, mut detail) = (0.0, 0.0, [0.0; 4], 0.0);
        for (own, new) in some.map(pair) {
            looked += 1.0;
            news += apart((own, new));
            for (mean, new) in means.iter_mut().zip(new) {
                *mean += f64::from(*new);
                detail += f64::from(*new).powi(2);
            }
        }
        let looked = f64::max(looked, 1.0);
        let detail = detail / looked - means.iter().map(|mean| (mean / looked).powi(2)).sum::<f64>();
        let news = (news / looked).min(detail).min(NEWS[1]);
        let height = |top: usize, side: usize| (top as f64 + self.height as f64 / 2.0) / side as f64;
        let higher = height(to[1], picture.height()) - height(from[1], donor.height());
        edge + HEIGHT * higher.powi(2) - NEWS[0] * news
    }
}

fn rectangle(size: f64, most: [usize; 2], random: &mut Random) -> Outline {
    let shape = random.between(-0.6, 0.6).exp();
    let [width, height] = [(size * shape).sqrt(), (size / shape).sqrt()];
    let side = |side: f64, most: usize| (side.round() as usize).clamp(SHORTEST.min(most), most);
    let (width, height) = (side(width, most[0]), side(height, most[1]));
    Outline { width, height, inside: vec![true; width * height] }
}

/// What a round brush leaves on a way that bends.
fn stroke(size: f64, most: [usize; 2], random: &mut Random) -> Outline {
    // A way of three diameters: discs of radius r cover about 12 r squared + pi r squared.
    let radius = (size / (12.0 + PI)).sqrt().max(2.0);
    let (mut at, mut towards) = ([0.0, 0.0], random.between(0.0, TAU));
    let bend = random.between(-0.9, 0.9) / radius;
    let mut way = Vec::new();
    for _ in 0..(6.0 * radius) as usize {
        way.push(at);
        at = [at[0] + f64::cos(towards), at[1] + f64::sin(towards)];
        towards += bend / 2.0 + random.normal() * 0.05;
    }
    way.push(at);
    let span = |side: usize| {
        let low = way.iter().map(|at| at[side]).fold(f64::INFINITY, f64::min) - radius;
        let high = way.iter().map(|at| at[side]).fold(f64::NEG_INFINITY, f64::max) + radius;
        (low, (((high - low).ceil() as usize) + 1).min(most[side]))
    };
    let ((left, width), (top, height)) = (span(0), span(1));
    let covered = |at: usize| {
        let (x, y) = ((at % width) as f64 + left, (at / width) as f64 + top);
        way.iter().any(|at| (at[0] - x).powi(2) + (at[1] - y).powi(2) <= radius * radius)
    };
    Outline { width, height, inside: (0..width * height).map(covered).collect() }
}

/// A superpixel and the neighbours that are most like it, until they are large enough; and where they are.
fn grown(donor: &Raster, labels: &[u32], size: f64, random: &mut Random) -> (Outline, [usize; 2]) {
    let width = donor.width();
    let count = labels.iter().max().map_or(0, |most| *most as usize + 1);
    let mut sums = vec![(0usize, vec![0.0f32; donor.channels()]); count];
    let mut beside = vec![std::collections::BTreeSet::new(); count];
    for (at, &label) in labels.iter().enumerate() {
        let (pixels, colour) = &mut sums[label as usize];
        *pixels += 1;
        colour.iter_mut().zip(donor.pixel(at % width, at / width)).for_each(|(sum, value)| *sum += value);
        beside[label as usize].extend(around(at, width, labels.len()).map(|other| labels[other] as usize));
    }
    let mean = |(pixels, sums): &(usize, Vec<f32>)| -> Vec<f32> {
        sums.iter().map(|sum| sum / (*pixels).max(1) as f32).collect()
    };
    let means: Vec<Vec<f32>> = sums.iter().map(mean).collect();
    let first = labels[random.below(labels.len())] as usize;
    let mut chosen = vec![first];
    let mut pixels = sums[first].0;
    while (pixels as f64) < size {
        let near = chosen.iter().flat_map(|&label| beside[label].iter().copied());
        let near = near.filter(|label| !chosen.contains(label));
        let apart =
            |label: usize| means[label].iter().zip(&means[first]).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        let Some(next) = near.min_by(|&a, &b| apart(a).total_cmp(&apart(b))) else { break };
        pixels += sums[next].0;
        chosen.push(next);
    }
    let mut inside: Vec<bool> = labels.iter().map(|&label| chosen.contains(&(label as usize))).collect();
    // Segments end at edges; a margin takes those along, and the join lies beside them.
    (0..MARGIN).for_each(|_| widen(&mut inside, width));
    cut_out(|at| inside[at], width, labels.len())
}

/// The pixels beside those that are inside are inside too.
fn widen(inside: &mut Vec<bool>, width: usize) {
    let count = inside.len();
    *inside =
        (0..count).map(|at| inside[at] || around(at, width, count).any(|other| inside[other])).collect();
}

/// The smallest rectangle around these pixels.
fn cut_out(is_inside: impl Fn(usize) -> bool, width: usize, count: usize) -> (Outline, [usize; 2]) {
    let all: Vec<usize> = (0..count).filter(|&at| is_inside(at)).collect();
    let span = |of: &dyn Fn(usize) -> usize| {
        let low = all.iter().map(|&at| of(at)).min().unwrap_or(0);
        (low, all.iter().map(|&at| of(at)).max().unwrap_or(0) + 1 - low)
    };
    let ((left, across), (top, down)) = (span(&|at| at % width), span(&|at| at / width));
    let mut inside = vec![false; across * down];
    all.into_iter().for_each(|at| inside[(at / width - top) * across + at % width - left] = true);
    (Outline { width: across, height: down, inside }, [left, top])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_about_the_size_that_was_asked_for() {
        let mut random = Random::new(1, "pieces", 0);
        for size in [200.0, 900.0, 2500.0] {
            for _ in 0..10 {
                for outline in
                    [rectangle(size, [200, 200], &mut random), stroke(size, [200, 200], &mut random)]
                {
                    let pixels = outline.inside.iter().filter(|&&inside| inside).count() as f64;
                    assert!((0.5..1.6).contains(&(pixels / size)), "{pixels} for {size}");
                }
            }
        }
    }

    #[test]
    fn segments_grow_over_what_looks_alike() {
        let donor = Raster::new(40, 20, 1, (0..800).map(|at| if at % 40 < 20 { 0.1 } else { 0.9 }).collect());
        let labels = super::super::slic::segments(&donor, 5);
        for number in 0..5 {
            let (outline, from) = grown(&donor, &labels, 150.0, &mut Random::new(number, "grown", 0));
            let columns = from[0]..from[0] + outline.width;
            assert!(
                columns.end <= 20 + MARGIN + 1 || columns.start + MARGIN >= 19,
                "{columns:?} keeps to one half"
            );
        }
    }
}
