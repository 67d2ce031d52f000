//! Pictures of random leaves, one on top of another: edges of all directions, lengths and contrasts, and none that anybody owns.
//!
//! Their sizes follow a power law, as those of things in photographs do (Lee, Mumford and Huang, "Occlusion models for natural
//! images", 2001); networks trained on such pictures mend photographs (Achddou, Gousseau and Ladjal, 2021).

use impasto_random::Random;

use super::super::raster::Raster;
use super::super::resize::{Edge, Filter};

/// How much finer they are painted than they come to be.
const FINER: usize = 4;
const LEAVES: usize = 1200;

/// A leaf: an ellipse, a bar, or half of either.
struct Leaf {
    centre: [f64; 2],
    /// Its direction as sine and cosine.
    turn: (f64, f64),
    /// Half its length and half its breadth.
    reach: [f64; 2],
    square: bool,
    halved: bool,
    light: f64,
    /// From one end to the other.
    slope: f64,
    wave: Wave,
}

struct Wave {
    height: f64,
    /// Radians a pixel.
    pace: [f64; 2],
    phase: f64,
}

/// A picture of one channel.
pub fn leaves(side: usize, random: &mut Random) -> Raster {
    let fine = side * FINER;
    let mut picture = Raster::new(fine, fine, 1, vec![0.45; fine * fine]);
    for _ in 0..LEAVES {
        Leaf::drawn(fine, random).paint(&mut picture);
    }
    grain(&mut picture, random);
    let soft = (fine as f64 / random.between(1.0, 3.0)) as usize;
    picture.resized(soft, soft, Filter::Cubic, Edge::Still).resized(side, side, Filter::Cubic, Edge::Still)
}

impl Leaf {
    fn drawn(side: usize, random: &mut Random) -> Self {
        // Density of the cube: as many sizes as there are.
        let (least, most) = (4.0_f64.powi(-2), (side as f64 / 3.0).powi(-2));
        let length = random.between(most, least).powf(-0.5);
        let thin = if random.chance(0.2) { random.between(0.04, 0.2) } else { random.between(0.25, 1.0) };
        let (pace, way) = (std::f64::consts::TAU / random.between(2.3, 4.5).exp(), random.between(0.0, 3.15));
        Self {
            centre: [0, 1].map(|_| random.between(0.0, side as f64)),
            turn: random.between(0.0, std::f64::consts::PI).sin_cos(),
            reach: [length, length * thin],
            square: random.chance(0.4),
            halved: random.chance(0.25),
            light: (0.43 + 0.24 * random.normal()).clamp(0.0, 1.0),
            slope: 0.1 * random.normal(),
            wave: Wave {
                height: if random.chance(0.5) { -0.06 * random.unit().max(1e-9).ln() } else { 0.0 },
                pace: [pace * way.cos(), pace * way.sin()],
                phase: random.between(0.0, std::f64::consts::TAU),
            },
        }
    }

    fn paint(&self, picture: &mut Raster) {
        let side = picture.width();
        let reach = self.reach[0].hypot(self.reach[1]);
        let [columns, rows] = self
            .centre
            .map(|at| (at - reach).max(0.0) as usize..((at + reach).max(0.0) as usize + 1).min(side));
        for y in rows {
            for x in columns.clone() {
                if let Some(light) = self.at(x as f64, y as f64) {
                    picture.pixel_mut(x, y)[0] = light as f32;
                }
            }
        }
    }

    /// How light it is at a pixel, where it covers it.
    fn at(&self, x: f64, y: f64) -> Option<f64> {
        let (sin, cos) = self.turn;
        let [u, v] = [x - self.centre[0], y - self.centre[1]];
        let [along, aside] = [(u * cos + v * sin) / self.reach[0], (v * cos - u * sin) / self.reach[1]];
        let inside = if self.square { along.abs().max(aside.abs()) } else { along.hypot(aside) };
        if inside > 1.0 || (self.halved && along + 0.3 * aside < 0.0) {
            return None;
        }
        let Wave { height, pace, phase } = self.wave;
        Some(self.light + self.slope * along + height * (pace[0] * x + pace[1] * y + phase).sin())
    }
}

/// Noise of four sizes over all of it.
fn grain(picture: &mut Raster, random: &mut Random) {
    let height = -0.02 * random.unit().max(1e-9).ln();
    for size in [4, 8, 16, 32] {
        let side = (picture.width() / size).max(1);
        let values =
            random.normals(side * side).iter().map(|value| (height * f64::from(*value)) as f32).collect();
        let coarse = Raster::new(side, side, 1, values);
        let fine = coarse.resized(picture.width(), picture.height(), Filter::Cubic, Edge::Still);
        *picture = picture.with(&fine, |value, noise| (value + noise).clamp(0.0, 1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_light_and_shade_and_the_same_seed_paints_the_same() {
        let paint = || leaves(24, &mut Random::new(3, "leaves", 0));
        let one = paint();
        assert_eq!(one, paint());
        let spread = one.values().iter().fold([1.0f32, 0.0f32], |[low, high], &v| [low.min(v), high.max(v)]);
        assert!(spread[1] - spread[0] > 0.3, "{spread:?}");
    }
}
