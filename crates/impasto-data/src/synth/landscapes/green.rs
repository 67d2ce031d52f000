//! Where things grow: mountains with their pines, forests, meadows.

use std::f32::consts::TAU;

use impasto_random::Random;

use super::air::Hour;
use crate::synth::canvas::{At, Canvas, Ink, Pose, blend};
use crate::synth::chance::Chance;
use crate::synth::colour::{Colour, any_colour, colour};
use crate::synth::shapes::{disc, ground, line, polygon};

pub(super) fn mountains(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32, sun: At) {
    let rock = any_colour(random, 0.42..0.58, 0.02..0.06, 220.0..300.0);
    let far = ridge(random, horizon - 8.0, 6.0, 0.7);
    canvas.fill(&ground(&far), hour.seen(rock.lighter(0.1), 0.85));
    let snow = hour.seen(colour(0.97, 0.015, 250.0), 0.1).mixed(hour.light, 0.3);
    for depth in [0.62, 0.38] {
        for _ in 0..random.count(1, 2) {
            let peak =
                (random.within(12.0..88.0), horizon - random.within(20.0..40.0) * (1.25 - depth * 0.6));
            let wide = random.within(26.0..44.0);
            mountain(canvas, random, peak, horizon + 14.0, wide, [hour.seen(rock, depth), snow], sun);
        }
    }
    let green = any_colour(random, 0.38..0.50, 0.06..0.10, 130.0..165.0);
    canvas.fill(&ground(&ridge(random, horizon + 9.0, 3.0, 0.3)), hour.seen(green, 0.35));
    let near = ridge(random, horizon + 19.0, 4.0, 0.3);
    canvas.fill(&ground(&near), hour.seen(green.lighter(-0.06), 0.12));
    for _ in 0..random.count(3, 12) {
        let &(x, y) = random.pick(&near);
        let tall = random.within(10.0..22.0);
        pine(canvas, (x, y + random.within(2.0..16.0)), tall, hour.seen(green.lighter(-0.14), 0.05));
    }
}

/// A peak with a lit and a shaded side and snow above a ragged line.
fn mountain(
    canvas: &mut Canvas,
    random: &mut Random,
    peak: At,
    foot: f32,
    wide: f32,
    inks: [Colour; 2],
    sun: At,
) {
    let [rock, snow] = inks;
    let tall = foot - peak.1;
    let flank = |random: &mut Random, side: f32| -> Vec<At> {
        (1..=6)
            .map(|step| {
                let down = step as f32 / 6.0;
                (peak.0 + side * wide * (down + random.around(0.0, 0.10)), peak.1 + tall * down)
            })
            .collect()
    };
    let (left, right) = (flank(random, -1.0), flank(random, 1.0));
    let outline: Vec<At> = left.iter().rev().chain([&peak]).chain(&right).copied().collect();
    let spine: Vec<At> = (0..=6)
        .map(|step| {
            let down = step as f32 / 6.0;
            let zigzag = if step == 0 { 0.0 } else { random.around(0.08, 0.16) * wide };
            (peak.0 + zigzag * down.sqrt() * 2.0, peak.1 + tall * down)
        })
        .collect();
    let (shaded_side, light) = if sun.0 < peak.0 { (&right, -0.09) } else { (&left, 0.0) };
    let shade: Vec<At> = spine.iter().chain(shaded_side.iter().rev()).copied().collect();
    let shape = polygon(&outline);
    canvas.fill(&shape, blend(peak, (peak.0, foot), rock.lighter(0.05), rock.lighter(0.02)));
    canvas.inside(&shape, |canvas| {
        let line = peak.1 + tall * random.within(0.28..0.45);
        canvas.fill(&polygon(&snow_cap(random, peak, line, wide)), snow);
        canvas.fill(&polygon(&shade), Ink::Glaze(rock.lighter(-0.16 + light * 0.2), 0.55));
    });
}

fn snow_cap(random: &mut Random, peak: At, line: f32, wide: f32) -> Vec<At> {
    let mut cap = vec![(peak.0 - wide, peak.1 - 5.0), (peak.0 + wide, peak.1 - 5.0)];
    cap.extend((0..=10).map(|step| {
        let across = 1.0 - step as f32 / 5.0;
        let tooth = if step % 2 == 0 { 3.5 } else { -3.0 };
        (peak.0 + across * wide, line + tooth * random.within(0.5..1.6))
    }));
    cap
}

fn pine(canvas: &mut Canvas, foot: At, tall: f32, green: Colour) {
    canvas.posed(Pose::at(foot), |canvas| {
        canvas.stroke(&line(&[(0.0, 0.0), (0.0, -tall * 0.3)]), tall * 0.06, green.lighter(-0.08));
        for tier in 0..4 {
            let up = tall * (0.12 + 0.2 * tier as f32);
            let half = tall * (0.26 - 0.052 * tier as f32);
            let shape = polygon(&[(-half, -up), (0.0, -up - tall * 0.36), (half, -up)]);
            canvas.fill(&shape, blend((-half, 0.0), (half, 0.0), green.lighter(0.04), green.lighter(-0.05)));
        }
    });
}

pub(super) fn forest(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32) {
    let hue = *random.pick(&[140.0, 150.0, 160.0, 120.0, 75.0, 45.0]);
    let green = any_colour(random, 0.44..0.56, 0.08..0.12, hue - 8.0..hue + 8.0);
    let conifers = hue > 130.0;
    let rows = random.count(3, 4);
    for row in 0..rows {
        let near = (row + 1) as f32 / rows as f32;
        let floor = horizon - 6.0 + 44.0 * near * near;
        let tone = hour.seen(green.lighter(0.04 - 0.12 * near), 0.85 * (1.0 - near));
        let edge = ridge(random, floor, 1.5 + 1.5 * near, 0.3);
        let tall = 14.0 + 34.0 * near;
        let mut x = random.within(-6.0..4.0);
        while x < 106.0 {
            let foot = (x, floor + 2.0);
            let size = tall * random.within(0.75..1.2);
            let shade = tone.lighter(random.around(0.0, 0.05));
            if conifers {
                pine(canvas, foot, size, shade)
            } else {
                leafy(canvas, random, foot, size, shade)
            }
            x += tall * random.within(0.28..0.62);
        }
        canvas.fill(
            &ground(&edge),
            blend((50.0, floor), (50.0, floor + 20.0), tone.lighter(0.03), tone.lighter(-0.05)),
        );
    }
}

fn leafy(canvas: &mut Canvas, random: &mut Random, foot: At, tall: f32, green: Colour) {
    canvas.posed(Pose::at(foot), |canvas| {
        let bark = colour(0.35, 0.04, 60.0).mixed(green, 0.45);
        canvas.stroke(&line(&[(0.0, 0.0), (0.0, -tall * 0.55)]), tall * 0.07, bark);
        for (across, up, size) in [(-0.2, 0.5, 0.2), (0.2, 0.52, 0.2), (0.0, 0.68, 0.27), (-0.1, 0.6, 0.2)] {
            let centre = (tall * (across + random.around(0.0, 0.04)), -tall * up);
            let radius = tall * size * random.within(0.9..1.15);
            let lit = vec![(0.0, green.lighter(0.1), 1.0), (1.0, green.lighter(-0.06), 1.0)];
            let bulge = Ink::Around((centre.0 - radius * 0.4, centre.1 - radius * 0.5), radius * 1.5, lit);
            canvas.fill(&disc(centre, radius), bulge);
        }
    });
}

pub(super) fn meadow(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32) {
    let green = any_colour(random, 0.60..0.74, 0.10..0.15, 105.0..140.0);
    canvas.fill(&ground(&ridge(random, horizon - 3.0, 4.0, 0.2)), hour.seen(green.lighter(-0.06), 0.75));
    let middle = ridge(random, horizon + 6.0, 5.0, 0.1);
    let tone = hour.seen(green, 0.4);
    canvas.fill(
        &ground(&middle),
        blend((50.0, horizon), (50.0, 85.0), tone.lighter(0.05), tone.lighter(-0.06)),
    );
    for _ in 0..random.count(1, 4) {
        let &(x, y) = random.pick(&middle);
        let tree = hour.seen(green.lighter(-0.18), 0.25);
        let tall = random.within(13.0..26.0);
        leafy(canvas, random, (x, y + 2.0), tall, tree);
    }
    let tone = hour.seen(green.lighter(-0.02), 0.08);
    let near = ridge(random, horizon + 19.0, 5.0, 0.1);
    canvas.fill(
        &ground(&near),
        blend((50.0, horizon + 12.0), (50.0, 100.0), tone.lighter(0.05), tone.lighter(-0.09)),
    );
    let petals = any_colour(random, 0.72..0.9, 0.12..0.2, 0.0..110.0);
    for _ in 0..random.count(40, 110) {
        let down = random.within(0.0..1.0);
        let at = (random.within(0.0..100.0), horizon + 25.0 + (78.0 - horizon) * down * down);
        let tint = hour.seen(petals.lighter(random.around(0.0, 0.08)), 0.05);
        canvas.fill(&disc(at, 0.5 + 1.5 * down * down), tint);
    }
}

/// A rough skyline from left to right around `height`: octaves of noise, `rough` 0 smooth to 1 jagged.
pub(super) fn ridge(random: &mut Random, height: f32, swing: f32, rough: f32) -> Vec<At> {
    let steps = 48;
    let waves: Vec<(f32, f32, f32)> = (0..6)
        .map(|octave| {
            let faster = libm::powf(1.9, octave as f32);
            let weight = libm::powf(0.22 + 0.38 * rough, octave as f32);
            (faster * random.within(0.8..1.2), weight, random.within(0.0..TAU))
        })
        .collect();
    (0..=steps)
        .map(|step| {
            let x = step as f32 / steps as f32;
            let wave: f32 = waves.iter().map(|(f, w, p)| w * libm::sinf(TAU * f * x + p)).sum();
            (x * 108.0 - 4.0, height - swing * wave)
        })
        .collect()
}
