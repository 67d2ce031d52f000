//! Reading the file of events, which can be a stranger's.
//!
//! It is read part by part, and what it may take is bounded: of a file that is longer than any training's only the end
//! counts.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use impasto_system::FileError;

use super::Event;

/// So much of a file is read at a time, and no line is longer.
const PART: u64 = 1 << 20;
/// Only the end of a file that is longer counts: weeks of training.
const LONGEST: u64 = 256 << 20;
/// So much memory its events and their curves may take, by estimate; the oldest events go first.
const MOST: usize = 1 << 30;
/// What an event takes,
const EVENT: usize = 600;
/// and each of its places in the curves, of which there is one for each figure that any event has.
const PLACE: usize = 40;
/// So many figures are told apart: more than any recipe and judge tell.
const FIGURES: usize = 64;

/// All whole events; lines that aren't known events (torn, or of a later version) are skipped. Of a file of more than
/// 256 MiB those in its end are given.
pub fn read_events(path: &Path) -> Result<Vec<Event>, FileError> {
    let mut file = open(path)?;
    let end = length(&file, path)?;
    let (mut events, mut known) = (VecDeque::new(), BTreeSet::new());
    let mut at = end.saturating_sub(LONGEST);
    // What is added meanwhile is for the next time.
    while at < end {
        let (part, next) = read_part(&mut file, path, at)?;
        if next == at {
            break;
        }
        at = next;
        for mut event in part {
            leave_out_strangers(&mut event, &mut known);
            events.push_back(event);
        }
        let room = MOST / (EVENT + PLACE * known.len());
        events.drain(..events.len().saturating_sub(room));
    }
    Ok(events.into())
}

/// The whole events from a place in the file on, and the place to go on from: for following a live run. Of a long file
/// that is a part; ask again until there is no more.
pub fn read_events_from(path: &Path, offset: u64) -> Result<(Vec<Event>, u64), FileError> {
    read_part(&mut open(path)?, path, offset)
}

/// The last events of a file that may be long: those in its last 64 KiB.
pub(super) fn last_events(path: &Path) -> Result<Vec<Event>, FileError> {
    let mut file = open(path)?;
    let offset = length(&file, path)?.saturating_sub(1 << 16);
    Ok(read_part(&mut file, path, offset)?.0)
}

fn open(path: &Path) -> Result<File, FileError> {
    impasto_system::open(path).map_err(FileError::at("read", path))
}

fn length(file: &File, path: &Path) -> Result<u64, FileError> {
    Ok(file.metadata().map_err(FileError::at("read", path))?.len())
}

/// The events of the whole lines in a part of the file, and where the next part begins.
fn read_part(file: &mut File, path: &Path, offset: u64) -> Result<(Vec<Event>, u64), FileError> {
    let mut bytes = Vec::new();
    let mut read = || {
        file.seek(SeekFrom::Start(offset))?;
        Read::by_ref(file).take(PART).read_to_end(&mut bytes)
    };
    read().map_err(FileError::at("read", path))?;
    let whole = match bytes.iter().rposition(|&byte| byte == b'\n') {
        Some(end) => end + 1,
        // A line that is longer than any event: its pieces are none.
        None if bytes.len() as u64 == PART => bytes.len(),
        None => 0,
    };
    Ok((parse(&bytes[..whole]), offset + whole as u64))
}

fn parse(bytes: &[u8]) -> Vec<Event> {
    bytes.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// Each figure is a curve with a place for every step, so a file can't name as many as it likes.
fn leave_out_strangers(event: &mut Event, known: &mut BTreeSet<String>) {
    if let Some(figures) = event.figures() {
        figures
            .retain(|name, _| known.contains(name) || (known.len() < FIGURES && known.insert(name.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Events;
    use super::*;
    use std::collections::BTreeMap;

    fn watch(step: u64, name: &str) -> Event {
        Event::Watch { step, measures: BTreeMap::from([(name.to_owned(), 1.0)]) }
    }

    fn write_all(path: &Path, events: &[Event]) {
        let mut file = Events::open(path).unwrap();
        events.iter().for_each(|event| file.write(event).unwrap());
    }

    #[test]
    fn only_the_end_of_an_endless_file_is_read_and_no_line_fills_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        write_all(&path, &[watch(1, "a")]);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(1 << 40).unwrap();
        write_all(&path, &[watch(2, "b")]);
        assert_eq!(read_events(&path).unwrap(), [watch(2, "b")]);
        assert_eq!(last_events(&path).unwrap(), [watch(2, "b")]);
        let (events, next) = read_events_from(&path, 1 << 30).unwrap();
        assert_eq!((events, next), (vec![], (1 << 30) + PART), "a part, and the way on");
    }

    #[test]
    fn a_file_that_names_a_figure_in_every_line_has_few() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let events: Vec<Event> = (0..1000).map(|number| watch(number, &format!("figure {number}"))).collect();
        write_all(&path, &events);
        let read = read_events(&path).unwrap();
        let names = read.into_iter().filter_map(|mut event| event.figures().map(|figures| figures.len()));
        assert_eq!(names.collect::<Vec<_>>(), [vec![1; FIGURES], vec![0; 1000 - FIGURES]].concat());
    }

    #[test]
    fn of_more_events_than_there_is_room_for_the_last_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let last = MOST / EVENT + 100;
        let lines: String =
            (1..=last).map(|step| format!("{{\"event\":\"resume\",\"step\":{step}}}\n")).collect();
        std::fs::write(&path, lines).unwrap();
        let events = read_events(&path).unwrap();
        assert_eq!(events.len(), MOST / EVENT);
        assert_eq!(events.last(), Some(&Event::Resume { step: last as u64 }));
    }
}
