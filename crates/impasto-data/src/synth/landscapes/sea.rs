//! The sea: waves, the path of light on them, an island, a boat, a beach.

use std::f32::consts::PI;

use impasto_random::Random;

use super::air::Hour;
use super::green::ridge;
use crate::synth::canvas::{At, Canvas, Ink, Pose, blend};
use crate::synth::chance::Chance;
use crate::synth::colour::{any_colour, colour};
use crate::synth::shapes::{curve, ground, oval, polygon};

pub(super) fn sea(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32, sun: At) {
    let deep = any_colour(random, 0.42..0.54, 0.07..0.11, 195.0..245.0);
    if random.chance(0.6) {
        let (left, wide) = (random.within(-10.0..60.0), random.within(30.0..60.0));
        let rough = ridge(random, 8.0, 3.0, 0.5);
        let last = (rough.len() - 1) as f32;
        // Rough in its middle, and down to the water at both ends.
        let island: Vec<At> = rough
            .iter()
            .enumerate()
            .map(|(step, &(_, height))| {
                let along = step as f32 / last;
                (left + wide * along, horizon + 0.5 - height.max(0.5) * libm::sinf(PI * along))
            })
            .collect();
        let far = hour.seen(colour(0.5, 0.06, 190.0), 0.7);
        canvas.fill(&polygon(&island), far);
    }
    let water =
        blend((50.0, horizon), (50.0, 100.0), hour.seen(deep, 0.55), hour.seen(deep.lighter(-0.06), 0.0));
    canvas.fill(&polygon(&[(-5.0, horizon), (105.0, horizon), (105.0, 105.0), (-5.0, 105.0)]), water);
    glitter(canvas, random, hour, horizon, sun.0);
    for row in 0..9 {
        let down = (row as f32 + random.within(0.0..1.0)) / 9.0;
        let y = horizon + 2.0 + (100.0 - horizon) * down * down;
        let bend: Vec<At> = (0..=12)
            .map(|step| (step as f32 * 9.0 - 4.0, y + random.around(0.0, 1.6) * (0.3 + down)))
            .collect();
        let foam = hour.seen(deep.lighter(0.2), 0.2).mixed(hour.light, 0.2);
        canvas.stroke(&curve(&bend), 0.3 + 1.1 * down, Ink::Glaze(foam, 0.45));
    }
    if random.chance(0.7) {
        boat(canvas, random, hour, horizon);
    }
    if random.chance(0.5) {
        beach(canvas, random, hour);
    }
}

/// The path of light that sun or moon lays on the water.
fn glitter(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32, x: f32) {
    for index in 0..70 {
        let down = (index as f32 / 70.0) * (index as f32 / 70.0);
        let y = horizon + 0.8 + (99.0 - horizon) * down;
        let half = (1.0 + 5.0 * down) * random.within(0.4..1.4);
        let at = x + random.around(0.0, 4.0 + 12.0 * down);
        let shape = oval((at, y), half, 0.25 + 0.55 * down);
        canvas.fill(&shape, Ink::Glaze(hour.light, random.within(0.35..0.8) * (1.0 - 0.5 * down)));
    }
}

fn boat(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32) {
    let size = random.within(9.0..20.0);
    let at = (random.within(15.0..85.0), horizon + size * 0.5);
    let sail = hour.seen(any_colour(random, 0.88..0.97, 0.0..0.10, 20.0..110.0), 0.05);
    let hull = hour.seen(any_colour(random, 0.35..0.5, 0.06..0.14, 10.0..60.0), 0.05);
    let mirror = if random.chance(0.5) { 1.0 } else { -1.0 };
    canvas.posed(Pose::at(at).scaled(mirror * size, size), |canvas| {
        canvas.fill(&oval((0.0, 0.12), 0.5, 0.06), Ink::Glaze(hull.lighter(-0.2), 0.35));
        canvas.fill(&polygon(&[(0.02, -1.0), (0.5, -0.12), (0.02, -0.12)]), sail);
        canvas.fill(&polygon(&[(-0.04, -0.85), (-0.38, -0.12), (-0.04, -0.12)]), sail.lighter(-0.08));
        canvas.fill(&polygon(&[(-0.5, -0.06), (0.55, -0.06), (0.36, 0.14), (-0.36, 0.14)]), hull);
    });
}

fn beach(canvas: &mut Canvas, random: &mut Random, hour: &Hour) {
    let sand = hour.seen(any_colour(random, 0.80..0.88, 0.05..0.08, 70.0..90.0), 0.05);
    let tilt = random.within(-7.0..7.0);
    let edge: Vec<At> = (0..=8)
        .map(|step| {
            let x = step as f32 * 13.5 - 4.0;
            (x, 88.0 + tilt * (x / 50.0 - 1.0) + random.around(0.0, 1.5))
        })
        .collect();
    canvas.fill(&ground(&edge), blend((50.0, 84.0), (50.0, 100.0), sand.lighter(-0.08), sand));
    canvas.stroke(&curve(&edge), 2.2, Ink::Glaze(hour.light.lighter(0.02), 0.75));
}
