//! Flowers: one large bloom on a quiet ground.
//!
//! The demo trains on these for a few minutes at 32 pixels, so the flower fills the frame, its petals are strong and
//! its ground is calm; what is left to learn is hue, count of petals, pose, light and the flower's kind.

mod parts;

use std::f32::consts::{FRAC_PI_2, TAU};

use impasto_random::Random;
use tiny_skia::PathBuilder;

use super::Motif;
use super::canvas::{At, Canvas, Ink, Pose, blend, glow};
use super::chance::Chance;
use super::colour::{Colour, any_colour, colour};
use super::shapes::{away, blob, curve, disc, line, ruffle};
use parts::{GOLDEN, ORIGIN, Ring, button, ground, leaf, leaves, ring};

/// The motif.
pub(super) const MOTIF: Motif = Motif {
    name: "flowers",
    summary: "one large bloom on a quiet ground",
    classes: &["bluebell", "daisy", "poppy", "rose", "sunflower", "tulip"],
    draw,
};

fn draw(class: usize, canvas: &mut Canvas, random: &mut Random) {
    match class {
        0 => bluebell(canvas, random),
        1 => daisy(canvas, random),
        2 => poppy(canvas, random),
        3 => rose(canvas, random),
        4 => sunflower(canvas, random),
        _ => tulip(canvas, random),
    }
}

/// A bloom seen more or less from above: its place, size and light.
struct Bloom {
    pose: Pose,
    radius: f32,
    /// The direction that light comes from.
    sun: f32,
}

fn bloom(random: &mut Random) -> Bloom {
    let centre = (random.around(50.0, 5.0), random.around(50.0, 5.0));
    let lean = random.within(0.0..TAU);
    let squash = random.within(0.86..1.0);
    Bloom {
        pose: Pose::at(centre).turned(lean).scaled(1.0, squash).turned(-lean),
        radius: random.within(41.0..47.0),
        sun: random.within(-2.6..-0.6),
    }
}

fn daisy(canvas: &mut Canvas, random: &mut Random) {
    ground(canvas, random, 0.42..0.66, 0.05..0.09, 130.0..285.0);
    let Bloom { pose, radius, sun } = bloom(random);
    let tint = random.within(-60.0..110.0);
    let tip = colour(random.within(0.93..0.99), random.within(0.0..0.035), tint);
    let base = tip.lighter(-0.1).mixed(colour(0.75, 0.08, tint), 0.4);
    let count = random.count(11, 17);
    let width = radius * 5.0 / count as f32;
    canvas.posed(pose, |canvas| {
        leaves(canvas, random, radius);
        let start = random.within(0.0..TAU);
        let back = Ring { count, length: radius, width, fullness: 0.9, base, tip, start };
        ring(canvas, random, &back.darker(0.11), sun);
        let start = start + 0.5 * TAU / count as f32;
        ring(canvas, random, &Ring { length: radius * 0.95, start, ..back }, sun);
        let yellow = any_colour(random, 0.80..0.87, 0.15..0.18, 75.0..98.0);
        button(canvas, radius * random.within(0.27..0.34), yellow, yellow.lighter(-0.2), sun);
    });
}

fn sunflower(canvas: &mut Canvas, random: &mut Random) {
    ground(canvas, random, 0.78..0.92, 0.03..0.07, 200.0..290.0);
    let Bloom { pose, radius, sun } = bloom(random);
    let tip = any_colour(random, 0.82..0.90, 0.16..0.19, 82.0..102.0);
    let base = any_colour(random, 0.66..0.74, 0.15..0.18, 50.0..72.0);
    let count = random.count(14, 20);
    let start = random.within(0.0..TAU);
    canvas.posed(pose, |canvas| {
        leaves(canvas, random, radius);
        let width = radius * 6.5 / count as f32;
        let back = Ring { count, length: radius, width, fullness: 0.25, base, tip, start };
        ring(canvas, random, &back.darker(0.09), sun);
        let start = start + 0.5 * TAU / count as f32;
        ring(canvas, random, &Ring { length: radius * 0.9, start, ..back }, sun);
        let brown = any_colour(random, 0.30..0.40, 0.05..0.08, 40.0..65.0);
        let heart = radius * random.within(0.38..0.46);
        button(canvas, heart, brown, brown.lighter(-0.12), sun);
        canvas.fill(&disc(ORIGIN, heart * 0.45), Ink::Glaze(brown.lighter(-0.14), 0.7));
    });
}

fn poppy(canvas: &mut Canvas, random: &mut Random) {
    ground(canvas, random, 0.76..0.92, 0.03..0.07, 110.0..240.0);
    let Bloom { pose, radius, sun } = bloom(random);
    let hue = random.within(2.0..58.0);
    let tip = colour(random.within(0.62..0.68) + 0.0016 * hue, 0.22, hue);
    let base = colour(0.47 + 0.0022 * hue, 0.19, hue - 8.0);
    let start = random.within(0.0..TAU);
    canvas.posed(pose, |canvas| {
        leaves(canvas, random, radius * 0.95);
        for index in [0, 2, 1, 3] {
            let angle = start + FRAC_PI_2 * index as f32 + random.around(0.0, 0.2);
            let shade = 0.05 * libm::cosf(angle - sun) - if index % 2 == 0 { 0.05 } else { 0.0 };
            poppy_petal(canvas, random, angle, radius, [base.lighter(shade), tip.lighter(shade)]);
        }
        poppy_heart(canvas, random, radius, start);
    });
}

fn poppy_petal(canvas: &mut Canvas, random: &mut Random, angle: f32, radius: f32, [base, tip]: [Colour; 2]) {
    let shape = ruffle(radius * 0.58, 7, random.within(0.03..0.055), random.within(0.0..TAU));
    let stretch = random.within(1.05..1.2);
    canvas.posed(
        Pose::at(away(ORIGIN, radius * 0.42, angle)).turned(angle).scaled(0.95, stretch),
        |canvas| {
            canvas.posed(Pose::at((1.2, 1.2)), |canvas| {
                canvas.fill(&shape, Ink::Glaze(base.lighter(-0.25), 0.22))
            });
            let stops = vec![(0.0, base.lighter(-0.12), 1.0), (0.45, base, 1.0), (1.0, tip, 1.0)];
            canvas.fill(&shape, Ink::Around((-radius * 0.42, 0.0), radius, stops));
            for fold in -3..=3 {
                let across = fold as f32;
                let crease = curve(&[
                    (-radius * 0.3, across * radius * 0.05),
                    (0.0, across * radius * 0.11),
                    (radius * 0.42, across * radius * 0.14),
                ]);
                canvas.stroke(&crease, 0.7, Ink::Glaze(base.lighter(-0.05), 0.28));
            }
        },
    );
}

fn poppy_heart(canvas: &mut Canvas, random: &mut Random, radius: f32, start: f32) {
    let dark = any_colour(random, 0.16..0.24, 0.02..0.05, 280.0..330.0);
    canvas.fill(&disc(ORIGIN, radius * 0.38), glow(ORIGIN, radius * 0.38, dark, 1.0));
    for index in 0..26 {
        let angle = start + GOLDEN * index as f32;
        let end = away(ORIGIN, radius * random.within(0.22..0.31), angle);
        canvas.stroke(&line(&[ORIGIN, end]), 0.5, dark);
        canvas.fill(&disc(end, radius * 0.028), dark.lighter(-0.04));
    }
    let green = any_colour(random, 0.62..0.74, 0.07..0.11, 115.0..140.0);
    button(canvas, radius * 0.15, green, green.lighter(-0.2), start);
}

fn rose(canvas: &mut Canvas, random: &mut Random) {
    ground(canvas, random, 0.80..0.93, 0.02..0.06, 60.0..240.0);
    let Bloom { pose, radius, sun } = bloom(random);
    let hue = *random.pick(&[2.0, 10.0, 20.0, 55.0, 86.0, 335.0, 350.0]) + random.around(0.0, 8.0);
    let pale = if hue > 40.0 && hue < 100.0 { 0.13 } else { 0.0 };
    let rim = colour(random.within(0.67..0.78) + pale, random.within(0.15..0.20), hue);
    let deep = colour(random.within(0.34..0.46) + 1.6 * pale, 0.17, hue - 6.0);
    let start = random.within(0.0..TAU);
    canvas.posed(pose, |canvas| {
        leaves(canvas, random, radius * 1.05);
        // From the outermost petal inward, each one a golden angle on, as they grow.
        let petals = random.count(15, 19);
        for index in 0..petals {
            let inward = index as f32 / petals as f32;
            let angle = start + GOLDEN * index as f32;
            let shade = 0.06 * libm::cosf(angle - sun) - 0.1 * inward;
            let colours = [deep.lighter(shade), rim.lighter(shade)];
            rose_petal(canvas, random, angle, radius * (1.0 - 0.86 * inward), colours);
        }
        canvas.fill(&disc(ORIGIN, radius * 0.09), Ink::Glaze(deep.lighter(-0.06), 0.8));
    });
}

/// One broad petal that reaches `reach` from the flower's centre; its rim is light, its depth dark.
fn rose_petal(canvas: &mut Canvas, random: &mut Random, angle: f32, reach: f32, [deep, rim]: [Colour; 2]) {
    let size = reach * 0.60;
    let shape = ruffle(size, 5, random.within(0.02..0.05), random.within(0.0..TAU));
    canvas.posed(
        Pose::at(away(ORIGIN, reach - size * 0.93, angle)).turned(angle).scaled(0.92, 1.15),
        |canvas| {
            // The outermost petals lie on the ground's air, not on other petals: hardly a shadow there.
            let shadow = Ink::Glaze(deep.lighter(-0.14), 0.30 * (1.6 - 1.6 * reach / 47.0).clamp(0.0, 1.0));
            canvas
                .posed(Pose::at((size * 0.03, 0.0)).scaled(1.05, 1.05), |canvas| canvas.fill(&shape, shadow));
            let stops = vec![
                (0.0, deep, 1.0),
                (0.55, deep.mixed(rim, 0.55), 1.0),
                (0.9, rim, 1.0),
                (1.0, rim.lighter(0.07), 1.0),
            ];
            canvas.fill(&shape, Ink::Around((-size * 0.75, 0.0), size * 1.75, stops));
        },
    );
}

fn tulip(canvas: &mut Canvas, random: &mut Random) {
    ground(canvas, random, 0.80..0.94, 0.02..0.06, 70.0..290.0);
    let hue = *random.pick(&[10.0, 25.0, 45.0, 88.0, 320.0, 345.0]) + random.around(0.0, 10.0);
    let tip = colour(if (60.0..110.0).contains(&hue) { 0.87 } else { random.within(0.62..0.74) }, 0.20, hue);
    let base = tip.lighter(-0.17);
    let lean = random.around(0.0, 0.22);
    let (height, width) = (random.within(52.0..62.0), random.within(40.0..50.0));
    let foot = (50.0 + random.around(0.0, 6.0), 65.0 + random.around(0.0, 4.0));
    tulip_green(canvas, random, foot, lean);
    canvas.posed(Pose::at(foot).turned(lean), |canvas| {
        let side = random.within(0.24..0.40);
        let sunny = if random.chance(0.5) { 1.0 } else { -1.0 };
        for (turn, tall, wide, shade) in [
            (-0.45 * side, 0.95, 0.7, -0.14),
            (0.45 * side, 0.95, 0.7, -0.14),
            (-side, 0.96, 0.78, 0.04 * sunny),
            (side, 0.96, 0.78, -0.04 * sunny),
            (random.around(0.0, 0.06), 0.9, 0.82, 0.02),
        ] {
            let colours = [base.lighter(shade), tip.lighter(shade)];
            tulip_petal(canvas, turn, height * tall, width * wide, colours);
        }
    });
}

fn tulip_petal(canvas: &mut Canvas, turn: f32, height: f32, width: f32, [base, tip]: [Colour; 2]) {
    let mut path = PathBuilder::new();
    path.move_to(0.0, 0.0);
    path.cubic_to(-width * 0.78, -height * 0.04, -width * 0.58, -height * 0.68, 0.0, -height);
    path.cubic_to(width * 0.58, -height * 0.68, width * 0.78, -height * 0.04, 0.0, 0.0);
    path.close();
    let shape = path.finish();
    canvas.posed(Pose::at(ORIGIN).turned(turn), |canvas| {
        canvas
            .posed(Pose::at((0.9, 0.6)), |canvas| canvas.fill(&shape, Ink::Glaze(base.lighter(-0.2), 0.25)));
        canvas.fill(&shape, blend((0.0, 0.0), (0.0, -height), base, tip));
        for vein in [-0.22, 0.0, 0.22] {
            let bend =
                [(0.0, -height * 0.06), (width * vein, -height * 0.5), (width * vein * 0.5, -height * 0.9)];
            canvas.stroke(&curve(&bend), 0.7, Ink::Glaze(base.lighter(-0.04), 0.35));
        }
    });
}

fn tulip_green(canvas: &mut Canvas, random: &mut Random, foot: At, lean: f32) {
    let green = any_colour(random, 0.48..0.60, 0.09..0.13, 125.0..155.0);
    let root = (foot.0 + random.around(0.0, 4.0) - lean * 12.0, 104.0);
    let stem = curve(&[root, (root.0 + lean * 2.0, 85.0), foot]);
    for side in [-1.0, 1.0] {
        let turn = -FRAC_PI_2 + side * random.within(0.35..0.75);
        let length = random.within(46.0..62.0);
        canvas.posed(Pose::at(root).turned(turn), |canvas| {
            leaf(canvas, length, 11.0, green.lighter(-0.03 * side))
        });
    }
    canvas.stroke(&stem, 4.4, green.lighter(-0.06));
    canvas.stroke(&stem, 1.6, green.lighter(0.05));
}

fn bluebell(canvas: &mut Canvas, random: &mut Random) {
    ground(canvas, random, 0.82..0.94, 0.02..0.06, 70.0..190.0);
    let violet = any_colour(random, 0.48..0.60, 0.16..0.20, 268.0..300.0);
    let green = any_colour(random, 0.46..0.56, 0.09..0.12, 125.0..150.0);
    let mirror = if random.chance(0.5) { 1.0 } else { -1.0 };
    let middle = (50.0 + random.around(0.0, 4.0), 50.0 + random.around(0.0, 4.0));
    let bells = random.count(3, 4);
    let size = if bells == 3 { random.within(36.0..40.0) } else { random.within(31.0..35.0) };
    canvas.posed(Pose::at(middle).scaled(mirror, 1.0).turned(random.around(0.0, 0.12)), |canvas| {
        canvas.posed(Pose::at((17.0, 54.0)).turned(-1.9), |canvas| leaf(canvas, 62.0, 11.0, green));
        canvas.posed(Pose::at((19.0, 54.0)).turned(-1.05), |canvas| {
            leaf(canvas, 50.0, 9.0, green.lighter(0.04))
        });
        let stem = [(18.0, 56.0), (23.0, 10.0), (14.0, -28.0), (-10.0, -42.0), (-27.0, -34.0)];
        canvas.stroke(&curve(&stem), 3.0, green.lighter(-0.05));
        let hangers = [(22.0, 2.0), (-27.0, -34.0), (-2.0, -41.0), (18.0, -20.0)];
        for &hanger in hangers.iter().take(bells).rev() {
            let swing = random.around(0.12, 0.25);
            let bell_size = size * random.within(0.92..1.06);
            let shade = random.around(0.0, 0.04);
            canvas.posed(Pose::at(hanger).turned(swing), |canvas| {
                bell(canvas, bell_size, violet.lighter(shade))
            });
        }
    });
}

/// A bell that hangs from the origin, with three lobes that curl out.
fn bell(canvas: &mut Canvas, size: f32, violet: Colour) {
    let half = size * 0.42;
    let shape = blob(&[
        (0.0, -size * 0.02),
        (-half * 0.62, size * 0.14),
        (-half * 0.78, size * 0.50),
        (-half * 1.18, size * 0.92),
        (-half * 0.55, size * 0.90),
        (0.0, size * 1.06),
        (half * 0.55, size * 0.90),
        (half * 1.18, size * 0.92),
        (half * 0.78, size * 0.50),
        (half * 0.62, size * 0.14),
    ]);
    let dark = violet.lighter(-0.16);
    canvas.posed(Pose::at((1.0, 1.2)), |canvas| canvas.fill(&shape, Ink::Glaze(dark.lighter(-0.15), 0.22)));
    let stops = vec![(0.0, dark, 1.0), (0.35, violet.lighter(0.13), 1.0), (1.0, dark, 1.0)];
    canvas.fill(&shape, Ink::Along((-half, 0.0), (half, 0.0), stops));
    canvas.fill(
        &shape,
        Ink::Along(
            (0.0, size * 0.5),
            (0.0, size),
            vec![(0.0, violet, 0.0), (1.0, violet.lighter(0.16), 0.75)],
        ),
    );
    for side in [-0.4, 0.4] {
        let rib = curve(&[
            (side * half * 0.5, size * 0.1),
            (side * half, size * 0.5),
            (side * half * 1.3, size * 0.86),
        ]);
        canvas.stroke(&rib, 0.7, Ink::Glaze(dark, 0.5));
    }
}
