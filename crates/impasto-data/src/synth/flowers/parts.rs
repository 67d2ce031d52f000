//! What flowers have in common: rings of petals, hearts, leaves, and the ground they stand before.

use std::f32::consts::TAU;
use std::ops::Range;

use impasto_random::Random;
use tiny_skia::Path;

use crate::synth::canvas::{At, Canvas, Ink, Pose, blend, glow};
use crate::synth::chance::Chance;
use crate::synth::colour::{Colour, any_colour};
use crate::synth::shapes::{away, disc, line, oval, petal};

/// The golden angle, by which seeds and rose petals follow each other.
pub(super) const GOLDEN: f32 = 2.399_963;
/// Where most flowers have their centre.
pub(super) const ORIGIN: At = (0.0, 0.0);

/// Petals all around the origin.
pub(super) struct Ring {
    pub(super) count: usize,
    pub(super) length: f32,
    pub(super) width: f32,
    pub(super) fullness: f32,
    pub(super) base: Colour,
    pub(super) tip: Colour,
    pub(super) start: f32,
}

impl Ring {
    /// The same petals, darker.
    pub(super) fn darker(&self, by: f32) -> Self {
        Self { base: self.base.lighter(-by), tip: self.tip.lighter(-by), ..*self }
    }
}

pub(super) fn ring(canvas: &mut Canvas, random: &mut Random, ring: &Ring, sun: f32) {
    let step = TAU / ring.count as f32;
    for index in 0..ring.count {
        let angle = ring.start + step * index as f32 + random.around(0.0, 0.16 * step);
        let length = ring.length * random.within(0.93..1.0);
        let shade = 0.045 * libm::cosf(angle - sun);
        let shape = petal(length, ring.width * random.within(0.92..1.08), ring.fullness);
        canvas.posed(Pose::at(ORIGIN).turned(angle), |canvas| {
            let (base, tip) = (ring.base.lighter(shade), ring.tip.lighter(shade));
            canvas.posed(Pose::at((0.4, 1.0)), |canvas| {
                canvas.fill(&shape, Ink::Glaze(base.lighter(-0.3), 0.25))
            });
            canvas.fill(&shape, blend((length * 0.2, 0.0), (length, 0.0), base, tip));
            canvas.stroke(
                &line(&[(0.0, 0.0), (length * 0.82, 0.0)]),
                0.6,
                Ink::Glaze(base.lighter(-0.08), 0.3),
            );
        });
    }
}

/// A flower's heart: a lit dome with seeds that follow the golden angle.
pub(super) fn button(canvas: &mut Canvas, radius: f32, light: Colour, dark: Colour, sun: f32) {
    canvas.fill(&disc((0.5, 0.9), radius * 1.06), Ink::Glaze(dark.lighter(-0.2), 0.35));
    let stops = vec![(0.0, light.lighter(0.05), 1.0), (0.6, light, 1.0), (1.0, dark, 1.0)];
    canvas.fill(&disc(ORIGIN, radius), Ink::Around(away(ORIGIN, radius * 0.35, sun), radius * 1.3, stops));
    let seeds = 90;
    for index in 1..seeds {
        let share = (index as f32 / seeds as f32).sqrt();
        let place = away(ORIGIN, radius * 0.95 * share, GOLDEN * index as f32);
        canvas.fill(&disc(place, radius * 0.045), Ink::Glaze(dark.mixed(light, 0.15), 0.55));
    }
}

/// Two to four leaves that look out from behind a bloom.
pub(super) fn leaves(canvas: &mut Canvas, random: &mut Random, radius: f32) {
    let green = any_colour(random, 0.44..0.58, 0.08..0.12, 125.0..160.0);
    let count = random.count(2, 4);
    let start = random.within(0.0..TAU);
    for index in 0..count {
        let angle = start + TAU * (index as f32 + random.around(0.0, 0.3)) / count as f32;
        let length = radius * random.within(1.08..1.24);
        canvas.posed(Pose::at(ORIGIN).turned(angle), |canvas| leaf(canvas, length, radius * 0.5, green));
    }
}

pub(super) fn leaf(canvas: &mut Canvas, length: f32, width: f32, green: Colour) {
    let shape: Option<Path> = petal(length, width, 0.2);
    canvas.fill(
        &shape,
        blend((0.0, -width * 0.4), (0.0, width * 0.4), green.lighter(0.06), green.lighter(-0.07)),
    );
    canvas.stroke(&line(&[ORIGIN, (length * 0.94, 0.0)]), 0.8, Ink::Glaze(green.lighter(0.14), 0.6));
}

/// A quiet ground: two near tones, a soft light, and a few blurred spots as of things far behind.
pub(super) fn ground(
    canvas: &mut Canvas,
    random: &mut Random,
    light: Range<f32>,
    strength: Range<f32>,
    hue: Range<f32>,
) {
    let above = any_colour(random, light, strength.clone(), hue.clone());
    let below =
        above.lighter(-random.within(0.04..0.12)).mixed(any_colour(random, 0.6..0.8, strength, hue), 0.25);
    let lean = random.within(-40.0..40.0);
    canvas.cover(blend((50.0 + lean, 0.0), (50.0 - lean, 100.0), above, below));
    for _ in 0..random.count(2, 5) {
        let centre = (random.within(0.0..100.0), random.within(0.0..100.0));
        let radius = random.within(18.0..38.0);
        let tone = above.lighter(random.within(-0.1..0.1));
        canvas.fill_behind(&oval(centre, radius, radius), glow(centre, radius, tone, 0.55));
    }
}
