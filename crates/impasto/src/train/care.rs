//! What is done about alarms: they are told, and with `auto_remedy` their remedies are applied. Rates are lowered by
//! halves; a training that blows up goes back to its last good checkpoint and on from there, slower; one that paints
//! copies shows its critic pictures that are altered more.
//!
//! All of it depends on steps alone and is saved with each checkpoint, so a resumed training is treated as one that
//! was never cut off. (But for copies: a judge finds them, and a judge looks when it has time.) For the same reason a
//! training goes back only to the checkpoints that it writes at regular intervals, never to one that Ctrl-C made it
//! write.

use impasto_system::Monitor;
use serde::{Deserialize, Serialize};

use super::{TrainError, Training};
use crate::doctor::Trouble;
use crate::recipe::Side;
use crate::run::{Checkpoint, Event, images_name};
use crate::stored;

/// A side is slowed down to 1/32 of its rate and no further: what has not helped by then never will.
const MOST_HALVINGS: u32 = 5;
/// A training goes back this often and no more, likewise.
const MOST_WAYS_BACK: u32 = 3;
/// How the alarm of a training that stops begins.
const BLOWN_UP: &str = "training has blown up";

/// What has been done so far; part of every checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Treatment {
    painter_halvings: u32,
    critic_halvings: u32,
    ways_back: u32,
    /// Where it went back to: pictures seen.
    last_back: Option<u64>,
}

impl Treatment {
    fn halvings(&mut self, side: Side) -> &mut u32 {
        match side {
            Side::Painter => &mut self.painter_halvings,
            Side::Critic => &mut self.critic_halvings,
        }
    }
}

impl Training {
    /// Asks the doctor about the step that was just done; true when the training has gone back.
    pub(super) fn examine(&mut self, monitor: &mut dyn Monitor) -> Result<bool, TrainError> {
        for (trouble, message) in self.doctor.step(self.at.step, &self.losses) {
            if self.raise(trouble, message, monitor)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tells an alarm, and applies its remedy if that is asked for; true when the training has gone back.
    pub(super) fn raise(
        &mut self,
        trouble: Trouble,
        message: String,
        monitor: &mut dyn Monitor,
    ) -> Result<bool, TrainError> {
        self.tell_alarm(trouble, message.clone(), monitor)?;
        if !self.config.common.auto_remedy {
            return Ok(false);
        }
        match trouble {
            Trouble::Divergence if self.go_back(&message, monitor)? => return Ok(true),
            Trouble::Divergence => {
                let worst = self.losses.iter().copied().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
                let (name, value) = worst.unwrap_or(("loss", f64::NAN));
                return Err(self.given_up(name, value, monitor));
            }
            Trouble::CriticTooStrong => self.slow_down(trouble, &[Side::Critic], monitor)?,
            Trouble::CriticTooWeak => self.slow_down(trouble, &[Side::Painter], monitor)?,
            Trouble::Collapse | Trouble::NoProgress => {
                self.slow_down(trouble, &[Side::Painter, Side::Critic], monitor)?;
            }
            Trouble::Memorising => self.augment_more(monitor)?,
        }
        Ok(false)
    }

    /// A figure is no number any more, or huge: the training goes back, or stops.
    pub(super) fn blown_up(
        &mut self,
        name: &'static str,
        value: f64,
        monitor: &mut dyn Monitor,
    ) -> Result<(), TrainError> {
        let message = format!("{BLOWN_UP}: \"{name}\" is {value}");
        // It is told as the error that the training ends with, or by its remedy. The training has failed already; that an alarm
        // can't be written down would hide why.
        let _ = self.events.write(&self.alarm(Trouble::Divergence, message.clone()));
        if self.config.common.auto_remedy && self.go_back(&message, monitor)? {
            return Ok(());
        }
        Err(self.given_up(name, value, monitor))
    }

    /// Takes the share of painted copies that a judge has found. Looks at checkpoints that Ctrl-C made the training write
    /// don't count, so that they don't change what is done.
    pub(super) fn examine_copies(
        &mut self,
        copies: f64,
        monitor: &mut dyn Monitor,
    ) -> Result<(), TrainError> {
        if !self.is_regular(self.at.images) {
            return Ok(());
        }
        if let Some((trouble, message)) = self.doctor.look(copies) {
            self.raise(trouble, message, monitor)?;
        }
        Ok(())
    }

    pub(super) fn tell_alarm(
        &mut self,
        trouble: Trouble,
        message: String,
        monitor: &mut dyn Monitor,
    ) -> Result<(), TrainError> {
        self.tell(self.alarm(trouble, message), monitor)
    }

    fn alarm(&self, trouble: Trouble, message: String) -> Event {
        let (kind, remedy) = (trouble.name().to_owned(), trouble.remedy(&self.config.table));
        Event::Alarm { step: self.at.step, kind, message, remedy }
    }

    /// Goes on with what was done before a checkpoint was written.
    pub(super) fn treat_as(&mut self, treatment: Treatment) {
        self.treatment = treatment;
        for side in [Side::Painter, Side::Critic] {
            let share = 0.5f64.powi(*self.treatment.halvings(side) as i32);
            self.recipe.set_rate(side, share);
        }
    }

    fn slow_down(
        &mut self,
        trouble: Trouble,
        sides: &[Side],
        monitor: &mut dyn Monitor,
    ) -> Result<(), TrainError> {
        let slowed = self.halve(sides);
        if slowed.is_empty() {
            return Ok(());
        }
        self.doctor.treated(trouble);
        let (step, kind, action) = (self.at.step, trouble.name().to_owned(), slowed.join(", and "));
        self.tell(Event::Remedy { step, kind, action }, monitor)
    }

    fn augment_more(&mut self, monitor: &mut dyn Monitor) -> Result<(), TrainError> {
        if !self.recipe.raise_augmentation() {
            return Ok(());
        }
        self.doctor.treated(Trouble::Memorising);
        let (step, kind) = (self.at.step, Trouble::Memorising.name().to_owned());
        let action =
            "the critic now sees pictures that are altered more often, so it can't learn them by heart"
                .to_owned();
        self.tell(Event::Remedy { step, kind, action }, monitor)
    }

    /// Halves the rates of these sides where that is possible; says which.
    fn halve(&mut self, sides: &[Side]) -> Vec<String> {
        let mut slowed = Vec::new();
        for &side in sides {
            let halvings = *self.treatment.halvings(side) + 1;
            if halvings > MOST_HALVINGS || !self.recipe.set_rate(side, 0.5f64.powi(halvings as i32)) {
                continue;
            }
            *self.treatment.halvings(side) = halvings;
            let who = if side == Side::Painter { "the painting side" } else { "the critic" };
            slowed.push(format!("{who} now learns at 1/{} of its rate", 1u32 << halvings));
        }
        slowed
    }

    /// Goes on from the last good checkpoint at half the rates; false when there is none or it was done too often.
    ///
    /// The checkpoint is first written anew with what is remembered now, then those after it are removed: a kill at any
    /// moment between leaves a training that blows up again and comes to the same end.
    fn go_back(&mut self, why: &str, monitor: &mut dyn Monitor) -> Result<bool, TrainError> {
        if self.treatment.ways_back >= MOST_WAYS_BACK {
            return Ok(false);
        }
        let Some(checkpoint) = self.good_checkpoint() else { return Ok(false) };
        let (from, mut treatment) = (self.at.step, self.treatment.clone());
        treatment.ways_back += 1;
        treatment.last_back = Some(checkpoint.images);
        self.recall(&checkpoint)?;
        self.doctor.treated(Trouble::Divergence);
        self.treat_as(treatment);
        let slowed = self.halve(&[Side::Painter, Side::Critic]);
        self.write_checkpoint()?;
        self.run.forget_after(self.at.images)?;
        let step = self.at.step;
        self.tell(Event::Resume { step }, monitor)?;
        let kind = Trouble::Divergence.name().to_owned();
        let back = format!("{why} at step {from}: went back to step {step}");
        let action = [vec![back], slowed].concat().join(", and ");
        self.tell(Event::Remedy { step, kind, action }, monitor)?;
        Ok(true)
    }

    /// The newest regular checkpoint that is whole and holds nothing but numbers. When the training has gone back to
    /// that one before, the one before it: its weights may already have been on their way out.
    fn good_checkpoint(&self) -> Option<Checkpoint> {
        let known = self.run.checkpoints().into_iter().rev().filter(|(images, _)| self.is_regular(*images));
        let mut good = known.filter_map(|(_, path)| self.run.load(&path).ok()).filter(is_finite);
        let newest = good.next()?;
        if self.treatment.last_back == Some(newest.images) {
            good.next().or(Some(newest))
        } else {
            Some(newest)
        }
    }

    /// Whether a checkpoint after this many pictures is one of those that the training writes at regular intervals.
    pub(super) fn is_regular(&self, images: u64) -> bool {
        let every = self.config.common.checkpoint_every.saturating_mul(self.config.common.batch as u64);
        images == 0 || (every > 0 && images.is_multiple_of(every))
    }

    fn given_up(&mut self, name: &'static str, value: f64, monitor: &mut dyn Monitor) -> TrainError {
        let step = self.at.step;
        let newest = self.run.checkpoints().pop();
        let good = newest.map(|(images, _)| self.run.path().join("checkpoints").join(images_name(images)));
        // As with the alarm.
        let _ = self.tell(Event::End { step, reason: "diverged".into() }, monitor);
        let remedy = Trouble::Divergence.remedy(&self.config.table);
        TrainError::Diverged { step, name, value, good, remedy }
    }

    /// Puts everything but the clock where it stood at this checkpoint.
    pub(super) fn recall(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        stored::load(self.recipe.as_mut(), checkpoint)
            .map_err(|why| TrainError::OtherModel { run: self.run.path().into(), why })?;
        let note = |name: &str| checkpoint.notes.get(name);
        (self.at.step, self.at.images) = (checkpoint.step, checkpoint.images);
        (self.settled, self.painted) = (Some(checkpoint.step), None);
        self.look.restore(note("look"));
        self.doctor.restore(note("doctor"));
        self.score = note("score").and_then(serde_json::Value::as_f64);
        let treatment = note("treatment").and_then(|note| serde_json::from_value(note.clone()).ok());
        self.treat_as(treatment.unwrap_or_default());
        Ok(())
    }
}

fn is_finite(checkpoint: &Checkpoint) -> bool {
    let all = checkpoint.weights.values().chain(checkpoint.state.values());
    all.flat_map(|stored| &stored.values).all(|value| value.is_finite())
}
