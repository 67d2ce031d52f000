//! What to do with a folder when nothing was said: recipe, preset, size, batch and the rest, by what the pictures are and
//! how fast the machine is, with a reason for each.
//!
//! What was asked for always wins. What is planned becomes a request like any other, so it stands in `config.toml`; a
//! training that is repeated or resumed is not planned again.

mod ladder;
mod machine;
mod rules;
mod words;
mod work;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use impasto_data::{Glance, Size};
use serde::Serialize;
use toml::Table;

use crate::config::{Common, Config, DEFAULT_MINUTES, Request};
use crate::settings::{ConfigError, check_precision};
pub use ladder::Bound;
use ladder::{Chosen, Ladder};
pub use machine::{Machine, time_of_step};
use rules::Choice;

/// The recipe that is planned with.
pub const RECIPE: &str = "painter";
/// The share of the free memory that a training may take.
const MEMORY_SHARE: f64 = 0.6;

/// Seconds of a step with these settings.
pub type Clock<'a> = dyn FnMut(&Config) -> Result<f64, ConfigError> + 'a;

/// What will be done, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// What was seen of the pictures.
    pub pictures: Pictures,
    /// What the machine has.
    pub machine: Machine,
    /// Every setting that was planned or asked for, by name.
    pub settings: Table,
    /// Why, of those that were planned.
    pub reasons: BTreeMap<String, String>,
    /// What keeps the pictures or the networks from being larger.
    pub bound: Bound,
    /// Seconds of a step, as measured.
    pub step_seconds: f64,
    /// Steps that will be done.
    pub steps: u64,
    /// Pictures that will be seen, again and again.
    pub images: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// What is not as it should be.
    pub warnings: Vec<String>,
}

/// The pictures in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pictures {
    /// How many there are.
    pub count: usize,
    /// Width of most of them.
    pub width: usize,
    /// Height of most of them.
    pub height: usize,
    /// How many sizes there are.
    pub sizes: usize,
    /// The shorter side of the picture in the middle.
    pub median_side: usize,
    /// How many have another shape than they will be learned in.
    pub of_another_shape: usize,
    /// How many classes there are.
    pub classes: usize,
    /// Whether there is colour in them.
    pub colour: bool,
}

impl Pictures {
    fn of(glance: &Glance, shape: Size) -> Self {
        let (width, height) = glance.usual_size();
        Self {
            count: glance.pictures,
            width,
            height,
            sizes: glance.sizes.len(),
            median_side: glance.median_side(),
            of_another_shape: if glance.fixed {
                0
            } else {
                glance.of_another_shape([shape.width, shape.height])
            },
            classes: glance.classes.len(),
            colour: glance.colour,
        }
    }
}

/// Plans a training of these pictures on this machine; the clock times real steps of the few candidates.
pub fn plan(
    request: &Request,
    glance: &Glance,
    machine: &Machine,
    clock: &mut Clock<'_>,
) -> Result<(Config, Plan), ConfigError> {
    let mut draft = Draft::new(request)?;
    check_precision(draft.base.common.precision).map_err(|error| ConfigError::Value(error.to_string()))?;
    let shape = if request.says("size") { draft.base.common.size } else { Size::square(1) };
    rules::of_pictures(glance, machine, shape).into_iter().for_each(|choice| draft.choose(choice));
    let seconds = minutes_or_default(draft.base.common.minutes) * 60.0;
    let room = machine.memory.map(|bytes| bytes as f64 * MEMORY_SHARE);
    let ladder = Ladder::new(&draft, glance)?;
    let Chosen { side, preset, reason, step_seconds, bound } = ladder.climb(seconds, room, clock)?;
    draft.choose(Choice { key: "size", value: (side as i64).into(), reason: reason.clone() });
    draft.choose(Choice { key: "preset", value: preset.into(), reason });
    let (steps, images) = outlook(&draft.resolved()?, step_seconds);
    let spent = steps as f64 * step_seconds;
    draft.choose(rules::burn_in(images));
    rules::intervals(step_seconds, spent).into_iter().for_each(|choice| draft.choose(choice));
    let config = draft.resolved()?;
    let mut warnings = warnings(&config, steps, spent, room);
    warnings.extend(rules::by_heart(images, glance.pictures));
    let plan = Plan {
        pictures: Pictures::of(glance, config.common.size),
        machine: machine.clone(),
        settings: draft.settings(&config),
        reasons: draft.reasons(),
        bound,
        step_seconds,
        steps,
        images,
        seconds: spent,
        warnings,
    };
    Ok((config, plan))
}

/// A request that grows: what is chosen lies under what was asked for.
struct Draft<'a> {
    request: &'a Request,
    /// Without anything planned.
    base: Config,
    choices: Vec<Choice>,
}

impl<'a> Draft<'a> {
    fn new(request: &'a Request) -> Result<Self, ConfigError> {
        let base = Config::resolve(request)?;
        let why = "for small folders and small machines, and it paints best".to_owned();
        let recipe = Choice { key: "recipe", value: RECIPE.into(), reason: why };
        Ok(Self { request, base, choices: vec![recipe] })
    }

    /// Takes a choice, unless there is no such setting or it was asked for.
    fn choose(&mut self, choice: Choice) {
        if self.base.table.contains_key(choice.key) && !self.request.says(choice.key) {
            self.choices.push(choice);
        }
    }

    fn resolved(&self) -> Result<Config, ConfigError> {
        self.resolved_with([])
    }

    /// With a few more settings.
    fn resolved_with<const N: usize>(&self, also: [(&str, toml::Value); N]) -> Result<Config, ConfigError> {
        let mut given: Table =
            self.choices.iter().map(|choice| (choice.key.to_owned(), choice.value.clone())).collect();
        given.extend(also.map(|(key, value)| (key.to_owned(), value)));
        given.extend(self.request.given.clone());
        Config::resolve(&Request { given, ..self.request.clone() })
    }

    fn settings(&self, config: &Config) -> Table {
        let planned = self.choices.iter().map(|choice| choice.key);
        let asked = config.table.keys().map(String::as_str).filter(|key| self.request.says(key));
        let values =
            planned.chain(asked).filter_map(|key| Some((key.to_owned(), config.table.get(key)?.clone())));
        values.collect()
    }

    fn reasons(&self) -> BTreeMap<String, String> {
        self.choices.iter().map(|choice| (choice.key.to_owned(), choice.reason.clone())).collect()
    }
}

/// How long it may take, when nothing was said about minutes: what a training takes by default.
fn minutes_or_default(minutes: f64) -> f64 {
    if minutes > 0.0 { minutes } else { DEFAULT_MINUTES }
}

/// Steps and pictures until the first limit.
fn outlook(config: &Config, step_seconds: f64) -> (u64, u64) {
    let budget = config.budget();
    let batch = config.common.batch as u64;
    let by_time =
        if budget.seconds > 0.0 { (budget.seconds / step_seconds.max(1e-9)).ceil() as u64 } else { u64::MAX };
    let by_steps = if budget.steps > 0 { budget.steps } else { u64::MAX };
    let by_images = if budget.images > 0 { budget.images.div_ceil(batch) } else { u64::MAX };
    let steps = by_time.min(by_steps).min(by_images).max(1);
    (steps, steps.saturating_mul(batch))
}

fn warnings(config: &Config, steps: u64, seconds: f64, room: Option<f64>) -> Vec<String> {
    let Common { batch, steps: asked_steps, images: asked_images, .. } = config.common;
    let needed = rules::steps_needed(config.preparation().width, batch);
    let mut warnings = Vec::new();
    if asked_steps == 0 && asked_images == 0 && (steps as f64) < 0.95 * needed {
        let minutes = (seconds / 60.0 * needed / steps as f64).ceil();
        warnings.push(format!(
            "{steps} steps are few: pictures worth seeing take about {needed}, which here means {minutes} minutes"
        ));
    }
    if room.is_some_and(|room| work::memory(config) > room) {
        let megabytes = (work::memory(config) / 1e6).round();
        warnings.push(format!("it takes about {megabytes} MB of memory, and less than that is free"));
    }
    warnings
}
