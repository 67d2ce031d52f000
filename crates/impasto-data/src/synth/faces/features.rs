//! Brows, eyes, nose and mouth, and what a mood does to them.

use impasto_random::Random;

use super::Sitter;
use crate::synth::canvas::{At, Canvas, Ink, Pose, blend};
use crate::synth::chance::Chance;
use crate::synth::colour::{any_colour, colour};
use crate::synth::shapes::{blob, curve, disc, line, oval};

/// What a mood does to the features.
pub(super) struct Mood {
    /// How far the brows' inner ends are raised.
    worry: f32,
    /// How far the brows are raised.
    lift: f32,
    /// How far the eyes are open: 0 closed, 1 wide.
    open: f32,
    /// How far the corners of the mouth go up.
    smile: f32,
    /// How far the mouth is open.
    gape: f32,
}

/// The moods, in the order of the classes.
pub(super) const MOODS: [Mood; 5] = [
    Mood { worry: -4.0, lift: -2.2, open: 0.62, smile: -3.2, gape: 0.0 },
    Mood { worry: 0.3, lift: 0.6, open: 0.0, smile: 1.8, gape: 0.0 },
    Mood { worry: 0.4, lift: 1.4, open: 0.78, smile: 5.4, gape: 5.0 },
    Mood { worry: 4.2, lift: 0.4, open: 0.52, smile: -4.2, gape: 0.0 },
    Mood { worry: 0.8, lift: 4.6, open: 1.0, smile: 0.0, gape: 8.0 },
];

pub(super) fn features(canvas: &mut Canvas, random: &mut Random, sitter: &Sitter, mood: &Mood) {
    let (half, tall) = sitter.head;
    let apart = half * random.within(0.42..0.48);
    let eye = half * random.within(0.20..0.24);
    let gaze = (random.around(sitter.turn.0 * 0.1, 0.6), random.around(0.0, 0.4));
    let brow_width = random.within(1.7..2.6);
    for side in [-1.0, 1.0] {
        // The far side of a turned head is foreshortened.
        let near = 1.0 + side * sitter.turn.0 * 0.012;
        let at = (side * apart * near, tall * 0.02);
        canvas.posed(Pose::at(at), |canvas| {
            an_eye(canvas, sitter, mood, eye, gaze);
            brow(canvas, sitter, mood, side, [eye, brow_width]);
        });
    }
    nose(canvas, random, sitter);
    canvas.posed(Pose::at((0.0, tall * 0.62)), |canvas| mouth(canvas, random, sitter, mood));
    if random.chance(0.18) {
        glasses(canvas, random, apart, half);
    }
}

fn an_eye(canvas: &mut Canvas, sitter: &Sitter, mood: &Mood, eye: f32, gaze: At) {
    let dark = colour(0.2, 0.02, 40.0);
    if mood.open < 0.1 {
        let lid =
            curve(&[(-eye * 1.1, 0.0), (-eye * 0.5, eye * 0.5), (eye * 0.5, eye * 0.5), (eye * 1.1, 0.0)]);
        canvas.stroke(&lid, 1.5, dark);
        return;
    }
    let open = eye * mood.open;
    let white = oval((0.0, 0.0), eye * 1.05, open);
    canvas.fill(&white, colour(0.985, 0.005, 90.0));
    canvas.inside(&white, |canvas| {
        canvas.fill(
            &disc(gaze, eye * 0.68),
            blend((0.0, -eye), (0.0, eye), sitter.iris.lighter(-0.12), sitter.iris.lighter(0.08)),
        );
        canvas.fill(&disc(gaze, eye * 0.36), colour(0.12, 0.01, 40.0));
        canvas.fill(&disc((gaze.0 - eye * 0.24, gaze.1 - eye * 0.26), eye * 0.17), colour(1.0, 0.0, 0.0));
    });
    let lid = curve(&[
        (-eye * 1.1, eye * 0.05),
        (-eye * 0.55, -open * 0.88),
        (eye * 0.55, -open * 0.88),
        (eye * 1.1, eye * 0.05),
    ]);
    canvas.stroke(&lid, 1.3, dark);
}

fn brow(canvas: &mut Canvas, sitter: &Sitter, mood: &Mood, side: f32, [eye, width]: [f32; 2]) {
    let up = -eye * 1.55 - mood.lift;
    let (inner, outer) = (-side * eye * 1.15, side * eye * 1.25);
    let arch = curve(&[
        (inner, up - mood.worry * 0.75),
        ((inner + outer) * 0.5, up - 1.2),
        (outer, up + 0.9 + mood.worry * 0.45),
    ]);
    let tone = sitter.hair.mixed(colour(0.25, 0.03, 50.0), 0.45);
    canvas.stroke(&arch, width, tone);
}

fn nose(canvas: &mut Canvas, random: &mut Random, sitter: &Sitter) {
    let (half, tall) = sitter.head;
    let side = if sitter.turn.0 < 0.0 { -1.0 } else { 1.0 };
    let (wide, foot) = (half * random.within(0.10..0.17), tall * random.within(0.30..0.37));
    let bridge = curve(&[
        (side * wide * 0.2, tall * 0.08),
        (side * wide, foot * 0.85),
        (side * wide * 0.6, foot),
        (-side * wide * 0.5, foot),
    ]);
    canvas.stroke(&bridge, 1.3, Ink::Glaze(sitter.skin.lighter(-0.16).stronger(1.4), 0.8));
}

fn mouth(canvas: &mut Canvas, random: &mut Random, sitter: &Sitter, mood: &Mood) {
    let half = sitter.head.0 * random.within(0.34..0.42);
    let lip = sitter.skin.mixed(colour(0.50, 0.17, 22.0), random.within(0.25..0.70)).lighter(-0.05);
    let smile = mood.smile * random.within(0.85..1.15);
    let inside = colour(0.28, 0.08, 20.0);
    if mood.gape < 0.5 {
        let arc = [
            (-half, -smile * 0.6),
            (-half * 0.45, smile * 0.35),
            (half * 0.45, smile * 0.35),
            (half, -smile * 0.6),
        ];
        canvas.stroke(&curve(&arc), 2.1, lip.lighter(-0.06));
        return;
    }
    if smile < 1.0 {
        let ring = oval((0.0, mood.gape * 0.1), half * 0.46, mood.gape * 0.72);
        canvas.fill(&ring, inside);
        canvas.stroke(&ring, 1.5, lip);
        return;
    }
    let grin = blob(&[
        (-half, -smile * 0.55),
        (0.0, -smile * 0.12),
        (half, -smile * 0.55),
        (half * 0.55, mood.gape * 0.72),
        (0.0, mood.gape),
        (-half * 0.55, mood.gape * 0.72),
    ]);
    canvas.fill(&grin, inside);
    canvas.inside(&grin, |canvas| {
        canvas.fill(&oval((0.0, -smile * 0.4), half, mood.gape * 0.46), colour(0.98, 0.005, 90.0));
        canvas.fill(&oval((0.0, mood.gape * 1.05), half * 0.5, mood.gape * 0.42), colour(0.62, 0.15, 20.0));
    });
    canvas.stroke(&grin, 1.3, lip);
}

fn glasses(canvas: &mut Canvas, random: &mut Random, apart: f32, half: f32) {
    let frame = any_colour(random, 0.18..0.45, 0.0..0.12, 0.0..360.0);
    let (wide, tall) = (half * 0.37, half * random.within(0.28..0.37));
    for side in [-1.0, 1.0] {
        let lens = oval((side * apart, 0.8), wide, tall);
        canvas.fill(&lens, Ink::Glaze(colour(0.95, 0.02, 230.0), 0.18));
        canvas.stroke(&lens, 1.3, frame);
        canvas.stroke(&line(&[(side * (apart + wide), 0.0), (side * half * 1.02, -1.0)]), 1.3, frame);
    }
    canvas.stroke(&curve(&[(-apart + wide, 0.5), (0.0, -1.2), (apart - wide, 0.5)]), 1.3, frame);
}
