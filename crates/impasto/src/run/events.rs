//! What happened in a run, one JSON object a line, in the order in which it happened.
//!
//! The training writes; the terminal and the studio only read. Each event is one write to the file, so a `kill -9`
//! can tear at most the last line: readers leave it out, and a resumed run begins on a new line. A run that is
//! resumed repeats the steps since its last checkpoint: [`in_effect`] leaves out what was superseded.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::number;
use impasto_system::FileError;

/// One thing that happened. Numbers that aren't finite survive: they are written as `"NaN"`, `"inf"`, `"-inf"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The training began.
    Start {
        /// The run's id.
        run: String,
        /// The recipe's name.
        recipe: String,
        /// The version of Impasto.
        version: String,
        /// Where it computes.
        device: String,
        /// On how many threads.
        threads: usize,
        /// The run's seed.
        seed: u64,
        /// How many pictures it learns from.
        pictures: u64,
    },
    /// The training went on from a checkpoint; events after this step that came before this line are void.
    Resume {
        /// The step of the checkpoint.
        step: u64,
    },
    /// A step, or the mean of the steps since the last such event.
    Step {
        /// Steps done.
        step: u64,
        /// Pictures seen.
        images: u64,
        /// Seconds of training so far, those before a resume included.
        #[serde(with = "number")]
        seconds: f64,
        /// Milliseconds that a step takes.
        #[serde(with = "number")]
        step_ms: f64,
        /// Pictures seen in a second.
        #[serde(with = "number")]
        images_per_second: f64,
        /// The parts of the loss by name.
        #[serde(with = "number::map")]
        losses: BTreeMap<String, f64>,
    },
    /// A look at how the training goes: entropy, diversity, accuracies, gradient norms.
    Watch {
        /// Steps done.
        step: u64,
        /// What was measured, by name.
        #[serde(with = "number::map")]
        measures: BTreeMap<String, f64>,
    },
    /// A sheet of samples was written.
    Sample {
        /// Steps done.
        step: u64,
        /// Where, relative to the run folder.
        path: String,
    },
    /// A checkpoint was written.
    Checkpoint {
        /// Steps done.
        step: u64,
        /// Where, relative to the run folder.
        path: String,
    },
    /// Something is wrong.
    Alarm {
        /// Steps done.
        step: u64,
        /// Which alarm: "mode collapse", "divergence", "critic too strong".
        kind: String,
        /// What happened, in a sentence.
        message: String,
        /// What to do about it.
        remedy: String,
    },
    /// Something was done about an alarm.
    Remedy {
        /// Steps done.
        step: u64,
        /// The alarm.
        kind: String,
        /// What was done, in a sentence.
        action: String,
    },
    /// The training stopped.
    End {
        /// Steps done.
        step: u64,
        /// Why: "done", "interrupted", "diverged".
        reason: String,
    },
}

impl Event {
    /// The step it belongs to; none for the start.
    pub fn step(&self) -> Option<u64> {
        match self {
            Self::Start { .. } => None,
            Self::Resume { step }
            | Self::Step { step, .. }
            | Self::Watch { step, .. }
            | Self::Sample { step, .. }
            | Self::Checkpoint { step, .. }
            | Self::Alarm { step, .. }
            | Self::Remedy { step, .. }
            | Self::End { step, .. } => Some(*step),
        }
    }

    /// Its figures by name, where it has any.
    pub(super) fn figures(&mut self) -> Option<&mut BTreeMap<String, f64>> {
        match self {
            Self::Step { losses: figures, .. } | Self::Watch { measures: figures, .. } => Some(figures),
            _ => None,
        }
    }

    /// Steps come by the thousand and may be lost in a power cut; these are worth waiting for the disk.
    fn must_last(&self) -> bool {
        matches!(self, Self::Checkpoint { .. } | Self::Alarm { .. } | Self::Remedy { .. } | Self::End { .. })
    }
}

/// The file of events, open for appending.
#[derive(Debug)]
pub struct Events {
    file: File,
    path: PathBuf,
}

impl Events {
    /// Opens the file, or begins it; what a crash tore off the last line is closed off by a line end.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let mut file = impasto_system::open_to_append(path).map_err(FileError::at("open", path))?;
        close_last_line(&mut file).map_err(FileError::at("repair", path))?;
        Ok(Self { file, path: path.to_path_buf() })
    }

    /// Appends one event; afterwards it survives the end of this process.
    pub fn write(&mut self, event: &Event) -> Result<(), FileError> {
        let mut line = serde_json::to_vec(event).map_err(io::Error::from).map_err(self.failed())?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(self.failed())?;
        if event.must_last() {
            self.file.sync_data().map_err(self.failed())?;
        }
        Ok(())
    }

    fn failed(&self) -> impl FnOnce(io::Error) -> FileError + use<> {
        FileError::at("append to", &self.path)
    }
}

/// The events that still hold: without those that a later resume has superseded.
pub fn in_effect(events: Vec<Event>) -> Vec<Event> {
    // From the last to the first, so that one look at each will do: the lowest step that a later one resumed from counts.
    let mut resumed_from = None;
    let mut kept: Vec<Event> = Vec::with_capacity(events.len());
    for event in events.into_iter().rev() {
        let is_void = resumed_from.is_some_and(|from| {
            event.step().is_some_and(|step| step > from) || matches!(event, Event::End { .. })
        });
        if let Event::Resume { step } = event {
            resumed_from = Some(resumed_from.map_or(step, |from: u64| from.min(step)));
        }
        if !is_void {
            kept.push(event);
        }
    }
    kept.reverse();
    kept
}

fn close_last_line(file: &mut File) -> io::Result<()> {
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    if last == *b"\n" { Ok(()) } else { file.write_all(b"\n") }
}

#[cfg(test)]
mod tests {
    use super::super::reading::{read_events, read_events_from};
    use super::*;

    fn step(step: u64, loss: f64) -> Event {
        let losses = BTreeMap::from([("critic".to_string(), loss)]);
        Event::Step {
            step,
            images: step * 64,
            seconds: 0.1,
            step_ms: 2.5,
            images_per_second: f64::INFINITY,
            losses,
        }
    }

    fn write_all(path: &Path, events: &[Event]) {
        let mut file = Events::open(path).unwrap();
        events.iter().for_each(|event| file.write(event).unwrap());
    }

    #[test]
    fn events_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let events = [step(1, 0.1 + 0.2), Event::Sample { step: 1, path: "samples/1.png".into() }];
        write_all(&path, &events);
        assert_eq!(read_events(&path).unwrap(), events);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(r#"{"event":"step","step":1,"images":64,"seconds":0.1,"#), "{text}");
    }

    #[test]
    fn losses_that_are_not_finite_survive() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        write_all(&path, &[step(1, f64::NAN), step(2, f64::NEG_INFINITY)]);
        let critic = |event: &Event| match event {
            Event::Step { losses, .. } => losses["critic"],
            _ => unreachable!("only steps were written"),
        };
        let events = read_events(&path).unwrap();
        assert!(critic(&events[0]).is_nan());
        assert_eq!(critic(&events[1]), f64::NEG_INFINITY);
    }

    #[test]
    fn a_torn_line_is_left_out_and_the_next_event_begins_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        write_all(&path, &[step(1, 0.5)]);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], &whole[..20]].concat()).unwrap();
        assert_eq!(read_events(&path).unwrap(), [step(1, 0.5)]);
        write_all(&path, &[Event::Resume { step: 1 }, step(2, 0.5)]);
        assert_eq!(read_events(&path).unwrap(), [step(1, 0.5), Event::Resume { step: 1 }, step(2, 0.5)]);
    }

    #[test]
    fn unknown_events_and_unknown_fields_do_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let lines = b"{\"event\":\"firework\",\"step\":1}\n\xff\xfe\n\n{\"event\":\"resume\",\"step\":3,\"moon\":1}\n";
        std::fs::write(&path, lines).unwrap();
        assert_eq!(read_events(&path).unwrap(), [Event::Resume { step: 3 }]);
    }

    #[test]
    fn a_live_file_can_be_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        write_all(&path, &[step(1, 0.5)]);
        let (first, offset) = read_events_from(&path, 0).unwrap();
        assert_eq!(first, [step(1, 0.5)]);
        assert_eq!(read_events_from(&path, offset).unwrap(), (vec![], offset));
        write_all(&path, &[step(2, 0.4)]);
        assert_eq!(read_events_from(&path, offset).unwrap().0, [step(2, 0.4)]);
    }

    #[test]
    fn a_resume_makes_what_came_after_its_step_void() {
        let end = Event::End { step: 3, reason: "interrupted".into() };
        let events =
            vec![step(1, 1.0), step(2, 1.0), step(3, 1.0), end, Event::Resume { step: 2 }, step(3, 2.0)];
        let expected = [step(1, 1.0), step(2, 1.0), Event::Resume { step: 2 }, step(3, 2.0)];
        assert_eq!(in_effect(events), expected);
    }

    #[test]
    fn a_resume_voids_exactly_what_one_look_back_at_each_resume_would() {
        let by_the_book = |events: &[Event]| {
            let mut kept: Vec<Event> = Vec::new();
            for event in events {
                if let Event::Resume { step: from } = event {
                    kept.retain(|earlier| earlier.step().is_none_or(|step| step <= *from));
                    kept.retain(|earlier| !matches!(earlier, Event::End { .. }));
                }
                kept.push(event.clone());
            }
            kept
        };
        for round in 0..200 {
            let mut random = impasto_random::Random::new(7, "resumes", round);
            let mut one = || match (random.below(4), random.below(20) as u64) {
                (0, at) => Event::Resume { step: at },
                (1, at) => Event::End { step: at, reason: "interrupted".into() },
                (_, at) => step(at, 1.0),
            };
            let events: Vec<Event> = (0..40).map(|_| one()).collect();
            assert_eq!(in_effect(events.clone()), by_the_book(&events));
        }
    }

    #[test]
    fn a_hundred_thousand_resumes_are_read_in_a_moment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        std::fs::write(&path, "{\"event\":\"resume\",\"step\":7}\n".repeat(100_000)).unwrap();
        let began = std::time::Instant::now();
        assert_eq!(in_effect(read_events(&path).unwrap()).len(), 100_000);
        assert!(began.elapsed().as_secs() < 10);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_what_never_ends_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        for text in
            [read_events(&path).unwrap_err().to_string(), Events::open(&path).unwrap_err().to_string()]
        {
            assert!(text.contains("events.jsonl") && text.contains("not a regular file"), "{text}");
        }
    }
}
