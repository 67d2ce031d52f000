//! Faces: stylised portraits, head and shoulders.
//!
//! The classes are moods, told by brows, eyes and mouth alone; hair, skin, clothes, glasses, the turn of the head and
//! the ground vary with no regard to the mood, so a model that is asked for a mood has to find it in the features.

mod features;
mod hair;

use std::f32::consts::PI;

use impasto_random::Random;

use super::Motif;
use super::canvas::{At, Canvas, Ink, Pose, blend, glow};
use super::chance::Chance;
use super::colour::{Colour, any_colour, colour};
use super::shapes::{blob, curve, disc, oval, polygon};
use features::{MOODS, features};
use hair::{hair_before, hair_behind};

/// The motif.
pub(super) const MOTIF: Motif = Motif {
    name: "faces",
    summary: "stylised portraits in five moods",
    classes: &["angry", "calm", "happy", "sad", "surprised"],
    draw,
};

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
    canvas.fill_behind(&disc(halo, 70.0), glow(halo, 70.0, tone.lighter(0.1), 0.8));
    if random.chance(0.4) {
        canvas
            .fill_behind(&disc((50.0, 50.0), random.within(40.0..46.0)), Ink::Glaze(tone.lighter(0.06), 0.7));
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
