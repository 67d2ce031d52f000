//! Glyphs: ten invented signs, drawn with a broad pen.
//!
//! Each sign is a few Bezier strokes on a 100 by 100 grid. The pen's nib has an angle, so strokes swell and thin with
//! their direction as in writing by hand; weight, slant, size, wobble, ink and paper vary.

use std::cmp::Ordering;
use std::f32::consts::{PI, TAU};

use impasto_random::Random;
use tiny_skia::Path;

use super::Motif;
use super::canvas::{At, Canvas, Ink, Pose, blend, glow};
use super::chance::Chance;
use super::colour::{Colour, any_colour};
use super::shapes::{direction, disc, polygons};

/// The motif.
pub(super) const MOTIF: Motif = Motif {
    name: "glyphs",
    summary: "ten invented signs, drawn with a broad pen",
    classes: &["anchor", "arch", "branch", "crescent", "gate", "knot", "river", "snail", "star", "vessel"],
    draw,
};

/// A stroke: cubic Bezier curves end to end, each three points on from the last point.
type Stroke = &'static [At];

/// The strokes of each sign, in the order of the classes, around the origin, 80 across and down.
const SIGNS: [&[Stroke]; 10] = [
    // anchor: a mast, a beam, and an arc below.
    &[
        &[(0.0, -38.0), (1.0, -15.0), (-1.0, 10.0), (0.0, 36.0)],
        &[(-18.0, -18.0), (-8.0, -21.0), (8.0, -21.0), (18.0, -18.0)],
        &[(-34.0, 6.0), (-32.0, 28.0), (-14.0, 37.0), (0.0, 36.0), (14.0, 37.0), (32.0, 28.0), (34.0, 6.0)],
    ],
    // arch: a round arch over a short bar.
    &[
        &[
            (-30.0, 36.0),
            (-30.0, -10.0),
            (-26.0, -36.0),
            (0.0, -36.0),
            (26.0, -36.0),
            (30.0, -10.0),
            (30.0, 36.0),
        ],
        &[(-11.0, 8.0), (-4.0, 3.0), (5.0, 3.0), (11.0, 8.0)],
    ],
    // branch: a stem with three twigs.
    &[
        &[(-4.0, 38.0), (2.0, 14.0), (-4.0, -14.0), (2.0, -38.0)],
        &[(-1.0, 16.0), (-10.0, 8.0), (-24.0, 4.0), (-30.0, -10.0)],
        &[(-1.0, 4.0), (10.0, -4.0), (24.0, -6.0), (30.0, -22.0)],
        &[(-1.0, -12.0), (-8.0, -18.0), (-16.0, -20.0), (-19.0, -31.0)],
    ],
    // crescent: a bow open to the right, and a dot of a stroke in it.
    &[
        &[(22.0, -33.0), (-48.0, -34.0), (-48.0, 34.0), (22.0, 33.0)],
        &[(8.0, -4.0), (12.0, -7.0), (18.0, -2.0), (13.0, 5.0)],
    ],
    // gate: two posts and two beams that run past them.
    &[
        &[(-19.0, -32.0), (-17.0, -10.0), (-20.0, 15.0), (-23.0, 37.0)],
        &[(19.0, -32.0), (17.0, -10.0), (20.0, 15.0), (23.0, 37.0)],
        &[(-37.0, -31.0), (-15.0, -24.0), (15.0, -24.0), (37.0, -31.0)],
        &[(-27.0, -8.0), (-10.0, -7.0), (10.0, -7.0), (27.0, -8.0)],
    ],
    // knot: a loop that crosses itself.
    &[&[
        (-34.0, 34.0),
        (-4.0, 16.0),
        (34.0, -12.0),
        (20.0, -33.0),
        (8.0, -46.0),
        (-10.0, -46.0),
        (-20.0, -33.0),
        (-34.0, -12.0),
        (4.0, 16.0),
        (34.0, 34.0),
    ]],
    // river: two long waves.
    &[
        &[
            (-37.0, -9.0),
            (-24.0, -36.0),
            (-9.0, -28.0),
            (0.0, -15.0),
            (9.0, -2.0),
            (24.0, 4.0),
            (37.0, -22.0),
        ],
        &[(-37.0, 22.0), (-24.0, -4.0), (-9.0, 3.0), (0.0, 15.0), (9.0, 28.0), (24.0, 35.0), (37.0, 9.0)],
    ],
    // snail: a spiral.
    &[&[
        (4.0, 3.0),
        (8.0, -8.0),
        (-10.0, -12.0),
        (-13.0, 2.0),
        (-16.0, 20.0),
        (14.0, 24.0),
        (21.0, 4.0),
        (28.0, -22.0),
        (-6.0, -40.0),
        (-25.0, -20.0),
        (-46.0, 6.0),
        (-24.0, 40.0),
        (36.0, 35.0),
    ]],
    // star: three strokes through one point.
    &[
        &[(0.0, -38.0), (2.0, -14.0), (-2.0, 14.0), (0.0, 38.0)],
        &[(-34.0, -19.0), (-12.0, -8.0), (12.0, 6.0), (34.0, 19.0)],
        &[(34.0, -19.0), (12.0, -6.0), (-12.0, 8.0), (-34.0, 19.0)],
    ],
    // vessel: a bowl, its rim, and steam.
    &[
        &[(-33.0, 2.0), (-30.0, 34.0), (-12.0, 37.0), (0.0, 37.0), (12.0, 37.0), (30.0, 34.0), (33.0, 2.0)],
        &[(-35.0, 1.0), (-12.0, 6.0), (12.0, 6.0), (35.0, 1.0)],
        &[(-2.0, -10.0), (-14.0, -20.0), (12.0, -26.0), (0.0, -38.0)],
    ],
];

fn draw(class: usize, canvas: &mut Canvas, random: &mut Random) {
    let ink = paper(canvas, random);
    let pen = Pen {
        width: random.within(6.5..12.5),
        flat: random.within(0.32..0.62),
        angle: random.within(-1.0..-0.45),
        wobble: random.within(0.6..2.6),
    };
    let pose = Pose::at((random.around(50.0, 5.0), random.around(50.0, 5.0)))
        .turned(random.around(0.0, 0.16))
        .slanted(random.around(-0.08, 0.28))
        .scaled(random.within(0.86..1.12), random.within(0.92..1.12));
    let shadow = ink.lighter(-0.2);
    canvas.posed(pose, |canvas| {
        for stroke in SIGNS[class.min(SIGNS.len() - 1)] {
            let drawn: Vec<At> = stroke.iter().map(|&at| shaken(random, at, pen.wobble)).collect();
            let outline = pen.trace(&drawn);
            canvas.posed(Pose::at((0.8, 1.1)), |canvas| canvas.fill(&outline, Ink::Glaze(shadow, 0.14)));
            canvas.fill(&outline, blend((-30.0, -40.0), (30.0, 40.0), ink.lighter(0.05), ink.lighter(-0.03)));
        }
    });
}

fn shaken(random: &mut Random, (x, y): At, wobble: f32) -> At {
    (x + random.around(0.0, wobble), y + random.around(0.0, wobble))
}

/// A broad pen: an ellipse of a nib held at an angle.
struct Pen {
    width: f32,
    /// The nib's thickness as a share of its width.
    flat: f32,
    angle: f32,
    wobble: f32,
}

impl Pen {
    /// The ink that the nib leaves along a stroke: the hull of each two neighbouring prints, all in one shape.
    fn trace(&self, stroke: &[At]) -> Option<Path> {
        let points = flattened(stroke);
        let last = (points.len().max(2) - 1) as f32;
        let print = |(index, &at): (usize, &At)| {
            // A stroke begins and ends with less pressure than it has in its middle.
            let press = 0.72 + 0.38 * libm::sinf(PI * (0.12 + 0.76 * index as f32 / last));
            self.nib(at, press)
        };
        let prints: Vec<Vec<At>> = points.iter().enumerate().map(print).collect();
        let hulls: Vec<Vec<At>> = prints.windows(2).map(|pair| hull(pair.concat())).collect();
        polygons(&hulls)
    }

    fn nib(&self, (x, y): At, press: f32) -> Vec<At> {
        let (cosine, sine) = direction(self.angle);
        (0..12)
            .map(|step| {
                let (a, b) = direction(TAU * step as f32 / 12.0);
                let (along, over) = (a * self.width * 0.5 * press, b * self.width * 0.5 * self.flat * press);
                (x + along * cosine - over * sine, y + along * sine + over * cosine)
            })
            .collect()
    }
}

/// A stroke as points close enough together to look smooth.
fn flattened(stroke: &[At]) -> Vec<At> {
    let mut points: Vec<At> = stroke.first().copied().into_iter().collect();
    for start in (0..stroke.len().saturating_sub(3)).step_by(3) {
        let piece = &stroke[start..start + 4];
        points.extend((1..=14).map(|step| bezier(piece, step as f32 / 14.0)));
    }
    points
}

fn bezier(piece: &[At], t: f32) -> At {
    let s = 1.0 - t;
    let weights = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
    piece.iter().zip(weights).fold((0.0, 0.0), |sum, (&(x, y), w)| (sum.0 + w * x, sum.1 + w * y))
}

/// The convex hull, always in the same sense of turning, so that hulls that overlap add up (Andrew's chains).
fn hull(mut points: Vec<At>) -> Vec<At> {
    points.sort_by(|one, two| one.partial_cmp(two).unwrap_or(Ordering::Equal));
    let mut around = half_hull(points.iter());
    around.extend(half_hull(points.iter().rev()));
    around
}

fn half_hull<'a>(points: impl Iterator<Item = &'a At>) -> Vec<At> {
    let mut chain: Vec<At> = Vec::new();
    for &(x, y) in points {
        while let [.., (ax, ay), (bx, by)] = chain[..] {
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0.0 {
                break;
            }
            chain.pop();
        }
        chain.push((x, y));
    }
    chain.pop();
    chain
}

/// Covers the canvas with paper, or slate, or cloth, and says which ink goes with it.
fn paper(canvas: &mut Canvas, random: &mut Random) -> Colour {
    let light = random.chance(0.72);
    let ground = if light {
        any_colour(random, 0.86..0.96, 0.008..0.045, 40.0..140.0)
    } else {
        any_colour(random, 0.22..0.36, 0.02..0.07, 180.0..320.0)
    };
    canvas.cover(blend((15.0, 0.0), (85.0, 100.0), ground.lighter(0.025), ground.lighter(-0.045)));
    let lamp = (random.within(20.0..80.0), random.within(10.0..60.0));
    canvas.cover(glow(lamp, 80.0, ground.lighter(0.06), 0.6));
    for _ in 0..random.count(20, 60) {
        let at = (random.within(0.0..100.0), random.within(0.0..100.0));
        let fleck = ground.lighter(random.around(0.0, 0.12));
        canvas.fill_behind(&disc(at, random.within(0.2..0.8)), Ink::Glaze(fleck, 0.5));
    }
    ink_for(random, light)
}

fn ink_for(random: &mut Random, on_light: bool) -> Colour {
    match (on_light, random.below(3)) {
        (true, 0) => any_colour(random, 0.18..0.28, 0.0..0.03, 0.0..360.0),
        (true, 1) => any_colour(random, 0.28..0.40, 0.08..0.14, 240.0..300.0),
        (true, _) => any_colour(random, 0.40..0.54, 0.12..0.19, 0.0..360.0),
        (false, 0) => any_colour(random, 0.92..0.98, 0.0..0.03, 60.0..120.0),
        (false, 1) => any_colour(random, 0.78..0.86, 0.10..0.15, 70.0..95.0),
        (false, _) => any_colour(random, 0.74..0.86, 0.08..0.15, 0.0..360.0),
    }
}
