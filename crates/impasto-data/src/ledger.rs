//! What is written down about every picture while all of them pass by: names, classes, duplicates, findings, and the
//! fingerprint of it all.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::DataError;
use crate::finding::{Finding, Flaw, Kind};
use crate::source::{Source, hex};
use crate::survey::{Outcome, Seen};

/// Filled while pictures pass by.
#[derive(Default)]
pub(crate) struct Ledger {
    names: Vec<String>,
    classes: Vec<Option<String>>,
    /// The first picture with a digest. Half a digest tells pictures apart well enough.
    first: HashMap<[u8; 16], u32>,
    content: Sha256,
    pub(crate) findings: Vec<Finding>,
    /// Pairs of a picture and the earlier one that it equals.
    pub(crate) duplicates: Vec<(String, String)>,
    pub(crate) other: usize,
    /// How many pictures something shows through.
    transparent: usize,
}

/// What the ledger says in the end.
pub(crate) struct Account {
    pub(crate) names: Vec<String>,
    /// Sorted; empty when there are no classes.
    pub(crate) classes: Vec<String>,
    /// A class for each picture; empty when there are no classes.
    pub(crate) labels: Vec<u32>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) fingerprint: String,
}

impl Ledger {
    /// A ledger that begins with what the source noticed by itself.
    pub(crate) fn new(source: &Source) -> Self {
        Self { findings: source.findings.clone(), other: source.other, ..Self::default() }
    }

    /// Writes down what became of an entry; gives it back if it is a picture.
    pub(crate) fn note<T>(&mut self, outcome: Outcome<T>) -> Option<Seen<T>> {
        match outcome {
            Outcome::Picture(seen) => {
                self.add(&seen);
                Some(seen)
            }
            Outcome::Bad(finding) => {
                self.findings.push(finding);
                None
            }
            Outcome::Other => {
                self.other += 1;
                None
            }
        }
    }

    fn add<T>(&mut self, seen: &Seen<T>) {
        if seen.dark {
            let why = "almost no pixel is brighter than black; it stays in the set";
            self.findings.push(Flaw::new(Kind::NearBlack, why).at(&seen.name));
        }
        self.transparent += usize::from(seen.transparent);
        let mut short = [0; 16];
        short.copy_from_slice(&seen.digest[..16]);
        let index = self.names.len() as u32;
        let first = *self.first.entry(short).or_insert(index);
        if let Some(earlier) = self.names.get(first as usize) {
            let why = format!("the same picture as {earlier}; both stay in the set");
            self.duplicates.push((seen.name.clone(), earlier.clone()));
            self.findings.push(Flaw::new(Kind::Duplicate, why).at(&seen.name));
        }
        self.names.push(seen.name.clone());
        self.classes.push(seen.class.clone());
    }

    /// Adds pixels to the fingerprint of the content.
    pub(crate) fn fingerprint(&mut self, digest: &[u8; 32]) {
        self.content.update(digest);
    }

    /// Says so if transparency was to be kept and there is none.
    pub(crate) fn note_opaque(&mut self, path: &Path) {
        if self.transparent == 0 {
            let why = "nothing shows through any of these pictures, so that there is no transparency to learn: without \
                       alpha, training is a little quicker";
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            self.findings.push(Flaw::new(Kind::Note, why).at(name));
        }
    }

    /// Whether the last picture is not equal to an earlier one.
    pub(crate) fn is_new(&self) -> bool {
        self.duplicates.last().map(|(name, _)| name) != self.names.last()
    }

    /// How many pictures there are so far.
    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    /// Closes the ledger: settles the classes and the fingerprint.
    pub(crate) fn close(mut self, source: &Source) -> Account {
        if source.is_archive() {
            self.classes = classes_inside(&self.names);
        }
        let classes = self.settle_classes();
        let labels = if classes.is_empty() { Vec::new() } else { labels(&classes, &self.classes) };
        for class in &classes {
            self.content.update(class.as_bytes());
            self.content.update([0]);
        }
        labels.iter().for_each(|label| self.content.update(label.to_le_bytes()));
        let fingerprint = hex(&self.content.finalize());
        Account { names: self.names, classes, labels, findings: self.findings, fingerprint }
    }

    /// The classes, sorted; none unless there are at least two and every picture belongs to one.
    fn settle_classes(&mut self) -> Vec<String> {
        let distinct: BTreeSet<&String> = self.classes.iter().flatten().collect();
        let loose = self.classes.iter().filter(|class| class.is_none()).count();
        if distinct.len() < 2 {
            return Vec::new();
        }
        let mut classes: Vec<String> = distinct.into_iter().cloned().collect();
        if loose == 0 {
            // "10" comes after "9".
            if classes.iter().all(|class| class.parse::<u64>().is_ok()) {
                classes.sort_by_key(|class| class.parse::<u64>().unwrap_or_default());
            }
            return classes;
        }
        let at = self.classes.iter().position(Option::is_none).and_then(|at| self.names.get(at));
        let why = format!(
            "{loose} pictures belong to none of the {} classes, so the classes are not used: put each of them into \
             a class's folder",
            classes.len()
        );
        self.findings.push(Flaw::new(Kind::Note, why).at(at.cloned().unwrap_or_default()));
        Vec::new()
    }

    /// The error when there is no picture, in words that help.
    pub(crate) fn nothing(&self, path: &Path) -> DataError {
        let bad: Vec<&Finding> = self.findings.iter().filter(|finding| finding.kind.is_bad()).collect();
        let why = match bad.first() {
            Some(first) => {
                format!("{} unreadable ones, the first is {} ({})", bad.len(), first.path, first.why)
            }
            None => format!("{} other files", self.other),
        };
        DataError::Nothing { path: path.to_path_buf(), why }
    }
}

fn labels(classes: &[String], of: &[Option<String>]) -> Vec<u32> {
    let numbers: HashMap<&String, u32> = classes.iter().zip(0..).collect();
    of.iter().flatten().filter_map(|class| numbers.get(class).copied()).collect()
}

/// Archives often have one folder around everything: the first folder that isn't the same for all is the class.
pub(crate) fn classes_inside(names: &[String]) -> Vec<Option<String>> {
    let mut rest: Vec<&str> = names.iter().map(String::as_str).collect();
    while let Some((folder, _)) = rest.first().and_then(|name| name.split_once('/')) {
        let inner: Option<Vec<&str>> = rest
            .iter()
            .map(|name| name.split_once('/').filter(|(first, _)| *first == folder).map(|(_, inner)| inner))
            .collect();
        let Some(inner) = inner else { break };
        rest = inner;
    }
    rest.iter().map(|name| name.split_once('/').map(|(first, _)| first.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(names: &[&str]) -> Vec<Option<String>> {
        classes_inside(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_folder_around_an_archive_is_no_class() {
        assert_eq!(classes(&["set/cat/1", "set/dog/1"]), [Some("cat".to_owned()), Some("dog".to_owned())]);
        assert_eq!(classes(&["cat/1", "dog/1"]), [Some("cat".to_owned()), Some("dog".to_owned())]);
        assert_eq!(classes(&["set/1", "set/2"]), [None, None]);
        assert_eq!(classes(&["1", "cat/2"]), [None, Some("cat".to_owned())]);
        assert_eq!(classes(&[]), []);
    }
}
