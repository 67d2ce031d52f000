//! Landscapes: a sky with its hour, and land in layers that fade into the air.
//!
//! The hour sets sky, light and haze for everything below it, so a picture holds together as a place does: distant
//! things take the colour of the air, near ones keep their own.

mod air;
mod green;
mod sand;
mod sea;
mod town;

use impasto_random::Random;

use super::Motif;
use super::canvas::{Canvas, glow};
use super::chance::Chance;
use air::{hour, sky};
use green::{forest, meadow, mountains};
use sand::desert;
use sea::sea;
use town::town;

/// The motif.
pub(super) const MOTIF: Motif = Motif {
    name: "landscapes",
    summary: "places at an hour of the day, in layers of air",
    classes: &["desert", "forest", "meadow", "mountains", "sea", "town"],
    draw,
};

fn draw(class: usize, canvas: &mut Canvas, random: &mut Random) {
    let hour = hour(random);
    let horizon = random.within(48.0..64.0);
    let sun = sky(canvas, random, &hour, horizon);
    match class {
        0 => desert(canvas, random, &hour, horizon, sun),
        1 => forest(canvas, random, &hour, horizon),
        2 => meadow(canvas, random, &hour, horizon),
        3 => mountains(canvas, random, &hour, horizon, sun),
        4 => sea(canvas, random, &hour, horizon, sun),
        _ => town(canvas, random, &hour, horizon),
    }
    // The hour's light lies over the whole, strongest around sun or moon.
    canvas.cover(glow(sun, 90.0, hour.light, 0.22));
}
