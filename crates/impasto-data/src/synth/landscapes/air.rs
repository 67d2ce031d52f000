//! The hour of the day, and the sky that it makes.

use impasto_random::Random;

use crate::synth::canvas::{At, Canvas, Ink, Pose, glow};
use crate::synth::chance::Chance;
use crate::synth::colour::{Colour, colour};
use crate::synth::shapes::{disc, ovals};

/// What the time of day does to a place.
pub(super) struct Hour {
    zenith: Colour,
    middle: Colour,
    haze: Colour,
    /// The colour of sun or moon.
    pub(super) light: Colour,
    /// How much of its own colour land keeps, and how light it is.
    pub(super) day: f32,
}

impl Hour {
    /// A thing's own colour as it looks at this hour, this far away (0 near, 1 at the horizon).
    pub(super) fn seen(&self, own: Colour, distance: f32) -> Colour {
        let night = own.stronger(0.5 + 0.5 * self.day).lighter(-0.30 * (1.0 - self.day));
        night.mixed(self.haze, distance * 0.8).mixed(self.light, 0.06 * self.day)
    }
}

/// Some hour: noon twice as often as any other.
pub(super) fn hour(random: &mut Random) -> Hour {
    let drift = random.around(0.0, 14.0);
    let tone = |light, strength, hue: f32| colour(light, strength, hue + drift);
    match random.below(6) {
        0 | 1 => Hour {
            zenith: tone(0.62, 0.13, 250.0),
            middle: tone(0.80, 0.08, 235.0),
            haze: tone(0.92, 0.03, 215.0),
            light: colour(0.99, 0.04, 100.0),
            day: 1.0,
        },
        2 => Hour {
            zenith: tone(0.66, 0.07, 270.0),
            middle: tone(0.83, 0.07, 20.0),
            haze: tone(0.92, 0.07, 75.0),
            light: colour(0.97, 0.08, 85.0),
            day: 0.88,
        },
        3 => Hour {
            zenith: tone(0.42, 0.11, 295.0),
            middle: tone(0.66, 0.17, 25.0),
            haze: tone(0.83, 0.14, 65.0),
            light: colour(0.95, 0.12, 80.0),
            day: 0.62,
        },
        4 => Hour {
            zenith: tone(0.30, 0.09, 280.0),
            middle: tone(0.48, 0.11, 310.0),
            haze: tone(0.72, 0.11, 20.0),
            light: colour(0.92, 0.08, 50.0),
            day: 0.38,
        },
        _ => Hour {
            zenith: tone(0.17, 0.06, 270.0),
            middle: tone(0.28, 0.08, 265.0),
            haze: tone(0.42, 0.07, 245.0),
            light: colour(0.95, 0.03, 100.0),
            day: 0.16,
        },
    }
}

/// Paints the sky down to the horizon; the place of sun or moon comes back.
pub(super) fn sky(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32) -> At {
    let stops = vec![(0.0, hour.zenith, 1.0), (0.6, hour.middle, 1.0), (1.0, hour.haze, 1.0)];
    canvas.cover(Ink::Along((50.0, 0.0), (50.0, horizon + 4.0), stops));
    if hour.day < 0.4 {
        for _ in 0..random.count(25, 60) {
            let star = (random.within(0.0..100.0), random.within(0.0..horizon * 0.8));
            canvas
                .fill(&disc(star, random.within(0.2..0.5)), Ink::Glaze(hour.light, random.within(0.3..0.9)));
        }
    }
    let low = if hour.day > 0.9 { 12.0..30.0 } else { 24.0..horizon - 4.0 };
    let sun = (random.within(14.0..86.0), random.within(low));
    let radius = random.within(4.5..8.0);
    canvas.fill(&disc(sun, radius * 5.0), glow(sun, radius * 5.0, hour.light, 0.8));
    canvas.fill(&disc(sun, radius), hour.light);
    for _ in 0..random.count(0, 4) {
        cloud(canvas, random, hour, horizon);
    }
    sun
}

fn cloud(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32) {
    let at = (random.within(-5.0..105.0), random.within(6.0..horizon * 0.75));
    let wide = random.within(9.0..20.0);
    let white = hour.light.mixed(hour.middle, 0.25);
    let puffs: Vec<(At, f32, f32)> = (0..6)
        .map(|puff| {
            let across = (puff as f32 / 5.0 - 0.5) * 1.7 * wide;
            let tall = wide * 0.30 * (1.25 - (across / wide).abs()) * random.within(0.8..1.3);
            ((across, -tall * 0.5), wide * 0.34, tall)
        })
        .collect();
    let ink = vec![(0.0, white.lighter(0.05), 0.95), (1.0, white.mixed(hour.middle, 0.6), 0.55)];
    canvas.posed(Pose::at(at), |canvas| {
        canvas.fill(&ovals(&puffs), Ink::Along((0.0, -wide * 0.45), (0.0, wide * 0.2), ink));
    });
}
