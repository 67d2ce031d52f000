//! How large the pictures and the networks become: the highest rung that can be learned in the time there is.

use std::collections::BTreeMap;

use impasto_data::Glance;
use serde::Serialize;

use super::{Clock, Draft, rules, work};
use crate::config::{Config, Request};
use crate::recipes;
use crate::settings::ConfigError;

/// A rung is timed only if a step of it is expected to take at most so many seconds, ...
const LONGEST_TIMED: f64 = 0.4;
/// ... and so many rungs at most: all of it takes two seconds or so.
const MOST_TIMED: usize = 3;
/// The most work that a step may be for it to be timed before anything is known of the machine: two slow cores do it in a
/// second or two.
const MOST_WORK: f64 = 15e9;

/// What keeps the pictures or the networks from being larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// They were asked for.
    Asked,
    /// The pictures are no larger, and there is no wider network.
    Pictures,
    /// Larger ones would not be learned in the time.
    Time,
    /// Larger ones would not fit into the memory.
    Memory,
}

/// A size with a preset.
struct Rung {
    side: usize,
    preset: &'static str,
    config: Config,
    work: f64,
}

/// All that may be chosen, the smallest first.
pub(super) struct Ladder {
    rungs: Vec<Rung>,
    is_asked: bool,
}

/// What was chosen.
pub(super) struct Chosen {
    pub(super) side: usize,
    pub(super) preset: &'static str,
    pub(super) reason: String,
    pub(super) step_seconds: f64,
    pub(super) bound: Bound,
}

impl Ladder {
    pub(super) fn new(draft: &Draft<'_>, glance: &Glance) -> Result<Self, ConfigError> {
        let says = |key| draft.request.says(key);
        let (asked, crop) = (draft.base.preparation(), draft.resolved()?.common.crop);
        let sides =
            if says("size") { vec![asked.width.max(asked.height)] } else { rules::sides(glance, crop) };
        let mut rungs = Vec::new();
        for side in sides {
            let all = recipes::find(super::RECIPE)?.presets.iter().map(|preset| preset.name);
            let presets: Vec<&'static str> = match says("preset") {
                true => all.filter(|name| *name == draft.base.common.preset).collect(),
                false => rules::presets(side, says("size")).to_vec(),
            };
            for preset in presets {
                let config =
                    draft.resolved_with([("size", (side as i64).into()), ("preset", preset.into())])?;
                let work = work::work(&config);
                rungs.push(Rung { side, preset, config, work });
            }
        }
        Ok(Self { rungs, is_asked: says("size") && says("preset") })
    }

    /// The highest rung that makes enough steps in so many seconds and fits into the memory; the lowest, if none does.
    pub(super) fn climb(
        &self,
        seconds: f64,
        room: Option<f64>,
        clock: &mut Clock<'_>,
    ) -> Result<Chosen, ConfigError> {
        let fits = |rung: &&Rung| room.is_none_or(|room| work::memory(&rung.config) <= room);
        let mut fitting: Vec<&Rung> = self.rungs.iter().filter(fits).collect();
        if fitting.is_empty() {
            fitting.extend(self.rungs.first());
        }
        let mut timed = BTreeMap::new();
        let mut pace = if fitting[0].work <= MOST_WORK && fits(&fitting[0]) {
            let measured = clock(&fitting[0].config)?;
            timed.insert(0, measured);
            fitting[0].work / measured.max(1e-9)
        } else {
            let probe = probe(&fitting[0].config)?;
            work::work(&probe) / clock(&probe)?.max(1e-9)
        };
        let (at, step_seconds) = loop {
            let time = |place: usize| timed.get(&place).copied().unwrap_or(fitting[place].work / pace);
            let steps = |rung: &Rung| rules::steps_needed(rung.side, rung.config.common.batch);
            let is_quick = |place: &usize| time(*place) * steps(fitting[*place]) <= seconds;
            let at = (0..fitting.len()).rev().find(is_quick).unwrap_or(0);
            let expected = time(at);
            let is_enough = timed.contains_key(&at) || timed.len() == MOST_TIMED;
            if is_enough || expected > LONGEST_TIMED || !fits(&fitting[at]) {
                break (at, expected);
            }
            let measured = clock(&fitting[at].config)?;
            timed.insert(at, measured);
            // What was timed last is nearest to what is chosen.
            pace = fitting[at].work / measured.max(1e-9);
        };
        let rung = fitting[at];
        let bound = match () {
            () if self.is_asked => Bound::Asked,
            () if at + 1 < fitting.len() => Bound::Time,
            () if fitting.len() < self.rungs.len() => Bound::Memory,
            () => Bound::Pictures,
        };
        let reason = match bound {
            Bound::Asked => "asked for",
            Bound::Pictures => "the largest for these pictures",
            Bound::Time => "the largest that is learned in the time",
            Bound::Memory => "the largest that fits into the memory",
        };
        Ok(Chosen { side: rung.side, preset: rung.preset, reason: reason.to_owned(), step_seconds, bound })
    }
}

/// Something small to time where even the lowest rung is too much for that, with the same kind of products.
fn probe(config: &Config) -> Result<Config, ConfigError> {
    let same = ["channels", "precision"];
    let same = same.into_iter().filter_map(|key| Some((key, config.table.get(key)?.clone())));
    let small = [
        ("recipe", super::RECIPE.into()),
        ("preset", "tiny".into()),
        ("size", 32.into()),
        ("batch", 16.into()),
    ];
    let given = same.chain(small).map(|(key, value)| (key.to_owned(), value)).collect();
    Config::resolve(&Request { given, ..Request::default() })
}
