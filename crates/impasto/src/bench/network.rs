//! The Inception of FID: pictures of noise in, features out, resizing included, as `impasto judge` does it.
//!
//! With the weights that the user added, or else with drawn ones: how long it takes does not depend on them.

use impasto_data::Picture;
use impasto_random::Random;
use impasto_system::Span;

use super::timing::{Timing, repeat, timed};
use super::{BenchError, Settings};
use crate::features::{FeatureNetwork, Inception};
use crate::weights::Weights;

pub(super) const NAME: &str = "inception";
const BATCH: usize = 16;
const SIDE: usize = 32;
/// Batches that take turns.
const BATCHES: usize = 8;

pub(super) fn summary() -> String {
    format!("features of the Inception of FID for {BATCH} pictures of {SIDE} x {SIDE} rgb, always in f32")
}

pub(super) fn time(settings: &Settings, span: &mut Span<'_>) -> Result<Timing, BenchError> {
    let weights = Weights::of_this_user()?;
    let network = match weights.has(NAME) {
        true => Inception::load(&weights, &settings.device)?,
        false => Inception::drawn(&settings.device),
    };
    let batches: Vec<Vec<Picture>> =
        (0..BATCHES).map(|number| (0..BATCH).map(|at| noise(number * BATCH + at)).collect()).collect();
    let times =
        repeat(settings, span, |turn| timed(|| network.describe(&batches[turn as usize % BATCHES])).1);
    Ok(Timing::new(NAME, "features", BATCH, None, &times))
}

fn noise(number: usize) -> Picture {
    let mut pixels = vec![0; SIDE * SIDE * 3];
    Random::new(1, "noise", number as u64).bytes(&mut pixels);
    Picture::new(SIDE, SIDE, 3, pixels)
}
