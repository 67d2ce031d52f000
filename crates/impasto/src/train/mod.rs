//! The training loop. It knows nothing of GANs or VAEs: how many networks and optimisers there are is the recipe's
//! affair. What a step does depends on the settings, the data and the step's number alone, so a training that was cut
//! off goes on as if nothing had happened.

mod aids;
mod beginning;
mod care;
mod draw;
mod error;
mod judge;
mod look;
mod origin;
mod pace;
mod split;
mod summary;
mod translations;
mod watch;

#[cfg(test)]
mod tests;

use std::path::Path;

use burn::tensor::Device;
use impasto_data::Dataset;
use impasto_random::Random;
use impasto_system::{Monitor, Warning, WarningKind};
use serde_json::{Value, json};

pub use aids::check_style;
pub use error::TrainError;
pub use judge::{Judge, Verdict};
pub use summary::Summary;

use crate::config::{Budget, Common, Config};
use crate::doctor::{Doctor, Trouble};
use crate::paint::scene;
use crate::recipe::{Batch, Losses, Progress, Recipe, Skills};
use crate::recipes::{self, Purpose};
use crate::run::{About, Event, Events, Run, images_name};
use crate::settings::check_precision;
use crate::stored;
use aids::Model;
use beginning::Beginning;
use care::Treatment;
use draw::Draw;
use judge::Bench;
use look::Look;
use pace::Pace;
use split::Split;

/// How many pictures are shown to a recipe that settles.
const SETTLE_ON: usize = 4096;
/// A loss beyond this is on its way to infinity.
const EXPLODED: f64 = 1e7;

/// A training in progress, with the folder that it writes into.
pub struct Training {
    config: Config,
    budget: Budget,
    run: Run,
    events: Events,
    data: Dataset,
    split: Split,
    draw: Draw,
    device: Device,
    recipe: Box<dyn Recipe>,
    look: Look,
    doctor: Doctor,
    treatment: Treatment,
    bench: Bench,
    /// What the judge said of the checkpoint that is written next.
    score: Option<f64>,
    pace: Pace,
    at: Progress,
    /// The step at which the recipe last settled.
    settled: Option<u64>,
    /// The step of the last sheet.
    painted: Option<u64>,
    losses: Losses,
    /// What was taken from another run, in words.
    origin: Option<String>,
}

impl Training {
    /// Begins a training in a new folder.
    pub fn start(
        mut config: Config,
        data: Dataset,
        folder: &Path,
        device: &Device,
        monitor: &mut dyn Monitor,
    ) -> Result<Self, TrainError> {
        // Built before anything is written, so that impossible settings leave no folder behind.
        let beginning = Beginning::of(&mut config, &data, device)?;
        let run = Run::create(folder, &config.to_toml()?, &beginning.about)?;
        Self::begin(config, run, data, beginning, device, monitor)
    }

    /// Writes what a run has before its first step.
    fn begin(
        config: Config,
        run: Run,
        data: Dataset,
        beginning: Beginning,
        device: &Device,
        monitor: &mut dyn Monitor,
    ) -> Result<Self, TrainError> {
        let Beginning { recipe, model, origin, .. } = beginning;
        model.map_or(Ok(()), |model| model.keep(&run))?;
        let mut training = Self::assemble(config, run, data, recipe, device)?;
        training.origin = origin;
        training.tell(training.beginning(), monitor)?;
        training.look.write_reals(&training.run)?;
        // So that a training can be resumed from its first moment on.
        training.save(monitor)?;
        Ok(training)
    }

    /// Goes on with a training. `run` is opened for it; `config` is the run's own, perhaps with a new limit.
    pub fn resume(
        mut config: Config,
        run: Run,
        data: Dataset,
        device: &Device,
        monitor: &mut dyn Monitor,
    ) -> Result<Self, TrainError> {
        if data.fingerprint() != run.about().fingerprint {
            return Err(TrainError::OtherData { run: run.path().into(), data: config.common.data.clone() });
        }
        check_precision(config.common.precision)?;
        if run.checkpoints().is_empty() {
            // It was cut off before its first one, and begins as it would have.
            let beginning = Beginning::of(&mut config, &data, device)?;
            if beginning.about.id == run.about().id {
                let mut training = Self::begin(config, run, data, beginning, device, monitor)?;
                training.tell(Event::Resume { step: 0 }, monitor)?;
                return Ok(training);
            }
        }
        let scene = scene(&config, data.classes().len(), None, device);
        // Before a weight is read or made.
        let run = run.of_networks(recipes::numbers(&config, &scene, Purpose::Training)?);
        let (checkpoint, damaged) = run.latest()?;
        for damaged in damaged {
            monitor.warn(&Warning::new(WarningKind::Damaged, damaged.to_string()));
        }
        let mut recipe = (config.entry.build)(&config.table, &scene)?;
        if let Some(model) = Model::of(&run, &config)? {
            model.give(recipe.as_mut(), device)?;
        }
        let mut training = Self::assemble(config, run, data, recipe, device)?;
        training.recall(&checkpoint)?;
        // What is fitted to the model is fitted again, so that it does not matter when the training was cut off.
        training.settled = None;
        let seconds = |name: &str| checkpoint.notes.get(name).and_then(Value::as_f64).unwrap_or(0.0);
        training.pace = Pace::after(seconds("seconds"));
        training.bench.seconds = seconds("judging_seconds");
        training.note_score()?;
        training.tell(Event::Resume { step: checkpoint.step }, monitor)?;
        Ok(training)
    }

    /// Trains until the budget is spent or it is stopped, then saves.
    pub fn run(mut self, monitor: &mut dyn Monitor) -> Result<Summary, TrainError> {
        let mut saved = None;
        while !self.is_done() && !monitor.should_stop() {
            self.step()?;
            if self.report(monitor)? || self.examine(monitor)? {
                continue;
            }
            if is_due(self.config.common.sample_every, self.at.step)
                && let Some(collapse) = self.paint_sheet(monitor)?
            {
                self.raise(Trouble::Collapse, collapse, monitor)?;
            }
            if is_due(self.config.common.checkpoint_every, self.at.step) {
                saved = Some(self.save(monitor)?);
            }
        }
        self.finish(saved, monitor)
    }

    /// Lets a judge look at every checkpoint: the best is kept and named, and copies raise an alarm.
    pub fn judged_by(mut self, judge: Box<dyn Judge>) -> Self {
        self.bench.seat(judge, false);
        self
    }

    /// The same, however much time it takes: for trainings that are compared with each other.
    pub fn judged_always_by(mut self, judge: Box<dyn Judge>) -> Self {
        self.bench.seat(judge, true);
        self
    }

    /// Steps done.
    pub fn steps(&self) -> u64 {
        self.at.step
    }

    /// What was taken from the run that it started from, in words.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Which class becomes like which, by name, where it learns to translate between classes.
    pub fn between(&self) -> Option<[&str; 2]> {
        let [from, to] = self.recipe.skills().translate?.between()?;
        let name = |class: usize| self.data.classes().get(class).map(String::as_str);
        Some([name(from)?, name(to)?])
    }

    /// Whether a judge of paintings has something to look at.
    pub fn paints(&self) -> bool {
        let Skills { paint, translate, .. } = self.recipe.skills();
        paint.is_some() && translate.is_none()
    }

    /// The pictures.
    pub fn data(&self) -> &Dataset {
        &self.data
    }

    /// Those of the pictures that are never learned, to judge by; none of small sets.
    pub fn held_out(&self) -> &[u32] {
        self.split.held_out()
    }

    /// Where it computes.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The run's seed.
    pub fn seed(&self) -> u64 {
        self.at.seed
    }

    /// How many classes there are to paint; 0 without classes.
    pub fn classes(&self) -> usize {
        if self.config.common.conditional { self.data.classes().len() } else { 0 }
    }

    fn assemble(
        config: Config,
        run: Run,
        data: Dataset,
        recipe: Box<dyn Recipe>,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let seed = config.common.seed;
        let split = Split::new(data.len(), config.common.held_out, seed);
        let translate = recipe.skills().translate;
        let by_class = translate.is_some_and(|skill| skill.between().is_some());
        let held_out = if translate.is_some() { split.held_out() } else { &[] };
        let look = Look::new(&data, &config, held_out, by_class)?;
        let draw =
            if by_class { Draw::by_class(&split, data.labels(), seed) } else { Draw::all(&split, seed) };
        Ok(Self {
            budget: config.budget(),
            events: Events::open(&run.events_path())?,
            draw,
            split,
            doctor: Doctor::new(recipe.signs()),
            treatment: Treatment::default(),
            bench: Bench::default(),
            score: None,
            device: device.clone(),
            look,
            pace: Pace::after(0.0),
            at: Progress { seed, step: 0, images: 0 },
            settled: None,
            painted: None,
            losses: Losses::new(),
            origin: None,
            config,
            run,
            data,
            recipe,
        })
    }

    fn is_done(&self) -> bool {
        self.budget.share_spent(self.at.step, self.at.images, self.pace.seconds()) >= 1.0
    }

    /// One step of the recipe on the next batch.
    fn step(&mut self) -> Result<(), TrainError> {
        let batch = self.config.common.batch;
        self.pace.start_step();
        let indices = self.draw.batch(self.at.step, batch);
        let pictures = self.data.read(&indices, &mut self.at.random("windows"))?;
        let pictures = Batch::from_data(&pictures, self.classes(), &self.device);
        self.losses = self.config.common.precision.during(|| self.recipe.step(&pictures, self.at));
        self.pace.end_step(&self.losses);
        self.at.step += 1;
        self.at.images += batch as u64;
        Ok(())
    }

    /// Tells how it goes, about once a second; true when a training that had blown up has gone back.
    fn report(&mut self, monitor: &mut dyn Monitor) -> Result<bool, TrainError> {
        let wild = self.losses.iter().find(|(_, value)| !value.is_finite() || value.abs() > EXPLODED);
        if let Some(&(name, value)) = wild {
            self.blown_up(name, value, monitor)?;
            return Ok(true);
        }
        if let Some(event) = self.pace.due_event(self.at, self.config.common.batch, self.is_done()) {
            self.tell(event, monitor)?;
        }
        Ok(false)
    }

    /// Paints a sheet and measures it; says how paintings have collapsed, if they have.
    fn paint_sheet(&mut self, monitor: &mut dyn Monitor) -> Result<Option<String>, TrainError> {
        let step = self.at.step;
        if self.painted.replace(step) == Some(step) {
            return Ok(None);
        }
        self.settle();
        let (path, measures, collapse) =
            self.look.paint(&self.run, self.recipe.as_ref(), self.at, &self.device)?;
        self.tell(Event::Sample { step, path }, monitor)?;
        self.tell(Event::Watch { step, measures }, monitor)?;
        Ok(collapse)
    }

    /// Writes a checkpoint; gives its name, relative to the run folder.
    fn save(&mut self, monitor: &mut dyn Monitor) -> Result<String, TrainError> {
        self.settle();
        self.judge(monitor)?;
        self.write_checkpoint()?;
        let Common { keep_checkpoints, checkpoint_every, .. } = self.config.common;
        if keep_checkpoints > 0 {
            // Those that Ctrl-C made it write don't count, so that they don't change which ones a remedy finds.
            let counts = |images| checkpoint_every == 0 || self.is_regular(images);
            self.run.keep_last_of(keep_checkpoints, &counts)?;
        }
        let path = format!("checkpoints/{}", images_name(self.at.images));
        self.tell(Event::Checkpoint { step: self.at.step, path: path.clone() }, monitor)?;
        Ok(path)
    }

    /// Lets the judge look at what the next checkpoint paints. An untrained model is no candidate.
    fn judge(&mut self, monitor: &mut dyn Monitor) -> Result<(), TrainError> {
        self.score = None;
        let Skills { paint, translate, .. } = self.recipe.skills();
        let trained = self.pace.seconds();
        if self.at.step == 0 {
            return Ok(());
        }
        if let Some(skill) = translate {
            // How far translations are from what they should be needs no judge.
            self.score = self.look.translations(skill, self.at.seed, &self.device).score();
            return Ok(());
        }
        let Some(painter) = paint else { return Ok(()) };
        let Some(verdict) = self.bench.look(painter, &self.data, self.at, trained) else { return Ok(()) };
        self.score = verdict.score;
        if !verdict.measures.is_empty() {
            self.tell(Event::Watch { step: self.at.step, measures: verdict.measures }, monitor)?;
        }
        verdict.copies.map_or(Ok(()), |copies| self.examine_copies(copies, monitor))
    }

    /// Writes everything that an exact resume needs.
    fn write_checkpoint(&mut self) -> Result<(), TrainError> {
        let mut checkpoint = stored::save(self.recipe.as_mut());
        checkpoint.step = self.at.step;
        checkpoint.images = self.at.images;
        let notes = &mut checkpoint.notes;
        notes.insert("seconds".into(), json!(self.pace.seconds()));
        notes.insert("judging_seconds".into(), json!(self.bench.seconds));
        notes.insert("look".into(), self.look.state());
        notes.insert("doctor".into(), self.doctor.state());
        notes.insert("treatment".into(), json!(self.treatment));
        notes.insert("score".into(), json!(self.score));
        self.run.save(&checkpoint)?;
        self.note_score()
    }

    /// The checkpoint's score stands in it too, so that a kill before this can be made good when the run is resumed.
    fn note_score(&self) -> Result<(), TrainError> {
        match self.score {
            Some(score) => Ok(self.run.judged(self.at.images, score)?),
            None => Ok(()),
        }
    }

    /// Shows the recipe the same part of the data each time. Sheets and checkpoints both settle first, so that what a
    /// sheet shows does not depend on when checkpoints were written.
    fn settle(&mut self) {
        if self.settled.replace(self.at.step) == Some(self.at.step) {
            return;
        }
        let (data, device, classes) = (&self.data, &self.device, self.classes());
        let mut chosen = Random::new(self.at.seed, "settle", 0).permutation(self.split.count());
        chosen.truncate(SETTLE_ON);
        let chosen = self.split.places(chosen);
        let batches = || {
            let read = |indices: &[u32]| data.plain(indices).ok();
            let batches = chosen.chunks(256).filter_map(read);
            batches.map(|batch| Batch::from_data(&batch, classes, device)).collect()
        };
        self.recipe.settle(&batches, self.at.seed);
    }

    fn finish(mut self, saved: Option<String>, monitor: &mut dyn Monitor) -> Result<Summary, TrainError> {
        let is_done = self.is_done();
        if self.losses.is_empty() {
            // No step was left to do. How far it is may have been lost in a power cut, which the checkpoint outlasts.
            let event = self.pace.due_event(self.at, self.config.common.batch, true);
            event.map_or(Ok(()), |event| self.tell(event, monitor))?;
        }
        let here = format!("checkpoints/{}", images_name(self.at.images));
        let checkpoint = match saved.filter(|saved| *saved == here) {
            Some(saved) => saved,
            None => self.save(monitor)?,
        };
        // The last sheet shows what the last checkpoint paints. Its alarm is told, but not treated: the checkpoint is
        // written.
        if let Some(collapse) = self.paint_sheet(monitor)? {
            self.tell_alarm(Trouble::Collapse, collapse, monitor)?;
        }
        let reason = if is_done { "done" } else { "interrupted" };
        self.tell(Event::End { step: self.at.step, reason: reason.into() }, monitor)?;
        let step_ms_median = self.pace.median_ms();
        let best = self.run.best();
        Ok(Summary {
            run: self.run.path().display().to_string(),
            recipe: self.config.common.recipe.clone(),
            steps: self.at.step,
            images: self.at.images,
            seconds: self.pace.seconds(),
            step_ms_median,
            images_per_second: pace::per_second(self.config.common.batch, step_ms_median),
            losses: self.losses.iter().map(|(name, value)| (name.to_string(), json!(value))).collect(),
            best: best.as_ref().map_or(checkpoint.clone(), |best| format!("checkpoints/{}", best.checkpoint)),
            score: best.map(|best| best.score),
            checkpoint,
            interrupted: !is_done,
            translates: self.recipe.skills().translate.map(|skill| skill.given()),
        })
    }

    fn beginning(&self) -> Event {
        let About { id, version, recipe, device, threads, seed, pictures, .. } = self.run.about().clone();
        Event::Start { run: id, recipe, version, device, threads, seed, pictures }
    }

    fn tell(&mut self, event: Event, monitor: &mut dyn Monitor) -> Result<(), TrainError> {
        self.events.write(&event)?;
        watch::tell(&event, &self.config.budget(), monitor);
        Ok(())
    }
}

fn is_due(every: u64, step: u64) -> bool {
    every > 0 && step.is_multiple_of(every)
}
