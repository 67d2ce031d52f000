//! Colours as a painter thinks of them: how light, how strong, which hue.
//!
//! Kept in Oklab (Ottosson, 2020), where equal steps look equal, so that a mixture of two colours never turns grey or
//! jumps in lightness, and where a random hue at a fixed lightness is always of the same weight in the picture.

use std::ops::Range;

use super::chance::Chance;
use impasto_random::Random;

/// A colour in Oklab.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colour {
    light: f32,
    a: f32,
    b: f32,
}

/// The colour of this lightness (0 black to 1 white), strength (0 grey to about 0.3) and hue in degrees (30 red, 90
/// yellow, 145 green, 260 blue, 320 purple).
pub(super) fn colour(light: f32, strength: f32, hue: f32) -> Colour {
    let angle = hue.to_radians();
    Colour { light, a: strength * libm::cosf(angle), b: strength * libm::sinf(angle) }
}

/// A colour from ranges of lightness, strength and hue.
pub(super) fn any_colour(
    random: &mut Random,
    light: Range<f32>,
    strength: Range<f32>,
    hue: Range<f32>,
) -> Colour {
    colour(random.within(light), random.within(strength), random.within(hue))
}

impl Colour {
    /// `share` of the other colour in this one.
    pub(super) fn mixed(self, other: Self, share: f32) -> Self {
        let mix = |one: f32, two: f32| one + (two - one) * share;
        Self { light: mix(self.light, other.light), a: mix(self.a, other.a), b: mix(self.b, other.b) }
    }

    /// Lighter, or darker when `by` is negative.
    pub(super) fn lighter(self, by: f32) -> Self {
        Self { light: (self.light + by).clamp(0.0, 1.0), ..self }
    }

    /// As strong as before times `factor`.
    pub(super) fn stronger(self, factor: f32) -> Self {
        Self { a: self.a * factor, b: self.b * factor, ..self }
    }

    /// The colour that a screen can show: paler, never of another hue, where sRGB can't hold it.
    pub(super) fn to_rgb(self) -> [u8; 3] {
        let mut shown = self;
        for _ in 0..24 {
            let linear = shown.linear();
            if linear.iter().all(|value| (-0.001..=1.001).contains(value)) {
                break;
            }
            shown = shown.stronger(0.92);
        }
        shown.linear().map(|value| (encoded(value) * 255.0 + 0.5) as u8)
    }

    /// Linear-light sRGB, possibly outside `[0, 1]`.
    fn linear(self) -> [f32; 3] {
        let cube = |value: f32| value * value * value;
        let l = cube(self.light + 0.396_337_78 * self.a + 0.215_803_76 * self.b);
        let m = cube(self.light - 0.105_561_346 * self.a - 0.063_854_17 * self.b);
        let s = cube(self.light - 0.089_484_18 * self.a - 1.291_485_5 * self.b);
        [
            4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_93 * s,
            -1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s,
            -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
        ]
    }
}

/// The sRGB curve.
fn encoded(linear: f32) -> f32 {
    let linear = linear.clamp(0.0, 1.0);
    if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * libm::powf(linear, 1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_black_and_red_are_what_a_screen_calls_them() {
        assert_eq!(colour(1.0, 0.0, 0.0).to_rgb(), [255, 255, 255]);
        assert_eq!(colour(0.0, 0.0, 0.0).to_rgb(), [0, 0, 0]);
        let [red, green, blue] = colour(0.628, 0.2577, 29.23).to_rgb();
        assert!(red >= 253 && green <= 6 && blue <= 6, "{red} {green} {blue}");
    }

    #[test]
    fn a_colour_no_screen_can_show_keeps_its_hue() {
        let [red, green, blue] = colour(0.7, 0.9, 145.0).to_rgb();
        assert!(green > red && green > blue);
    }
}
