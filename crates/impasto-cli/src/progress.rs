//! How far long work is: on a terminal one bar, in a pipe a plain line every few seconds.

use std::time::{Duration, Instant};

use impasto::visible::in_one_line;
use indicatif::{ProgressBar, ProgressStyle};

use crate::terminal;
use crate::voice::{Voice, complain};
use crate::words::{count, duration, rate};

const BETWEEN_LINES: Duration = Duration::from_secs(5);
/// Work that is over sooner gets no line.
const BEFORE_FIRST: Duration = Duration::from_secs(1);
/// A share of 1 on the bar.
const WHOLE: u64 = 10_000;

/// Tells how far it is, with what it is told.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    /// What is being counted, how many there were when that began, and how many there are.
    doing: String,
    range: [usize; 2],
    started: Instant,
    /// The share that was done when it began.
    first: Option<f64>,
    next_line: Instant,
    next_milestone: Instant,
}

impl Progress {
    pub(crate) fn new(voice: &Voice) -> Self {
        let now = Instant::now();
        Self {
            bar: voice.draws().then(bar),
            quiet: voice.is_quiet(),
            doing: String::new(),
            range: [0; 2],
            started: now,
            first: None,
            next_line: now + BEFORE_FIRST,
            next_milestone: now,
        }
    }

    /// So much is done, and this is to be said about it.
    pub(crate) fn tell(&mut self, share: f64, words: &str) {
        let share = share.clamp(0.0, 1.0);
        match &self.bar {
            Some(bar) => {
                bar.set_position((share * WHOLE as f64) as u64);
                bar.set_message(in_one_line(words));
            }
            None if !self.quiet && Instant::now() >= self.next_line => self.line(share, words),
            None => {}
        }
    }

    /// So many of them are done; `total` is 0 where only the end will tell.
    pub(crate) fn count(&mut self, doing: &str, done: usize, total: usize) {
        let words = self.counted(doing, done, total);
        self.tell(if total == 0 { 0.0 } else { done as f64 / total as f64 }, &words);
    }

    fn counted(&mut self, doing: &str, done: usize, total: usize) -> String {
        // Each stage has a speed of its own, also where two of the same name follow each other.
        if self.doing != doing || done < self.range[1] {
            doing.clone_into(&mut self.doing);
            self.started = Instant::now();
            self.first = None;
            self.range[0] = done;
        }
        self.range[1] = done;
        let since = (done - self.range[0]) as f64 / self.started.elapsed().as_secs_f64().max(1e-3);
        let speed = if since > 0.0 { format!(", {}/s", rate(since)) } else { String::new() };
        if total == 0 {
            return format!("{doing} picture {}{speed}", count(done));
        }
        let left = self.left(done as f64 / total as f64);
        format!("{doing} {} of {} pictures{speed}{left}", count(done), count(total))
    }

    /// The time that is left, as a part of a sentence; nothing while it can't be known.
    pub(crate) fn left(&mut self, share: f64) -> String {
        let first = *self.first.get_or_insert(share);
        let done = share - first;
        let elapsed = self.started.elapsed().as_secs_f64();
        match done > 1e-6 && elapsed > 0.5 {
            true => format!(", {} left", duration((elapsed * (1.0 - share) / done).ceil())),
            false => String::new(),
        }
    }

    /// A sentence that stays, above the bar.
    pub(crate) fn above(&self, text: &str) {
        self.teller()(text);
    }

    /// The same, where it is nothing to worry about.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.above(text);
        }
    }

    /// The same as [`above`](Self::above), for another thread.
    pub(crate) fn teller(&self) -> impl Fn(&str) + Send + 'static {
        let bar = self.bar.clone();
        move |text| match &bar {
            Some(bar) => bar.suspend(|| complain(text)),
            None => complain(text),
        }
    }

    /// A line where there is no bar: for what is worth a line of a log.
    pub(crate) fn milestone(&mut self, text: &str) {
        if self.bar.is_none() && !self.quiet && Instant::now() >= self.next_milestone {
            complain(text);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_a_speed_of_its_own_also_the_second_of_the_same_name() {
        let mut progress = Progress::new(&Voice::new(false, true));
        let mut told = |done| {
            std::thread::sleep(Duration::from_millis(5));
            progress.counted("encoding", done, 1000)
        };
        assert_eq!(told(256), "encoding 256 of 1,000 pictures", "how long those took is not known");
        assert!(told(512).contains("/s"));
        assert_eq!(told(256), "encoding 256 of 1,000 pictures", "the other side");
        assert!(told(1000).contains("/s"));
    }
}
