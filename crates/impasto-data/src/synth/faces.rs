//! Faces: stylised portraits, head and shoulders.
//!
//! The classes are moods, told by brows, eyes and mouth alone; hair, skin, clothes, glasses, the turn of the head and
//! the ground vary with no regard to the mood, so a model that is asked for a mood has to find it in the features.

use std::f32::consts::PI;

use impasto_random::Random;

use super::Motif;
use super::canvas::{At, Canvas, Ink, Pose, blend, glow};
use super::chance::Chance;
use super::colour::{Colour, any_colour, colour};
use super::shapes::{blob, curve, disc, line, oval, ovals, polygon};

/// The motif.
pub(super) const MOTIF: Motif = Motif {
    name: "faces",
    summary: "stylised portraits in five moods",
    classes: &["angry", "calm", "happy", "sad", "surprised"],
    draw,
};

/// What a mood does to the features.
struct Mood {
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

const MOODS: [Mood; 5] = [
    Mood { worry: -4.0, lift: -2.2, open: 0.62, smile: -3.2, gape: 0.0 },
    Mood { worry: 0.3, lift: 0.6, open: 0.0, smile: 1.8, gape: 0.0 },
    Mood { worry: 0.4, lift: 1.4, open: 0.78, smile: 5.4, gape: 5.0 },
    Mood { worry: 4.2, lift: 0.4, open: 0.52, smile: -4.2, gape: 0.0 },
    Mood { worry: 0.8, lift: 4.6, open: 1.0, smile: 0.0, gape: 8.0 },
];

/// Someone: everything about a portrait that is not mood.
struct Sitter {
    skin: Colour,
    hair: Colour,
    cloth: Colour,
    iris: Colour,
    style: usize,
    /// Half the head's width and half its height.
    head: At,
    /// How far the features move as the head turns and nods.
    turn: At,
}

fn sitter(random: &mut Random) -> Sitter {
    let depth = random.within(0.0..1.0);
    let skin = colour(0.90 - 0.44 * depth, 0.045 + 0.035 * libm::sinf(depth * PI), random.within(42.0..64.0));
    let natural = any_colour(random, 0.20..0.45, 0.02..0.07, 40.0..70.0);
    let fair = any_colour(random, 0.62..0.84, 0.06..0.13, 55.0..90.0);
    let grey = any_colour(random, 0.72..0.90, 0.0..0.015, 0.0..360.0);
    let dyed = any_colour(random, 0.45..0.68, 0.11..0.18, 0.0..360.0);
    let hair = [natural, natural, natural, fair, fair, grey, dyed][random.below(7)];
    Sitter {
        skin,
        hair,
        cloth: any_colour(random, 0.45..0.80, 0.06..0.16, 0.0..360.0),
        iris: any_colour(random, 0.35..0.58, 0.05..0.10, 40.0..260.0),
        style: random.below(7),
        head: (random.within(23.5..27.0), random.within(28.0..31.5)),
        turn: (random.around(0.0, 6.0), random.around(0.0, 2.5)),
    }
}

fn draw(class: usize, canvas: &mut Canvas, random: &mut Random) {
    backdrop(canvas, random);
    let sitter = sitter(random);
    let mood = &MOODS[class.min(MOODS.len() - 1)];
    let centre = (random.around(50.0, 3.5), random.around(50.0, 2.5));
    let tilt = random.around(0.0, 0.14);
    canvas.posed(Pose::at(centre).scaled(1.09, 1.09), |canvas| {
        canvas.posed(Pose::at((0.0, 0.0)).turned(tilt), |canvas| hair_behind(canvas, &sitter));
        shoulders(canvas, random, &sitter);
        canvas.posed(Pose::at((0.0, 0.0)).turned(tilt), |canvas| {
            head(canvas, &sitter);
            hair_before(canvas, &sitter);
            // Over the hair, so that no fringe hides a brow: the brows carry the mood.
            canvas.posed(Pose::at(sitter.turn), |canvas| features(canvas, random, &sitter, mood));
        });
    });
}

fn backdrop(canvas: &mut Canvas, random: &mut Random) {
    let tone = any_colour(random, 0.72..0.92, 0.03..0.10, 0.0..360.0);
    canvas.cover(blend((20.0, 0.0), (80.0, 100.0), tone.lighter(0.04), tone.lighter(-0.08)));
    let halo = (random.within(25.0..75.0), random.within(15.0..50.0));
    canvas.fill(&disc(halo, 70.0), glow(halo, 70.0, tone.lighter(0.1), 0.8));
    if random.chance(0.4) {
        canvas.fill(&disc((50.0, 50.0), random.within(40.0..46.0)), Ink::Glaze(tone.lighter(0.06), 0.7));
    }
}

fn shoulders(canvas: &mut Canvas, random: &mut Random, sitter: &Sitter) {
    let (half, foot) = (sitter.head.0, sitter.head.1);
    let wide = half * random.within(1.5..1.85);
    let top = foot + 7.0;
    let body = blob(&[
        (-wide * 0.95, 70.0),
        (-wide, top + 16.0),
        (-wide * 0.72, top + 3.0),
        (-half * 0.3, top - 3.0),
        (half * 0.3, top - 3.0),
        (wide * 0.72, top + 3.0),
        (wide, top + 16.0),
        (wide * 0.95, 70.0),
    ]);
    let shade = sitter.skin.lighter(-0.09).stronger(1.2);
    canvas.fill(
        &body,
        blend((-wide, 0.0), (wide, 0.0), sitter.cloth.lighter(0.04), sitter.cloth.lighter(-0.06)),
    );
    canvas.fill(&oval((0.0, top + 0.5), half * 0.54, 6.0), sitter.skin.lighter(-0.03));
    let neck = polygon(&[
        (-half * 0.36, foot * 0.6),
        (half * 0.36, foot * 0.6),
        (half * 0.42, top + 2.0),
        (-half * 0.42, top + 2.0),
    ]);
    canvas.fill(&neck, blend((0.0, foot * 0.8), (0.0, top + 2.0), shade, sitter.skin.lighter(-0.03)));
    let collar = curve(&[
        (-half * 0.56, top - 1.5),
        (-half * 0.35, top + 5.0),
        (0.0, top + 7.5),
        (half * 0.35, top + 5.0),
        (half * 0.56, top - 1.5),
    ]);
    let trim = sitter.cloth.lighter(if random.chance(0.5) { 0.18 } else { -0.12 });
    canvas.stroke(&collar, 2.4, trim);
}

/// The outline of the head: full above, narrowing to the chin.
fn skull((half, tall): At, grow: f32) -> Option<tiny_skia::Path> {
    let (w, h) = (half * grow, tall * grow);
    blob(&[
        (0.0, -h),
        (w * 0.72, -h * 0.74),
        (w, -h * 0.1),
        (w * 0.86, h * 0.45),
        (w * 0.42, h * 0.9),
        (0.0, h),
        (-w * 0.42, h * 0.9),
        (-w * 0.86, h * 0.45),
        (-w, -h * 0.1),
        (-w * 0.72, -h * 0.74),
    ])
}

fn head(canvas: &mut Canvas, sitter: &Sitter) {
    let (half, tall) = sitter.head;
    let skin = sitter.skin;
    for side in [-1.0, 1.0] {
        let hidden = side * sitter.turn.0 * 0.5;
        let ear = (side * half - hidden.max(0.0) * side, 2.0 + sitter.turn.1 * 0.4);
        canvas.fill(&oval(ear, half * 0.17, tall * 0.17), skin.lighter(-0.03));
        canvas.fill(&oval((ear.0, ear.1 + 0.5), half * 0.08, tall * 0.10), skin.lighter(-0.10).stronger(1.3));
    }
    let shape = skull(sitter.head, 1.0);
    canvas.fill(&shape, blend((-half, -tall), (half, tall), skin.lighter(0.04), skin.lighter(-0.05)));
    canvas.inside(&shape, |canvas| {
        for side in [-1.0, 1.0] {
            let cheek = (side * half * 0.56 + sitter.turn.0, tall * 0.36 + sitter.turn.1);
            let blush = skin.mixed(colour(0.62, 0.17, 25.0), 0.6);
            canvas.fill(&disc(cheek, half * 0.36), glow(cheek, half * 0.36, blush, 0.5));
        }
    });
}

fn features(canvas: &mut Canvas, random: &mut Random, sitter: &Sitter, mood: &Mood) {
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

/// Hair that falls behind head and shoulders.
fn hair_behind(canvas: &mut Canvas, sitter: &Sitter) {
    let (half, tall) = sitter.head;
    let hair = sitter.hair.lighter(-0.06);
    let foot = match sitter.style {
        1 => tall * 1.55,
        2 => tall * 0.85,
        3 => {
            canvas.fill(&ovals(&curls(half, tall)), hair);
            return;
        }
        4 => {
            let bun = (0.0, -tall * 1.12);
            canvas.fill(
                &disc(bun, half * 0.42),
                blend((-half * 0.3, -tall * 1.4), (half * 0.3, -tall), sitter.hair.lighter(0.06), hair),
            );
            return;
        }
        _ => return,
    };
    let fall = blob(&[
        (0.0, -tall * 1.16),
        (half * 0.98, -tall * 0.85),
        (half * 1.22, 0.0),
        (half * 1.26, foot * 0.75),
        (half * 0.85, foot),
        (0.0, foot * 0.92),
        (-half * 0.85, foot),
        (-half * 1.26, foot * 0.75),
        (-half * 1.22, 0.0),
        (-half * 0.98, -tall * 0.85),
    ]);
    canvas.fill(&fall, blend((-half, 0.0), (half, 0.0), hair.lighter(0.03), hair.lighter(-0.05)));
}

/// The puffs of curly hair around the head.
fn curls(half: f32, tall: f32) -> Vec<(At, f32, f32)> {
    (0..=12)
        .map(|index| {
            let angle = PI * (0.86 + 1.28 * index as f32 / 12.0);
            let at = (half * 1.02 * libm::cosf(angle), tall * 0.98 * libm::sinf(angle) - tall * 0.08);
            (at, half * 0.36, half * 0.36)
        })
        .chain([((0.0, -tall * 0.4), half * 0.95, tall * 0.7)])
        .collect()
}

/// Hair on the brow: what frames the face.
fn hair_before(canvas: &mut Canvas, sitter: &Sitter) {
    let (half, tall) = sitter.head;
    let turn = sitter.turn.0 * 0.8;
    let ink = blend((-half, -tall * 1.1), (half, 0.0), sitter.hair.lighter(0.09), sitter.hair.lighter(-0.03));
    // Where the hairline runs: a parting at `turn`, and how far it comes down at the temples.
    let (brow, temple, crown) = match sitter.style {
        0 => (-tall * 0.55, -tall * 0.12, 1.08),
        1 | 2 => (-tall * 0.62, tall * 0.18, 1.12),
        3 => (-tall * 0.58, -tall * 0.18, 1.10),
        4 => (-tall * 0.70, -tall * 0.20, 1.06),
        5 => (-tall * 0.34, -tall * 0.02, 1.14),
        _ => {
            bald(canvas, sitter);
            return;
        }
    };
    let (w, h) = (half * crown, tall * crown);
    let cap = blob(&[
        (0.0, -h),
        (w * 0.74, -h * 0.76),
        (w * 1.01, -h * 0.14),
        (half * 0.97, temple),
        (half * 0.80, brow * 0.55),
        (half * 0.45 + turn, brow * 0.98),
        (turn, brow * if sitter.style == 5 { 1.0 } else { 1.12 }),
        (-half * 0.45 + turn, brow * 0.9),
        (-half * 0.80, brow * 0.5),
        (-half * 0.97, temple),
        (-w * 1.01, -h * 0.14),
        (-w * 0.74, -h * 0.76),
    ]);
    canvas.fill(&cap, ink);
    let shine =
        curve(&[(-half * 0.66, -tall * 0.68), (-half * 0.3, -tall * 0.88), (half * 0.15, -tall * 0.95)]);
    canvas.stroke(&shine, 2.2, Ink::Glaze(sitter.hair.lighter(0.22), 0.5));
}

/// No hair above, but a beard below.
fn bald(canvas: &mut Canvas, sitter: &Sitter) {
    let (half, tall) = sitter.head;
    let shine = oval((-half * 0.3, -tall * 0.66), half * 0.26, tall * 0.12);
    canvas.fill(&shine, Ink::Glaze(sitter.skin.lighter(0.12), 0.6));
    let jaw = curve(&[
        (-half * 0.93, tall * 0.15),
        (-half * 0.80, tall * 0.62),
        (-half * 0.36, tall * 0.93),
        (0.0, tall * 0.99),
        (half * 0.36, tall * 0.93),
        (half * 0.80, tall * 0.62),
        (half * 0.93, tall * 0.15),
    ]);
    canvas.stroke(&jaw, 4.5, sitter.hair);
}
