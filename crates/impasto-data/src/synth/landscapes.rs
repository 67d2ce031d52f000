//! Landscapes: a sky with its hour, and land in layers that fade into the air.
//!
//! The hour sets sky, light and haze for everything below it, so a picture holds together as a place does: distant
//! things take the colour of the air, near ones keep their own.

use std::f32::consts::TAU;

use impasto_random::Random;

use super::Motif;
use super::canvas::{At, Canvas, Ink, Pose, blend, glow};
use super::chance::Chance;
use super::colour::{Colour, any_colour, colour};
use super::shapes::{blob, curve, disc, ground, line, oval, ovals, polygon};

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

/// What the time of day does to a place.
struct Hour {
    zenith: Colour,
    middle: Colour,
    haze: Colour,
    /// The colour of sun or moon.
    light: Colour,
    /// How much of its own colour land keeps, and how light it is.
    day: f32,
}

impl Hour {
    /// A thing's own colour as it looks at this hour, this far away (0 near, 1 at the horizon).
    fn seen(&self, own: Colour, distance: f32) -> Colour {
        let night = own.stronger(0.5 + 0.5 * self.day).lighter(-0.30 * (1.0 - self.day));
        night.mixed(self.haze, distance * 0.8).mixed(self.light, 0.06 * self.day)
    }
}

fn hour(random: &mut Random) -> Hour {
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
fn sky(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32) -> At {
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

/// A rough skyline from left to right around `height`: octaves of noise, `rough` 0 smooth to 1 jagged.
fn ridge(random: &mut Random, height: f32, swing: f32, rough: f32) -> Vec<At> {
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

fn mountains(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32, sun: At) {
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

fn sea(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32, sun: At) {
    let deep = any_colour(random, 0.42..0.54, 0.07..0.11, 195.0..245.0);
    if random.chance(0.6) {
        let swing = random.within(3.0..6.0);
        let island = ridge(random, horizon - 1.0, swing, 0.5);
        let from = random.below(20);
        let far = hour.seen(colour(0.5, 0.06, 190.0), 0.7);
        canvas.fill(&ground(&island[from..from + 26]), far);
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

fn desert(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32, sun: At) {
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
    for _ in 0..random.count(0, 3) {
        let near = random.within(0.2..1.0);
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

fn forest(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32) {
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

fn meadow(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32) {
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

fn town(canvas: &mut Canvas, random: &mut Random, hour: &Hour, horizon: f32) {
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
