//! Watches long work for those who sit at a terminal, or for a script: one bar, in a pipe a plain line every few seconds, and
//! with `--progress json` an event a line.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use impasto::visible::in_one_line;
use impasto_system::{Estimate, Monitor, Progress, Saved, SavedKind, Stage, Unit, Warning};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, json};

use crate::voice::{Voice, complain};
use crate::words::{count, counted, duration, rate, short};
use crate::{stop, terminal};

const BETWEEN_LINES: Duration = Duration::from_secs(5);
/// Work that is over sooner gets no line.
const BEFORE_FIRST: Duration = Duration::from_secs(1);
/// Events of progress come no more often, but for the last of a stage.
const BETWEEN_EVENTS: Duration = Duration::from_millis(100);
/// A share of 1 on the bar.
const WHOLE: u64 = 10_000;

/// Watches long work, and stops it where that is possible and somebody asks for it.
pub(crate) struct Console {
    bar: Option<ProgressBar>,
    voice: Voice,
    stop: Option<Arc<AtomicBool>>,
    /// What is being done, how much of it was done when that began, and how much is.
    stage: Option<Stage>,
    range: [f64; 2],
    started: Instant,
    /// The share that was done when it began.
    first: Option<f64>,
    next_line: Instant,
    next_milestone: Instant,
    next_event: Instant,
}

impl Monitor for Console {
    fn progress(&mut self, progress: &Progress<'_>) {
        if self.voice.is_quiet() {
            return;
        }
        if self.voice.sends_events() {
            return self.event(progress);
        }
        let words = self.in_words(progress);
        self.tell(progress.share(), &words);
    }

    fn note(&mut self, sentence: &str) {
        self.suspended(|voice| voice.note(sentence));
    }

    fn warn(&mut self, warning: &Warning) {
        self.suspended(|voice| voice.warn(warning));
    }

    fn estimate(&mut self, estimate: &Estimate) {
        let sentence = of_time(estimate);
        self.note(&sentence);
    }

    fn saved(&mut self, saved: &Saved<'_>) {
        let &Saved { kind, step, path } = saved;
        match self.voice.sends_events() {
            true => self.voice.event(&json!({
                "event": "saved", "kind": kind.name(), "step": step, "path": path
            })),
            false if kind == SavedKind::Checkpoint => {
                self.milestone(&format!("step {}: saved {path}", count(step)));
            }
            false => {}
        }
    }

    fn should_stop(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

impl Console {
    /// For work that ends at once when it is interrupted.
    pub(crate) fn new(voice: &Voice) -> Self {
        let now = Instant::now();
        Self {
            bar: voice.draws().then(bar),
            voice: *voice,
            stop: None,
            stage: None,
            range: [0.0; 2],
            started: now,
            first: None,
            next_line: now + BEFORE_FIRST,
            next_milestone: now,
            next_event: now,
        }
    }

    /// For work that is stopped between two pieces of it; `stopping` is said when that is asked for.
    pub(crate) fn stoppable(voice: &Voice, stopping: &'static str) -> Self {
        let mut console = Self::new(voice);
        console.stop = Some(stop::on_interrupt(stopping, console.teller()));
        console
    }

    fn event(&mut self, progress: &Progress<'_>) {
        let is_last = progress.total.is_some_and(|total| progress.done >= total);
        let is_new = self.stage != Some(progress.stage);
        if !is_last && !is_new && Instant::now() < self.next_event {
            return;
        }
        self.stage = Some(progress.stage);
        self.next_event = Instant::now() + BETWEEN_EVENTS;
        let figures: Map<_, _> =
            progress.figures.iter().map(|&(name, value)| (name.to_owned(), json!(value))).collect();
        self.voice.event(&json!({
            "event": "progress",
            "stage": progress.stage.name(),
            "done": progress.done,
            "total": progress.total,
            "unit": progress.unit.name(),
            "figures": figures,
        }));
    }

    /// So much is done, and this is to be said about it.
    fn tell(&mut self, share: f64, words: &str) {
        let share = share.clamp(0.0, 1.0);
        match &self.bar {
            Some(bar) => {
                bar.set_position((share * WHOLE as f64) as u64);
                bar.set_message(fitting(&in_one_line(words), terminal::room_beside_bar()));
            }
            None if !self.voice.is_quiet() && Instant::now() >= self.next_line => self.line(share, words),
            None => {}
        }
    }

    /// `encoding 256 of 1,000 pictures, 40/s, 19s left`.
    fn in_words(&mut self, progress: &Progress<'_>) -> String {
        let &Progress { stage, done, total, unit, figures } = progress;
        // Each stage has a speed of its own, also where two of the same name follow each other.
        if self.stage != Some(stage) || done < self.range[1] {
            self.stage = Some(stage);
            self.started = Instant::now();
            self.first = None;
            self.range[0] = done;
        }
        self.range[1] = done;
        let since = (done - self.range[0]) / self.started.elapsed().as_secs_f64().max(1e-3);
        let counts = unit != Unit::Share && total != Some(1.0);
        let counted = match total {
            _ if !counts => String::new(),
            Some(total) => format!(" {} of {} {}", count(done as u64), count(total as u64), unit.name()),
            None => format!(" {} {}", count(done as u64), unit.name()),
        };
        let speed = if counts && since >= 1.0 { format!(", {}/s", rate(since)) } else { String::new() };
        if stage == Stage::Training {
            return training(figures);
        }
        let left = if total.is_some() { self.left(progress.share()) } else { String::new() };
        format!("{stage}{counted}{}{speed}{left}", measured(figures))
    }

    /// The time that is left, as a part of a sentence; nothing while it can't be known.
    fn left(&mut self, share: f64) -> String {
        let first = *self.first.get_or_insert(share);
        let done = share - first;
        let elapsed = self.started.elapsed().as_secs_f64();
        match done > 1e-6 && elapsed > 0.5 {
            true => format!(", {} left", duration((elapsed * (1.0 - share) / done).ceil())),
            false => String::new(),
        }
    }

    /// Says a sentence above the bar, from any thread, also to those who asked for quiet.
    fn teller(&self) -> impl Fn(&str) + Send + 'static {
        let (bar, voice) = (self.bar.clone(), self.voice);
        move |text| match &bar {
            Some(bar) => bar.suspend(|| voice.say(text)),
            None => voice.say(text),
        }
    }

    fn suspended(&self, say: impl FnOnce(&Voice)) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(&self.voice)),
            None => say(&self.voice),
        }
    }

    /// A line where there is no bar: for what is worth a line of a log.
    fn milestone(&mut self, text: &str) {
        if self.bar.is_none() && !self.voice.is_quiet() && Instant::now() >= self.next_milestone {
            self.voice.note(text);
            self.next_milestone = Instant::now() + BETWEEN_LINES;
        }
    }

    /// The work is over: the bar goes.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&mut self, share: f64, words: &str) {
        complain(&format!("{:3.0}% {words}", share * 100.0));
        self.next_line = Instant::now() + BETWEEN_LINES;
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {percent:>3}% {wide_msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(WHOLE), terminal::target())
        .with_style(style.progress_chars("█▉▊▋▌▍▎▏ "))
}

/// What was measured, as a part of a sentence: `, 512 x 341, step 12 of 60, loss 0.153`.
fn measured(figures: &[(&str, f64)]) -> String {
    let find = |name: &str| figures.iter().find(|(known, _)| *known == name).map(|&(_, value)| value);
    let mut parts = Vec::new();
    if let (Some(width), Some(height)) = (find("width"), find("height")) {
        parts.push(format!("{width} x {height}"));
    }
    if let (Some(step), Some(steps)) = (find("step"), find("steps")) {
        parts.push(format!("step {step} of {steps}"));
    }
    parts.extend(find("psnr").map(|psnr| format!("{psnr:.1} dB")));
    parts.extend(find("loss").map(|loss| format!("loss {}", short(loss))));
    parts.iter().map(|part| format!(", {part}")).collect()
}

/// `step 120, 33 pictures/s, 2m 10s left  discriminator 0.59  generator 1.20`.
fn training(figures: &[(&str, f64)]) -> String {
    let known = |name: &str| figures.iter().find(|(known, _)| *known == name).map(|&(_, value)| value);
    let find = |name: &str| known(name).unwrap_or(0.0);
    let left =
        known("seconds_left").map_or_else(String::new, |left| format!(", {} left", duration(left.ceil())));
    // Accuracies and gradients are for the studio and the log; the line has room for the losses.
    let losses = figures.iter().filter(|(name, _)| !name.contains('_') && !["step", "images"].contains(name));
    let losses: Vec<String> = losses.map(|(name, value)| format!("{name} {}", short(*value))).collect();
    let (step, speed) = (count(find("step") as u64), rate(find("images_per_second")));
    format!("step {step}, {speed} pictures/s{left}  {}", losses.join("  "))
}

/// As much of a line as fits, without a part of a number or a word at its end.
fn fitting(words: &str, room: usize) -> String {
    if words.chars().count() <= room {
        return words.to_owned();
    }
    let cut: String = words.chars().take(room + 1).collect();
    let end = cut.rfind("  ").or_else(|| cut.rfind(", ")).or_else(|| cut.rfind(' ')).unwrap_or(0);
    cut[..end].to_owned()
}

/// How long a stage will take, and what would be quicker.
fn of_time(Estimate { stage, units, seconds, quicker }: &Estimate) -> String {
    let quicker = quicker.map_or_else(String::new, |(name, seconds)| {
        format!("; --features {name} takes about {}, and is good for comparisons", roughly(seconds))
    });
    let pictures = counted(*units, "picture", "pictures");
    format!(
        "{stage} {pictures} and mirror images takes about {} this once: they are kept{quicker}",
        roughly(*seconds)
    )
}

/// A time as it is said beforehand.
fn roughly(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round().max(1.0);
    match minutes {
        ..90.0 => counted(minutes as usize, "minute", "minutes"),
        _ => format!("{:.1} hours", minutes / 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(stage: Stage, done: f64, total: Option<f64>) -> Progress<'static> {
        Progress { stage, done, total, unit: Unit::Pictures, figures: &[] }
    }

    #[test]
    fn every_stage_has_a_speed_of_its_own_also_the_second_of_the_same_name() {
        let mut console = Console::new(&Voice::new(false, true, false));
        let mut told = |done| {
            std::thread::sleep(Duration::from_millis(5));
            console.in_words(&at(Stage::Encoding, done, Some(1000.0)))
        };
        assert_eq!(told(256.0), "encoding 256 of 1,000 pictures", "how long those took is not known");
        assert!(told(512.0).contains("/s"));
        assert_eq!(told(256.0), "encoding 256 of 1,000 pictures", "the other side");
        assert!(told(1000.0).contains("/s"));
    }

    #[test]
    fn what_is_counted_and_measured_is_said_as_far_as_it_is_known() {
        let mut console = Console::new(&Voice::new(false, true, false));
        assert_eq!(console.in_words(&at(Stage::Unpacking, 7.0, None)), "unpacking 7 pictures");
        assert_eq!(console.in_words(&at(Stage::Enlarging, 0.4, Some(1.0))), "enlarging");
        assert_eq!(console.in_words(&at(Stage::Repairing, 1.4, Some(3.0))), "repairing 1 of 3 pictures");
        let figures = &[("width", 512.0), ("height", 341.0), ("step", 3.0), ("steps", 60.0), ("loss", 0.5)];
        let progress = Progress { figures, ..at(Stage::Styling, 0.1, Some(1.0)) };
        assert_eq!(console.in_words(&progress), "styling, 512 x 341, step 3 of 60, loss 0.500");
    }

    #[test]
    fn a_line_ends_with_a_whole_figure() {
        let line = "step 120, 33 pictures/s, 2m 10s left  critic 0.59  generator 1.49";
        assert_eq!(fitting(line, 100), line);
        assert_eq!(fitting(line, 60), "step 120, 33 pictures/s, 2m 10s left  critic 0.59");
        assert_eq!(fitting(line, 30), "step 120, 33 pictures/s");
        assert_eq!(fitting("abcdefgh", 3), "");
    }

    #[test]
    fn a_training_says_how_long_it_takes_by_its_own_clock() {
        let figures =
            [("step", 120.0), ("images_per_second", 33.2), ("seconds_left", 58.2), ("critic", 0.59)];
        assert_eq!(training(&figures), "step 120, 33 pictures/s, 59s left  critic 0.590");
    }

    #[test]
    fn a_long_time_is_said_beforehand_with_what_is_quicker() {
        let (stage, quicker) = (Stage::Encoding, Some(("builtin", 62.0)));
        let slow = Estimate { stage, units: 40_000, seconds: 2_100.0, quicker };
        assert_eq!(
            of_time(&slow),
            "encoding 40,000 pictures and mirror images takes about 35 minutes this once: they are kept; --features builtin \
             takes about 1 minute, and is good for comparisons"
        );
        let alone = of_time(&Estimate { units: 2_000, seconds: 7_200.0, quicker: None, ..slow });
        assert!(alone.contains("about 2.0 hours") && !alone.contains("builtin"), "{alone}");
    }
}
