//! Holes in pictures of bytes: what is thin is continued smoothly, what is wide is filled with patches of the rest.

use impasto_data::Picture;
use impasto_system::Span;
use serde::{Deserialize, Serialize};

use super::PatchError;
use super::fill::Task;
use super::mask::Mask;
use super::raster::Raster;
use super::smooth::continued;

/// A hole is wide where a pixel is farther than so many steps from what is known: from there on waves tell little.
const DEEP: u32 = 7;
/// How far beside such pixels patches fill.
const BESIDE: u32 = DEEP + 2;
/// The share of the work that continuing is, where patches follow.
const CONTINUING: f64 = 0.35;

/// How holes are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// What is thin smoothly, and what is wide with patches.
    #[default]
    Auto,
    /// All of it smoothly.
    Smooth,
    /// All of it with patches.
    Patches,
}

/// A picture without its hole.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    /// The picture.
    pub picture: Picture,
    /// How many pixels were continued smoothly,
    pub smooth: usize,
    /// and how many come from patches.
    pub patches: usize,
}

/// Fills the pixels that are meant; all others keep every bit. Nothing is made where the work is stopped.
pub fn repaired(
    picture: &Picture,
    hole: &Mask,
    method: Method,
    seed: u64,
    span: &mut Span<'_>,
) -> Result<Option<Repaired>, PatchError> {
    let size = [picture.width(), picture.height()];
    assert_eq!(size, [hole.width, hole.height], "a mask of the picture's size");
    let count = hole.count();
    if count == hole.meant.len() {
        return Err(PatchError::NothingLeft);
    }
    let wide = wide(hole, method)?;
    let patches = wide.count();
    let raster = Raster::of(picture);
    let share = if patches == 0 { 1.0 } else { CONTINUING };
    let Some(guess) = continued(&raster, hole, &mut span.part(0.0..share)) else { return Ok(None) };
    let mut filled = guess;
    if patches > 0 {
        let task = Task { guess: &filled, hole: &wide, unknown: hole, seed };
        let Some(made) = task.fill(&mut span.part(share..1.0))? else { return Ok(None) };
        filled = made;
    }
    let picture = put(picture, &filled, hole);
    Ok(Some(Repaired { picture, smooth: count - patches, patches }))
}

/// What patches are to fill.
fn wide(hole: &Mask, method: Method) -> Result<Mask, PatchError> {
    let none = || Mask { meant: vec![false; hole.meant.len()], ..*hole };
    match method {
        Method::Smooth => Ok(none()),
        Method::Patches => Task::check(hole).map(|()| hole.clone()),
        // Where there is no patch to take, waves must do.
        Method::Auto => Ok(Task::check(hole).map_or_else(|_| none(), |()| hole.wide(DEEP, BESIDE))),
    }
}

/// The bytes of a hole.
fn put(picture: &Picture, filled: &Raster, hole: &Mask) -> Picture {
    let (mut made, filled) = (picture.clone(), filled.picture());
    let channels = made.channels();
    let pixels = made.pixels_mut().chunks_exact_mut(channels).zip(filled.pixels().chunks_exact(channels));
    pixels.zip(&hole.meant).filter(|(_, meant)| **meant).for_each(|((own, new), _)| own.copy_from_slice(new));
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_system::{Recorder, Stage};

    fn picture(channels: usize) -> Picture {
        let value = |at: usize| {
            let (x, y) = (at / channels % 90, at / channels / 90);
            (100.0 + 60.0 * (0.4 * x as f32 + 0.1 * (at % channels) as f32).sin() + 0.5 * y as f32) as u8
        };
        Picture::new(90, 70, channels, (0..90 * 70 * channels).map(value).collect())
    }

    fn mask(boxes: &[[usize; 4]]) -> Mask {
        let all: Vec<Mask> = boxes.iter().map(|&place| Mask::rectangle([90, 70], place)).collect();
        let meant = (0..90 * 70).map(|at| all.iter().any(|mask| mask.meant[at])).collect();
        Mask { width: 90, height: 70, meant }
    }

    fn made(picture: &Picture, mask: &Mask, method: Method) -> Repaired {
        let (mut torn, channels) = (picture.clone(), picture.channels());
        let pixels = torn.pixels_mut().chunks_exact_mut(channels).zip(&mask.meant);
        pixels.filter(|(_, meant)| **meant).for_each(|(pixel, _)| pixel.fill(7));
        repaired(&torn, mask, method, 1, &mut Span::unwatched()).unwrap().unwrap()
    }

    #[test]
    fn each_part_of_a_hole_is_filled_in_its_way_and_near_to_the_truth() {
        let (thin, wide) = ([10, 5, 3, 60], [40, 20, 24, 24]);
        for channels in [1, 3, 4] {
            let (whole, hole) = (picture(channels), mask(&[thin, wide]));
            let both = made(&whole, &hole, Method::Auto);
            assert_eq!((both.smooth, both.patches), (180, 576));
            for (at, meant) in hole.meant.iter().enumerate() {
                let [own, new] = [&whole, &both.picture].map(|picture| picture.pixel(at % 90, at / 90));
                let near =
                    own.iter().zip(new).all(|(a, b)| a.abs_diff(*b) <= if channels == 4 { 40 } else { 25 });
                assert!(near && (*meant || own == new), "{at}: {own:?} {new:?}");
            }
            assert_eq!(made(&whole, &hole, Method::Smooth).patches, 0);
            assert_eq!(made(&whole, &hole, Method::Patches).smooth, 0);
        }
    }

    #[test]
    fn where_no_patch_is_left_waves_must_do() {
        let hole = mask(&[[3, 3, 84, 64]]);
        assert_eq!(made(&picture(3), &hole, Method::Auto).patches, 0);
        let torn = picture(3);
        let refused =
            |mask: &Mask, method| repaired(&torn, mask, method, 1, &mut Span::unwatched()).unwrap_err();
        assert!(matches!(refused(&hole, Method::Patches), PatchError::NothingKnown { .. }));
        assert!(matches!(refused(&mask(&[[0, 0, 90, 70]]), Method::Auto), PatchError::NothingLeft));
        let small = Picture::new(3, 2, 1, vec![9; 6]);
        let hole = Mask::rectangle([3, 2], [1, 0, 1, 2]);
        let made = repaired(&small, &hole, Method::Auto, 1, &mut Span::unwatched()).unwrap().unwrap();
        assert_eq!(made.picture, small);
    }

    #[test]
    fn the_work_grows_to_all_of_it_and_can_be_stopped_at_any_time() {
        let (torn, hole) = (picture(3), mask(&[[10, 5, 3, 60], [40, 20, 24, 24]]));
        let watched = |heard: &mut Recorder| {
            repaired(&torn, &hole, Method::Auto, 1, &mut Span::whole(heard, Stage::Repairing)).unwrap()
        };
        let mut heard = Recorder::default();
        watched(&mut heard);
        let shares = heard.done();
        assert!(shares.is_sorted() && shares.last() == Some(&1.0), "{shares:?}");
        for stop in 1..=shares.len() {
            assert!(watched(&mut Recorder::stopping_after(stop)).is_none(), "at {stop}");
        }
    }
}
