//! Hair: what falls behind the head, what frames the face, or a beard instead.

use std::f32::consts::PI;

use super::Sitter;
use crate::synth::canvas::{At, Canvas, Ink, blend};
use crate::synth::shapes::{blob, curve, disc, oval, ovals};

/// Hair that falls behind head and shoulders.
pub(super) fn hair_behind(canvas: &mut Canvas, sitter: &Sitter) {
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
pub(super) fn hair_before(canvas: &mut Canvas, sitter: &Sitter) {
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
