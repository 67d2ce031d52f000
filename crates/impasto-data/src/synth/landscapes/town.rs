//! The town: rows of houses whose windows light up as the day goes.

use impasto_random::Random;

use super::air::Hour;
use crate::synth::canvas::{Canvas, blend};
use crate::synth::chance::Chance;
use crate::synth::colour::{Colour, any_colour, colour};
use crate::synth::shapes::{ground, polygon};

pub(super) fn town(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32) {
    for (near, own) in [(0.25, 0.52), (0.6, 0.46), (1.0, 0.40)] {
        let wall = any_colour(random, own - 0.03..own + 0.08, 0.02..0.08, 230.0..400.0);
        let mut x = random.within(-8.0..0.0);
        while x < 104.0 {
            let wide = random.within(8.0..17.0) * (0.6 + 0.5 * near);
            let roof = horizon + 30.0 * near - random.within(8.0..34.0) * (1.15 - 0.3 * near);
            let tone = hour.seen(wall.lighter(random.around(0.0, 0.07)), 0.85 * (1.0 - near));
            house(canvas, random, [x, roof, wide], tone, hour);
            x += wide * random.within(0.92..1.15);
        }
    }
    let street = hour.seen(colour(0.42, 0.02, 270.0), 0.1);
    canvas.fill(&ground(&[(-4.0, 94.0), (50.0, 93.0), (104.0, 94.0)]), street);
}

/// A house from its left, its roof's height and its width; windows are lit when the day is over.
fn house(canvas: &mut Canvas, random: &mut Random, [x, roof, wide]: [f32; 3], tone: Colour, hour: &Hour) {
    let walls = [(x, 110.0), (x, roof), (x + wide, roof), (x + wide, 110.0)];
    canvas
        .fill(&polygon(&walls), blend((x, roof), (x + wide, roof), tone.lighter(0.05), tone.lighter(-0.04)));
    if random.chance(0.45) {
        let gable = [(x - 0.8, roof), (x + wide * 0.5, roof - wide * 0.55), (x + wide + 0.8, roof)];
        canvas.fill(&polygon(&gable), tone.lighter(-0.1).mixed(colour(0.5, 0.12, 35.0), 0.3));
    }
    let lamp = colour(0.90, 0.13, 85.0);
    let dark = tone.lighter(-0.13);
    let (columns, rows) = ((wide / 4.2) as usize, ((96.0 - roof) / 6.0) as usize);
    let lit = 0.75 * (1.0 - hour.day);
    for index in 0..columns * rows {
        let (column, row) = ((index % columns) as f32, (index / columns) as f32);
        let left = x + wide * (column + 0.28) / columns as f32;
        let (right, top) = (left + wide * 0.44 / columns as f32, roof + 3.0 + row * 6.0);
        let pane = polygon(&[(left, top), (right, top), (right, top + 3.2), (left, top + 3.2)]);
        canvas.fill(&pane, if random.chance(lit.into()) { lamp } else { dark });
    }
}
