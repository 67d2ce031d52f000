//! What kind of place a pixel is in: how strong the edge around it is, how straight, and which way it runs.
//!
//! The structure tensor (Förstner and Gülch, 1987): means of products of gradients. Its greater eigenvector crosses the edge.

use rayon::prelude::*;

use super::super::raster::Raster;

/// Kinds of places that are told apart.
pub(super) const KINDS: usize = ANGLES * (STRENGTHS.len() + 1) * (STRAIGHTNESS.len() + 1);

/// Directions in an eighth of the circle; turning and mirroring bring every edge there.
const ANGLES: usize = 8;
/// Gradients, per pixel, that divide weak edges from strong ones; white is 1.
const STRENGTHS: [f32; 4] = [0.008, 0.02, 0.047, 0.098];
/// Between 0, as many gradients along as across, and 1, a straight edge.
const STRAIGHTNESS: [f32; 3] = [0.25, 0.5, 0.75];
/// The binomial that stands for a Gaussian.
const SMOOTH: [f32; 5] = [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];

/// The kind of a place, and how its surroundings are turned so that all of a kind look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) kind: u16,
    pub(super) turn: Turn,
}

/// Left for right, then rows for columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) mirrored: bool,
    pub(super) transposed: bool,
}

impl Turn {
    pub(super) const ALL: [Self; 4] = [
        Self { mirrored: false, transposed: false },
        Self { mirrored: true, transposed: false },
        Self { mirrored: false, transposed: true },
        Self { mirrored: true, transposed: true },
    ];

    /// Which of [`Turn::ALL`] it is.
    pub(super) fn number(self) -> usize {
        usize::from(self.mirrored) + 2 * usize::from(self.transposed)
    }

    /// Where the value at a row and column of a square comes to lie.
    pub(super) fn moved(self, [row, column]: [usize; 2], side: usize) -> [usize; 2] {
        let column = if self.mirrored { side - 1 - column } else { column };
        if self.transposed { [column, row] } else { [row, column] }
    }
}

/// The place of every pixel.
pub(super) fn places(picture: &Raster) -> Vec<Place> {
    let (width, height) = (picture.width(), picture.height());
    let light = light(picture);
    let products = smoothed(&products(&light, [width, height]), [width, height]);
    products.into_par_iter().map(place).collect()
}

/// One value a pixel: how bright it looks, and how opaque it is.
pub(super) fn light(picture: &Raster) -> Vec<f32> {
    let luma = |pixel: &[f32]| 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    let of = |pixel: &[f32]| match pixel.len() {
        3 => luma(pixel),
        4 => (luma(pixel) + pixel[3]) / 2.0,
        _ => pixel[0],
    };
    picture.values().par_chunks(picture.channels()).map(of).collect()
}

/// Products of the gradients of each pixel: across with across, across with down, down with down.
fn products(light: &[f32], [width, height]: [usize; 2]) -> Vec<[f32; 3]> {
    let at = |x: usize, y: usize| light[y * width + x];
    let of = |number: usize| {
        let (x, y) = (number % width, number / width);
        let across = (at((x + 1).min(width - 1), y) - at(x.saturating_sub(1), y)) / 2.0;
        let down = (at(x, (y + 1).min(height - 1)) - at(x, y.saturating_sub(1))) / 2.0;
        [across * across, across * down, down * down]
    };
    (0..width * height).into_par_iter().map(of).collect()
}

fn smoothed(values: &[[f32; 3]], [width, height]: [usize; 2]) -> Vec<[f32; 3]> {
    let along = |values: &[[f32; 3]], across: bool| -> Vec<[f32; 3]> {
        let of = |number: usize| {
            let (x, y) = (number % width, number / width);
            let mut sum = [0.0; 3];
            for (step, weight) in SMOOTH.iter().enumerate() {
                let near = |at: usize, side: usize| (at + step).saturating_sub(2).min(side - 1);
                let value = if across {
                    values[y * width + near(x, width)]
                } else {
                    values[near(y, height) * width + x]
                };
                sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += weight * value);
            }
            sum
        };
        (0..width * height).into_par_iter().map(of).collect()
    };
    along(&along(values, true), false)
}

fn place([xx, xy, yy]: [f32; 3]) -> Place {
    use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, PI};
    let (middle, apart) = ((xx + yy) / 2.0, ((xx - yy).powi(2) / 4.0 + xy * xy).sqrt());
    let (along, across) = ((middle - apart).max(0.0).sqrt(), (middle + apart).sqrt());
    let straight = (across - along) / (across + along + 1e-6);
    let mut angle = (0.5 * (2.0 * xy).atan2(xx - yy)).rem_euclid(PI);
    let mirrored = angle >= FRAC_PI_2;
    if mirrored {
        angle = PI - angle;
    }
    let transposed = angle > FRAC_PI_4;
    if transposed {
        angle = FRAC_PI_2 - angle;
    }
    let angle = ((angle / FRAC_PI_4 * ANGLES as f32) as usize).min(ANGLES - 1);
    let level = |value: f32, levels: &[f32]| levels.iter().filter(|&&level| value > level).count();
    let kind = (angle * (STRENGTHS.len() + 1) + level(across, &STRENGTHS)) * (STRAIGHTNESS.len() + 1)
        + level(straight, &STRAIGHTNESS);
    Place { kind: kind as u16, turn: Turn { mirrored, transposed } }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A straight edge across the middle, whose normal has this angle in degrees.
    fn edge(angle: f32) -> Raster {
        let (sin, cos) = angle.to_radians().sin_cos();
        let at = |n: usize| (((n % 15) as f32 - 7.0) * cos + ((n / 15) as f32 - 7.0) * sin).clamp(-1.0, 1.0);
        Raster::new(15, 15, 1, (0..225).map(|n| 0.5 + 0.4 * at(n)).collect())
    }

    #[test]
    fn an_edge_turned_or_mirrored_is_of_the_same_kind() {
        let kind = |angle: f32| places(&edge(angle))[7 * 15 + 7].kind;
        for turned in [110.0, -20.0, 160.0, 70.0, 200.0] {
            assert_eq!(kind(turned), kind(20.0), "{turned}");
        }
        assert_ne!(kind(40.0), kind(20.0));
        let flat = Raster::new(15, 15, 1, vec![0.5; 225]);
        assert_ne!(places(&flat)[7 * 15 + 7].kind, kind(0.0));
    }

    #[test]
    fn an_edge_of_transparency_is_one() {
        let at = |n: usize| if n % 15 < 7 { [0.0; 4] } else { [0.0, 0.0, 0.0, 1.0] };
        let black = Raster::new(15, 15, 4, (0..225).flat_map(at).collect());
        let places = places(&black);
        assert_ne!(places[7 * 15 + 7].kind, places[7 * 15 + 1].kind);
    }
}
