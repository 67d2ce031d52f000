//! Holes in pictures of bytes: what is thin is continued smoothly, what is wide is filled with patches of the rest.

use impasto_data::Picture;

use super::PatchError;
use super::fill::Task;
use super::mask::Mask;
use super::raster::Raster;
use super::smooth::{continued, over};

/// A hole is wide where a pixel is farther than so many steps from what is known: from there on waves tell little.
const DEEP: u32 = 7;
/// How far beside such pixels patches fill.
const BESIDE: u32 = DEEP + 2;
/// The share of the work that continuing is, where patches follow.
const CONTINUING: f64 = 0.35;

/// How holes are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// What is thin smoothly, and what is wide with patches.
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

/// Fills the pixels that are meant; all others keep every bit. `told` hears which share of the work is done; where it says no,
/// nothing is made.
pub fn repaired(
    picture: &Picture,
    hole: &Mask,
    method: Method,
    seed: u64,
    told: &mut dyn FnMut(f64) -> bool,
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
    let Some(guess) = continued(&raster, hole, &mut |done| told(done * share)) else { return Ok(None) };
    let mut filled = guess;
    if patches > 0 {
        let task = Task { guess: &filled, hole: &wide, unknown: hole, seed };
        let Some(made) = task.fill(&mut |done| told(share + done * (1.0 - share)))? else { return Ok(None) };
        filled = made;
    }
    let picture = put(picture, &over(&filled, &raster, hole), hole);
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
