//! The desert: dunes, mesas, cacti.

use impasto_random::Random;

use super::air::Hour;
use crate::synth::canvas::{At, Canvas, Ink, Pose, blend};
use crate::synth::chance::Chance;
use crate::synth::colour::{Colour, any_colour};
use crate::synth::shapes::{blob, ground, line, oval, polygon};

pub(super) fn desert(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32, sun: At) {
    let sand = any_colour(random, 0.70..0.80, 0.09..0.14, 48.0..78.0);
    if random.chance(0.5) {
        mesa(canvas, random, hour, horizon);
    }
    let dunes = random.count(3, 5);
    for index in 0..dunes {
        let near = (index + 1) as f32 / dunes as f32;
        let height = horizon + (100.0 - horizon) * (near * 0.75 - 0.25);
        dune(canvas, random, height, hour.seen(sand.lighter(-0.05 * near), 0.7 * (1.0 - near)), sun);
    }
    let mut places: Vec<f32> = (0..random.count(0, 3)).map(|_| random.within(0.2..1.0)).collect();
    places.sort_by(f32::total_cmp);
    for near in places {
        let foot = (random.within(8.0..92.0), horizon + (100.0 - horizon) * near * 0.9);
        let green = any_colour(random, 0.42..0.52, 0.06..0.10, 135.0..160.0);
        cactus(canvas, random, foot, 12.0 + 24.0 * near, hour.seen(green, 0.3 * (1.0 - near)));
    }
}

/// A dune: a soft crest with a lit slope and, under a meandering edge, a slope in shade.
fn dune(canvas: &mut Canvas, random: &mut Random, height: f32, sand: Colour, sun: At) {
    let crest = (random.within(15.0..85.0), height - random.within(5.0..13.0));
    let edge = [
        (-6.0, height + random.around(2.0, 4.0)),
        (crest.0 * 0.5, height - random.within(0.0..4.0)),
        crest,
        ((crest.0 + 106.0) * 0.5, height - random.within(-2.0..3.0)),
        (106.0, height + random.around(3.0, 4.0)),
    ];
    let shape = ground(&edge);
    canvas
        .fill(&shape, blend((50.0, crest.1), (50.0, height + 30.0), sand.lighter(0.06), sand.lighter(-0.04)));
    let side = if sun.0 < crest.0 { 1.0 } else { -1.0 };
    let shade = blob(&[
        crest,
        (crest.0 + side * 24.0, height + 1.0),
        (crest.0 + side * 75.0, height + 8.0),
        (crest.0 + side * 75.0, height + 40.0),
        (crest.0 + side * random.within(-5.0..15.0), height + 36.0),
        (crest.0 + side * random.within(0.0..12.0), height + 12.0),
    ]);
    canvas.inside(&shape, |canvas| canvas.fill(&shade, Ink::Glaze(sand.lighter(-0.22).stronger(1.1), 0.55)));
}

fn mesa(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32) {
    let rock = hour.seen(any_colour(random, 0.52..0.62, 0.09..0.13, 30.0..50.0), 0.45);
    for _ in 0..random.count(1, 3) {
        let (x, half, tall) = (random.within(5.0..95.0), random.within(7.0..18.0), random.within(9.0..22.0));
        let (top, foot) = (horizon - tall, horizon + 6.0);
        let shape = polygon(&[
            (x - half * 1.5, foot),
            (x - half, horizon - tall * 0.4),
            (x - half * 0.92, top),
            (x + half * 0.9, top + random.within(-1.0..1.5)),
            (x + half, horizon - tall * 0.45),
            (x + half * 1.6, foot),
        ]);
        canvas.fill(&shape, blend((x - half, top), (x + half, top), rock.lighter(0.07), rock.lighter(-0.07)));
        canvas.inside(&shape, |canvas| {
            for band in 1..4 {
                let y = top + tall * 0.22 * band as f32;
                canvas.stroke(
                    &line(&[(x - 40.0, y), (x + 40.0, y + 0.8)]),
                    1.0,
                    Ink::Glaze(rock.lighter(-0.1), 0.5),
                );
            }
        });
    }
}

fn cactus(canvas: &mut Canvas, random: &mut Random, foot: At, tall: f32, green: Colour) {
    let thick = tall * 0.2;
    let arms = [(-1.0, random.within(0.35..0.5)), (1.0, random.within(0.45..0.65))];
    canvas.posed(Pose::at(foot), |canvas| {
        canvas
            .fill(&oval((tall * 0.12, 0.0), tall * 0.3, tall * 0.05), Ink::Glaze(green.lighter(-0.25), 0.35));
        for (tone, width, shift) in [(green.lighter(-0.07), 1.0, 0.0), (green.lighter(0.05), 0.45, -0.18)] {
            let shift = shift * thick;
            canvas.stroke(&line(&[(shift, -thick * 0.4), (shift, -tall)]), thick * width, tone);
            for (side, up) in arms {
                let out = side * tall * 0.27 + shift;
                let bend = [
                    (shift, -tall * (up - 0.12)),
                    (out * 0.9, -tall * (up - 0.08)),
                    (out, -tall * (up + 0.22)),
                ];
                canvas.stroke(&line(&bend), thick * 0.72 * width, tone);
            }
        }
    });
}
