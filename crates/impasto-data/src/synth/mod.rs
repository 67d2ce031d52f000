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
mod write;

pub use write::{Ground, SynthError, Written, write, write_on};

pub(crate) use write::save;

use impasto_random::Random;

use canvas::Canvas;

use crate::Picture;

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
    draw_on(Canvas::new(size), motif, class, random)
}

/// The same without what lies behind, RGB and alpha.
///
/// # Panics
/// As `draw`.
pub fn draw_cut_out(motif: &Motif, class: usize, size: u32, random: &mut Random) -> Picture {
    draw_on(Canvas::without_ground(size), motif, class, random)
}

fn draw_on(mut canvas: Canvas, motif: &Motif, class: usize, random: &mut Random) -> Picture {
    assert!(class < motif.classes.len(), "{} has {} classes, not {class}", motif.name, motif.classes.len());
    (motif.draw)(class, &mut canvas, random);
    canvas.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn motifs_and_their_classes_are_named_once_and_in_order() {
        let names: Vec<&str> = motifs().iter().map(|motif| motif.name).collect();
        assert!(names.is_sorted() && names.len() >= 4, "{names:?}");
        for motif in motifs() {
            assert!(motif.classes.is_sorted_by(|one, two| one < two), "{}", motif.name);
        }
    }

    #[test]
    fn every_class_is_drawn_at_every_size_and_is_never_blank() {
        for motif in motifs() {
            for class in 0..motif.classes.len() {
                for size in [8, 33, 128] {
                    let picture = draw(motif, class, size, &mut Random::new(1, "test", class as u64));
                    assert_eq!((picture.width(), picture.channels()), (size as usize, 3));
                    let (low, high) =
                        picture.pixels().iter().fold((255, 0), |(l, h), &p| (p.min(l), p.max(h)));
                    assert!(high - low > 60, "{} {class} at {size}: {low} to {high}", motif.name);
                }
            }
        }
    }

    #[test]
    fn a_picture_is_the_same_scene_at_every_size() {
        // The mean colour hardly changes with the size when random numbers don't depend on it.
        let mean = |size| {
            let picture = draw(&motifs()[0], 0, size, &mut Random::new(5, "test", 0));
            picture.pixels().iter().map(|&p| f64::from(p)).sum::<f64>() / picture.pixels().len() as f64
        };
        assert!((mean(32) - mean(256)).abs() < 2.0, "{} {}", mean(32), mean(256));
    }

    #[test]
    #[should_panic(expected = "faces has 5 classes, not 5")]
    fn a_class_that_is_not_there_is_a_programming_error() {
        draw(&motifs()[0], 5, 16, &mut Random::new(1, "test", 0));
    }
}
