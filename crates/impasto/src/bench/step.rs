//! Whole steps of recipes: the very code that a training runs, from bytes to moved weights, on pictures of noise.
//!
//! How long a step takes does not depend on what the pictures show. What a training does besides (reading a batch from
//! the cache: a tenth of a millisecond; events once a second) is left out.

use impasto_system::Span;
use std::time::{Duration, Instant};

use burn::tensor::Device;
use impasto_random::Random;

use super::timing::{Timing, repeat, timed};
use super::{BenchError, Settings};
use crate::config::{Config, Request};
use crate::paint::scene;
use crate::recipe::{Batch, Progress};
use crate::recipes::{self, Purpose};
use crate::settings::ConfigError;
use crate::style::{Aids, StyleError};

/// A recipe with its settings.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// As they follow `--set`; all else is the recipe's default.
    set: &'static [&'static str],
}

pub(super) const STEPS: &[Step] = &[
    Step {
        name: "dcgan-28",
        summary: "a step of recipe dcgan with its defaults, 28 x 28 grey, batch 64",
        set: &["recipe=dcgan", "size=28", "channels=grey", "batch=64"],
    },
    Step {
        name: "dcgan-64",
        summary: "a step of recipe dcgan, preset classic, 64 x 64 rgb, batch 64",
        set: &["recipe=dcgan", "preset=classic", "size=64", "channels=rgb", "batch=64"],
    },
    Step {
        name: "painter-28",
        summary: "a step of recipe painter with its defaults, 28 x 28 grey, batch 64",
        set: &["recipe=painter", "size=28", "channels=grey", "batch=64"],
    },
    Step {
        name: "painter-64",
        summary: "a step of recipe painter, preset tiny, 64 x 64 rgb, batch 64",
        set: &["recipe=painter", "preset=tiny", "size=64", "channels=rgb", "batch=64"],
    },
    Step {
        name: "vae-28",
        summary: "a step of recipe vae, dense layers 784-400-20, 28 x 28 grey, batch 128",
        set: &["recipe=vae", "widths=[400]", "latent=20", "size=28", "channels=grey", "batch=128"],
    },
    Step {
        name: "vae-28-default",
        summary: "a step of recipe vae with its defaults (784-512-512-32), 28 x 28 grey, batch 128",
        set: &["recipe=vae", "size=28", "channels=grey", "batch=128"],
    },
];

/// Batches that take turns, so that no step finds its pictures in the processor's cache.
const BATCHES: u64 = 8;

impl Step {
    pub(super) fn config(&self) -> Result<Config, BenchError> {
        let set = self.set.iter().map(|text| text.to_string()).collect();
        Ok(Config::resolve(&Request { set, ..Request::default() })?)
    }

    pub(super) fn time(&self, settings: &Settings, span: &mut Span<'_>) -> Result<Timing, BenchError> {
        let config = self.config()?;
        let (seed, batch) = (config.common.seed, config.common.batch);
        let scene = scene(&config, 0, Some(seed), &settings.device);
        let mut recipe = recipes::build(&config, &scene, Purpose::Training)?;
        let pictures: Vec<_> = (0..BATCHES).map(|number| noise(&config, number)).collect();
        let times = repeat(settings, span, |step| {
            let at = Progress { seed, step, images: step * batch as u64 };
            let pictures = &pictures[(step % BATCHES) as usize];
            let pictures = || Batch::from_data(pictures, 0, &settings.device);
            timed(|| settings.precision.during(|| recipe.step(&pictures(), at))).1
        });
        Ok(Timing::new(self.name, "step", batch, None, &times))
    }
}

/// Seconds that a step of these settings takes on this many classes: the middle of as many steps as begin within the
/// given time, one at least; one more goes before them, untimed.
pub(crate) fn seconds_of_step(
    config: &Config,
    classes: usize,
    device: &Device,
    within: Duration,
) -> Result<f64, ConfigError> {
    let (seed, batch) = (config.common.seed, config.common.batch);
    let scene = scene(config, classes, Some(seed), device);
    let mut recipe = recipes::build(config, &scene, Purpose::Training)?;
    if config.network().is_some() {
        let unfit = |error: StyleError| ConfigError::Value(error.to_string());
        recipe.equip(Aids::drawn(device)).map_err(unfit)?;
    }
    let pictures = noise(config, 0);
    let mut step = |step: u64| {
        let at = Progress { seed, step, images: step * batch as u64 };
        let work = || recipe.step(&Batch::from_data(&pictures, scene.classes, device), at);
        timed(|| config.common.precision.during(work)).1.as_secs_f64()
    };
    step(0);
    let started = Instant::now();
    let mut times = vec![step(1)];
    while started.elapsed() < within {
        times.push(step(1 + times.len() as u64));
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// A batch of pictures in which every byte is random; all of one class.
fn noise(config: &Config, number: u64) -> impasto_data::Batch {
    let preparation = config.preparation();
    let (count, channels) = (config.common.batch, preparation.channels.count());
    let (height, width) = (preparation.height, preparation.width);
    let mut random = Random::new(config.common.seed, "noise", number);
    let bytes = std::iter::repeat_with(|| random.bits().to_le_bytes()).flatten();
    let pixels = bytes.take(count * channels * height * width).collect();
    impasto_data::Batch { pixels, count, channels, height, width, labels: vec![0; count] }
}
