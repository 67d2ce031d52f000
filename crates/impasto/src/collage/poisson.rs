//! Pieces joined by their gradients (Pérez, Gangnet and Blake, "Poisson Image Editing", 2003): inside the piece the picture
//! changes from pixel to pixel as the piece does, and at its edge it is what it was.
//!
//! What is solved for is not the picture but how it differs from the piece, which is smooth (Farbman and others, "Coordinates for
//! Instant Image Cloning", 2009, call it the membrane): from coarse to fine, each level by conjugate gradients that begin at the
//! level before. Differs from the paper: what is asked of the edge is smooth, and the piece fades in there; else the
//! grain of two pictures meets in one line, which is seen. And a piece keeps its own colours away from its edge, but for a small shift of
//! all of them: gradients alone would carry what differs along the edge all through the piece, which then looks like fog. Sums are
//! made in an order that depends on sizes alone, so threads change nothing.

use rayon::prelude::*;

use super::slic::around;
use super::soft::{mixed, shares, softened};
use crate::patches::Raster;

/// How far all colours of a piece may be shifted.
const SHIFT: f64 = 0.12;
/// How far what differs beyond that reaches into a piece: a share of the square root of its pixels,
const DEPTH: f64 = 0.12;
/// and so many pixels at least.
const LEAST: f64 = 9.0;
/// When the rest has become so small a share of what it was, it is solved.
const SOLVED: f64 = 1e-6;
/// A level is given up after so many steps; the finest ones of huge pieces end here, at errors that no byte shows.
const STEPS: usize = 400;
/// Below so many pixels on the shorter side there is no coarser level.
const SMALL: usize = 16;

/// The picture with a piece (of the same shape) laid over where the mask is true; it fades in over some pixels around its edge.
///
/// # Panics
/// When the three are not of one size.
pub(super) fn joined(picture: &Raster, piece: &Raster, mask: &[bool]) -> Raster {
    let (width, height, channels) = (picture.width(), picture.height(), picture.channels());
    assert_eq!(mask.len(), width * height, "a mask of the picture's size");
    let Some(view) = View::around(mask, width, height) else { return picture.clone() };
    let inside = view.cut(mask, width);
    // Grain is no part of how they differ: it would show along the edge.
    let mut apart = softened(&picture.with(piece, |own, piece| own - piece));
    let pixels = inside.iter().filter(|&&inside| inside).count();
    let depth = (DEPTH * (pixels as f64).sqrt()).max(LEAST);
    let fading = 1.0 / (depth * depth);
    for channel in 0..channels {
        let given = view.cut_channel(&apart, channel);
        let shift = shift(&given, &inside, view.width);
        let edge: Vec<f64> = given.iter().map(|apart| apart - shift).collect();
        let membrane = membrane(&edge, &inside, [view.width, view.height], fading);
        for at in (0..inside.len()).filter(|&at| inside[at]) {
            let (x, y) = (at % view.width + view.left, at / view.width + view.top);
            apart.pixel_mut(x, y)[channel] = (membrane[at] + shift) as f32;
        }
    }
    let fitted = piece.with(&apart, |piece, apart| piece + apart);
    mixed(picture, &fitted, &softened(&shares(mask, width, height)))
}

/// The part of a picture that a mask is in, and a pixel around it where there is one.
struct View {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl View {
    fn around(mask: &[bool], width: usize, height: usize) -> Option<Self> {
        let meant = || (0..mask.len()).filter(|&at| mask[at]);
        let span = |of: fn(usize, usize) -> usize, end: usize| {
            let low = meant().map(|at| of(at, width)).min()?;
            let high = meant().map(|at| of(at, width)).max()?;
            Some((low.saturating_sub(1), (high + 2).min(end)))
        };
        let (left, right) = span(|at, width| at % width, width)?;
        let (top, bottom) = span(|at, width| at / width, height)?;
        Some(Self { left, top, width: right - left, height: bottom - top })
    }

    fn cut(&self, mask: &[bool], width: usize) -> Vec<bool> {
        let rows = (self.top..self.top + self.height).map(|y| y * width + self.left);
        rows.flat_map(|at| &mask[at..at + self.width]).copied().collect()
    }

    fn cut_channel(&self, raster: &Raster, channel: usize) -> Vec<f64> {
        let part = raster.part(self.left, self.top, self.width, self.height);
        part.values().iter().skip(channel).step_by(part.channels()).map(|&value| f64::from(value)).collect()
    }
}

/// What differs along the edge in the mean, cut to what a piece may be shifted.
fn shift(given: &[f64], inside: &[bool], width: usize) -> f64 {
    let is_edge = |at: &usize| !inside[*at] && around(*at, width, inside.len()).any(|other| inside[other]);
    let edge: Vec<f64> = (0..given.len()).filter(is_edge).map(|at| given[at]).collect();
    (edge.iter().sum::<f64>() / edge.len().max(1) as f64).clamp(-SHIFT, SHIFT)
}

/// Values that are smooth inside and what they are given as elsewhere; beyond the rectangle there is nothing. The stronger the
/// fading, the nearer to 0 they are away from the edge (a screened Poisson equation; Bhat and others, "Fourier Analysis of the 2D
/// Screened Poisson Equation for Gradient Domain Problems", 2008).
fn membrane(given: &[f64], inside: &[bool], [width, height]: [usize; 2], fading: f64) -> Vec<f64> {
    let mut values = if inside.iter().all(|&inside| inside) {
        // Without an edge every constant is a solution.
        return vec![0.0; given.len()];
    } else if width.min(height) < SMALL {
        let known = || given.iter().zip(inside).filter(|(_, inside)| !**inside).map(|(value, _)| value);
        let mean = known().sum::<f64>() / known().count() as f64;
        inside.iter().zip(given).map(|(&inside, &given)| if inside { mean } else { given }).collect()
    } else {
        coarser(given, inside, [width, height], fading)
    };
    solve(&mut values, &Grid { inside, width, height, fading });
    values
}

/// The solution of half the size, as a start.
fn coarser(given: &[f64], inside: &[bool], [width, height]: [usize; 2], fading: f64) -> Vec<f64> {
    let (across, down) = (width.div_ceil(2), height.div_ceil(2));
    let mut sums = vec![(0.0, 0.0); across * down];
    for (at, value) in given.iter().enumerate().filter(|(at, _)| !inside[*at]) {
        let sum = &mut sums[at / width / 2 * across + at % width / 2];
        *sum = (sum.0 + value, sum.1 + 1.0);
    }
    let is_inside: Vec<bool> = sums.iter().map(|sum| sum.1 == 0.0).collect();
    let means: Vec<f64> = sums.iter().map(|(sum, count)| sum / f64::max(*count, 1.0)).collect();
    let coarse = membrane(&means, &is_inside, [across, down], 4.0 * fading);
    let finer = |at: usize| coarse[at / width / 2 * across + at % width / 2];
    (0..given.len()).map(|at| if inside[at] { finer(at) } else { given[at] }).collect()
}

/// Conjugate gradients (Hestenes and Stiefel, 1952) for the pixels inside: each is the mean of its neighbours.
fn solve(values: &mut [f64], grid: &Grid<'_>) {
    let mut rest = grid.lacking(values);
    let mut way = rest.clone();
    let mut size = dot(&rest, &rest);
    let enough = SOLVED * SOLVED * size.max(1e-12);
    for _ in 0..STEPS {
        if size <= enough {
            return;
        }
        // For steps the known pixels are 0, so that they stay as they are.
        let pull: Vec<f64> = grid.lacking(&way).into_iter().map(|lack| -lack).collect();
        let step = size / dot(&way, &pull).max(f64::MIN_POSITIVE);
        values.iter_mut().zip(&way).for_each(|(value, way)| *value += step * way);
        rest.iter_mut().zip(&pull).for_each(|(rest, pull)| *rest -= step * pull);
        let now = dot(&rest, &rest);
        way.iter_mut().zip(&rest).for_each(|(way, rest)| *way = rest + now / size * *way);
        size = now;
    }
}

struct Grid<'a> {
    inside: &'a [bool],
    width: usize,
    height: usize,
    /// How strongly values are drawn to 0.
    fading: f64,
}

impl Grid<'_> {
    /// For each pixel inside the sum of what its neighbours have more than it; 0 for the others.
    fn lacking(&self, values: &[f64]) -> Vec<f64> {
        let (width, height) = (self.width, self.height);
        let mut lacking = vec![0.0; values.len()];
        lacking.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            for (x, lack) in row.iter_mut().enumerate() {
                let at = y * width + x;
                if !self.inside[at] {
                    continue;
                }
                let own = values[at];
                let there = |is: bool, at: usize| if is { values[at] - own } else { 0.0 };
                *lack = there(x > 0, at.wrapping_sub(1))
                    + there(x + 1 < width, at + 1)
                    + there(y > 0, at.wrapping_sub(width))
                    + there(y + 1 < height, at + width)
                    - self.fading * own;
            }
        });
        lacking
    }
}

/// In pieces of one length, whose sums are added up in order.
fn dot(one: &[f64], two: &[f64]) -> f64 {
    const PIECE: usize = 4096;
    let piece = |(one, two): (&[f64], &[f64])| one.iter().zip(two).map(|(a, b)| a * b).sum::<f64>();
    let sums: Vec<f64> = one.par_chunks(PIECE).zip(two.par_chunks(PIECE)).map(piece).collect();
    sums.into_iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn noise(width: usize, height: usize, number: u64) -> Raster {
        let values = Random::new(1, "poisson", number).uniforms(width * height * 3, 0.0, 1.0);
        Raster::new(width, height, 3, values)
    }

    /// By elimination, for a handful of pixels.
    fn directly(given: &[f64], inside: &[bool], width: usize, height: usize) -> Vec<f64> {
        let count = given.len();
        let mut rows = vec![vec![0.0; count + 1]; count];
        for at in 0..count {
            rows[at][at] = 1.0;
            rows[at][count] = given[at];
            if !inside[at] {
                continue;
            }
            let (x, y) = (at % width, at / width);
            let around = [
                (x > 0, at.wrapping_sub(1)),
                (x + 1 < width, at + 1),
                (y > 0, at.wrapping_sub(width)),
                (y + 1 < height, at + width),
            ];
            let around: Vec<usize> = around.into_iter().filter(|one| one.0).map(|one| one.1).collect();
            (rows[at][at], rows[at][count]) = (around.len() as f64, 0.0);
            around.into_iter().for_each(|other| rows[at][other] = -1.0);
        }
        for pivot in 0..count {
            for row in 0..count {
                if row != pivot {
                    let factor = rows[row][pivot] / rows[pivot][pivot];
                    let from = rows[pivot].clone();
                    rows[row].iter_mut().zip(from).for_each(|(value, from)| *value -= factor * from);
                }
            }
        }
        (0..count).map(|at| rows[at][count] / rows[at][at]).collect()
    }

    #[test]
    fn the_solution_is_the_direct_one() {
        let given: Vec<f64> =
            Random::new(1, "given", 0).uniforms(7 * 6, 0.0, 1.0).into_iter().map(f64::from).collect();
        // A piece with a corner and a pixel that touch the edge of the picture.
        let inside: Vec<bool> =
            (0..42).map(|at| (1..5).contains(&(at % 7)) && at / 7 < 4 || at == 40).collect();
        let (found, direct) = (membrane(&given, &inside, [7, 6], 0.0), directly(&given, &inside, 7, 6));
        for (found, direct) in found.iter().zip(&direct) {
            assert!((found - direct).abs() < 1e-5, "{found} and {direct}");
        }
    }

    #[test]
    fn large_pieces_are_solved_too() {
        let (width, height) = (120, 90);
        let given: Vec<f64> = (0..width * height).map(|at| (at % width) as f64 / width as f64).collect();
        let inside: Vec<bool> = (0..given.len())
            .map(|at| (5..115).contains(&(at % width)) && (5..85).contains(&(at / width)))
            .collect();
        let found = membrane(&given, &inside, [width, height], 0.0);
        // A ramp is its own membrane.
        assert!(found.iter().zip(&given).all(|(found, given)| (found - given).abs() < 1e-3));
    }

    #[test]
    fn inside_the_gradient_is_the_pieces_where_it_differs_by_a_constant() {
        let piece = noise(40, 30, 0);
        let mut picture = piece.clone();
        picture.values_mut().iter_mut().for_each(|value| *value += 0.1);
        let mask: Vec<bool> =
            (0..1200).map(|at| (8..30).contains(&(at % 40)) && (6..25).contains(&(at / 40))).collect();
        let made = joined(&picture, &piece, &mask);
        assert!(made.values().iter().zip(picture.values()).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    #[test]
    fn inside_it_bends_as_the_piece_does_and_far_outside_it_is_the_picture() {
        let [piece, other] = [0, 1].map(|number| noise(60, 60, number));
        let mask: Vec<bool> =
            (0..3600).map(|at| (14..46).contains(&(at % 60)) && (14..46).contains(&(at / 60))).collect();
        let made = joined(&other, &piece, &mask);
        let bend = |raster: &Raster, x: usize, y: usize| {
            let at = |x: usize, y: usize| raster.pixel(x, y)[0];
            4.0 * at(x, y) - at(x - 1, y) - at(x + 1, y) - at(x, y - 1) - at(x, y + 1)
        };
        for (x, y) in (0..60).flat_map(|y| (0..60).map(move |x| (x, y))) {
            let inwards = [x - 14, 45 - x, y - 14, 45 - y].into_iter().min().unwrap_or(0);
            let [u, v] = [x, y].map(|at| at as usize);
            if inwards > 10 {
                assert!((bend(&made, u, v) - bend(&piece, u, v)).abs() < 2e-2);
            }
            let same = made.pixel(u, v).iter().zip(other.pixel(u, v)).all(|(a, b)| (a - b).abs() < 2e-3);
            assert!(inwards > -14 || same, "{x}, {y}");
        }
    }

    #[test]
    fn a_piece_between_unlike_colours_does_not_turn_to_fog() {
        let side = 96;
        let texture = noise(side, side, 2);
        let piece = texture.with(&texture, |value, _| 0.35 + 0.3 * value);
        // Dark to the left, light to the right, so that what differs along the edge differs much.
        let halves = Raster::new(
            side,
            side,
            3,
            (0..side * side * 3).map(|n| if n / 3 % side < 48 { 0.05 } else { 0.95 }).collect(),
        );
        let place = |at: usize| [at % side, at / side];
        let inside = |at: usize, far: usize| place(at).iter().all(|&at| (16 + far..80 - far).contains(&at));
        let mask: Vec<bool> = (0..side * side).map(|at| inside(at, 0)).collect();
        let made = Raster::of(&joined(&halves, &piece, &mask).picture());
        let deep: Vec<usize> = (0..side * side).filter(|&at| inside(at, 16)).collect();
        let contrast = |raster: &Raster| {
            let values = deep.iter().map(|&at| f64::from(raster.values()[at * 3]));
            let mean = values.clone().sum::<f64>() / deep.len() as f64;
            (values.map(|value| (value - mean).powi(2)).sum::<f64>() / deep.len() as f64).sqrt()
        };
        let fog = contrast(&made) / contrast(&piece);
        assert!((0.9..1.15).contains(&fog), "contrast of {fog} of the piece's own");
        let far = deep.iter().map(|&at| (made.values()[at * 3] - piece.values()[at * 3]).abs());
        assert!(far.fold(0.0, f32::max) < SHIFT as f32 + 0.06);
    }

    #[test]
    fn a_piece_of_everything_or_of_nothing_is_no_trouble() {
        let (one, other) = (noise(9, 9, 0), noise(9, 9, 1));
        assert_eq!(joined(&one, &other, &[false; 81]), one);
        let all = joined(&one, &other, &[true; 81]);
        assert!(all.values().iter().zip(other.values()).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
