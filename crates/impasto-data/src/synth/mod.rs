//! Synthetic pictures: motifs drawn by rule, with chance in colour, pose, count, light and ground.
//!
//! They are the demo's data and the tests': nothing has to be fetched, every picture has a label, and the same seed
//! gives the same bytes on every machine. A motif is one file here and one line in [`motifs`].

mod canvas;
mod chance;
mod colour;
mod faces;
mod flowers;
mod glyphs;
mod landscapes;
mod shapes;

use impasto_random::Random;

use crate::Picture;
use canvas::Canvas;

/// A kind of picture that can be drawn by rule.
#[derive(Debug)]
pub struct Motif {
    /// What it is called.
    pub name: &'static str,
    /// What it shows, in a few words.
    pub summary: &'static str,
    /// Its labelled sub-classes, in alphabetical order, as folders sort.
    pub classes: &'static [&'static str],
    draw: fn(usize, &mut Canvas, &mut Random),
}

/// Every motif.
pub fn motifs() -> &'static [Motif] {
    const MOTIFS: &[Motif] = &[faces::MOTIF, flowers::MOTIF, glyphs::MOTIF, landscapes::MOTIF];
    MOTIFS
}

/// One picture of a motif, RGB, `size` pixels each way.
///
/// # Panics
/// When the motif has no such class or the size is not from 8 to 1024.
pub fn draw(motif: &Motif, class: usize, size: u32, random: &mut Random) -> Picture {
    assert!(class < motif.classes.len(), "{} has {} classes, not {class}", motif.name, motif.classes.len());
    let mut canvas = Canvas::new(size);
    (motif.draw)(class, &mut canvas, random);
    canvas.finish()
}
