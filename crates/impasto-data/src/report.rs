//! What a folder holds, told before anything is trained on it: `impasto data check`.

use impasto_system::{Monitor, Stage};
use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::decode::{Draft, Limits};
use crate::error::DataError;
use crate::finding::{Finding, Flaw, Kind};
use crate::ledger::{Account, Ledger};
use crate::likeness::{Candidate, Thumbnail, twins};
use crate::preparation::{Channels, Preparation};
use crate::prepare::{eighths, prepare_draft};
use crate::source::Source;
use crate::survey::{Seen, Survey, digest};

/// Pictures that are compared with each other at most: 12 KB each, and time grows with the square.
const COMPARED: usize = 50_000;

/// What was found in a set of pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// How many pictures can be used.
    pub pictures: usize,
    /// Those that can't, with the reason.
    pub bad: Vec<Finding>,
    /// How many pictures equal an earlier one.
    pub duplicates: usize,
    /// Each of them with the first picture that it equals.
    pub duplicate_of: Vec<(String, String)>,
    /// Groups of pictures that are nearly the same, the first of each first; only from `check_near`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near_duplicates: Option<Vec<Vec<String>>>,
    /// Pictures in which almost every pixel is black.
    pub near_black: Vec<String>,
    /// How many pictures have transparency.
    #[serde(default)]
    pub transparent: usize,
    /// How many pictures of each size, as `640x480`.
    pub sizes: BTreeMap<String, usize>,
    /// How many are `square`, `landscape` and `portrait`.
    pub shapes: BTreeMap<String, usize>,
    /// How many of each class; empty without classes.
    pub classes: BTreeMap<String, usize>,
    /// How many of each file format.
    pub formats: BTreeMap<String, usize>,
    /// Files that are no pictures.
    pub other: usize,
    /// Bytes of all good pictures: of their files, or of their pixels in packed formats.
    pub bytes: u64,
    /// Remarks on the set as a whole.
    pub notes: Vec<Finding>,
    /// Of the decoded pixels at their own sizes and the labels; from `check_for`, and of a `Dataset`, of prepared pixels.
    pub fingerprint: String,
}

/// Decodes every picture at the path and tells what is there; writes nothing.
///
/// # Errors
/// When nothing can be read at the path at all. A set without one good picture is a report, too.
pub fn check(path: &Path, limits: &Limits, monitor: &mut dyn Monitor) -> Result<Report, DataError> {
    let source = Source::scan(path)?;
    let channels = Channels::Rgb;
    let survey = Survey { source: &source, limits, channels, background: [255; 3], eighths: None, kept: 1 };
    report(&survey, &|_| (), &|seen| seen.digest, &mut |_, ()| (), monitor)
}

/// The same, and which pictures show the same though their files differ: compressed anew, of another size, cropped a
/// little.
///
/// # Errors
/// As `check`.
pub fn check_near(path: &Path, limits: &Limits, monitor: &mut dyn Monitor) -> Result<Report, DataError> {
    let source = Source::scan(path)?;
    let channels = Channels::Rgb;
    let survey =
        Survey { source: &source, limits, channels, background: [255; 3], eighths: None, kept: 1 << 14 };
    let (mut names, mut candidates) = (Vec::new(), Vec::new());
    let work = |draft: Draft| Candidate {
        thumbnail: Thumbnail::of(&draft.picture),
        side: draft.width.min(draft.height),
    };
    let keep = &mut |name: &str, candidate: Candidate| {
        if candidates.len() < COMPARED {
            names.push(name.to_owned());
            candidates.push(candidate);
        }
    };
    let mut report = report(&survey, &work, &|seen| seen.digest, keep, monitor)?;
    let found = twins(&candidates, monitor).ok_or(DataError::Cancelled)?;
    report.near_duplicates =
        Some(found.iter().map(|group| group.iter().map(|&at| names[at].clone()).collect()).collect());
    if report.pictures > report.duplicates + COMPARED {
        let why = format!("only the first {COMPARED} pictures were compared with each other");
        report.notes.push(Flaw::new(Kind::Note, why).at(path.display().to_string()));
    }
    Ok(report)
}

/// The same as a training with this preparation sees them: decoded only as finely as it needs, and prepared. The
/// fingerprint is that of its `Dataset`.
///
/// # Errors
/// As `check`, and when no picture can be prepared in this way.
pub fn check_for(
    path: &Path,
    preparation: &Preparation,
    limits: &Limits,
    monitor: &mut dyn Monitor,
) -> Result<Report, DataError> {
    preparation.check()?;
    let source = Source::scan(path)?;
    let eighths = |width, height| eighths(width, height, preparation);
    let survey = Survey::preparing(&source, preparation, limits, &eighths);
    let work = |draft| digest(&prepare_draft(draft, preparation));
    report(&survey, &work, &|seen| seen.output, &mut |_, _| (), monitor)
}

/// `keep` takes what the work has made of each picture that is not equal to an earlier one.
fn report<T: Send>(
    survey: &Survey<'_>,
    work: &(dyn Fn(Draft) -> T + Sync),
    digest: &dyn Fn(&Seen<T>) -> [u8; 32],
    keep: &mut dyn FnMut(&str, T),
    monitor: &mut dyn Monitor,
) -> Result<Report, DataError> {
    let mut ledger = Ledger::new(survey.source);
    let mut report = Report::default();
    survey.run(
        work,
        &mut |outcome| {
            if let Some(seen) = ledger.note(outcome) {
                ledger.fingerprint(&digest(&seen));
                report.count(&seen);
                // An equal one is no other picture.
                if ledger.is_new() {
                    keep(&seen.name, seen.output);
                }
            }
            Ok(())
        },
        Stage::Reading,
        monitor,
    )?;
    report.other = ledger.other;
    report.duplicate_of = std::mem::take(&mut ledger.duplicates);
    report.duplicates = report.duplicate_of.len();
    report.settle(ledger.close(survey.source));
    Ok(report)
}

impl Report {
    fn count<T>(&mut self, seen: &Seen<T>) {
        self.pictures += 1;
        self.bytes += seen.bytes;
        self.transparent += usize::from(seen.transparent);
        let shape = match seen.width.cmp(&seen.height) {
            std::cmp::Ordering::Equal => "square",
            std::cmp::Ordering::Greater => "landscape",
            std::cmp::Ordering::Less => "portrait",
        };
        *self.sizes.entry(format!("{}x{}", seen.width, seen.height)).or_default() += 1;
        *self.shapes.entry(shape.to_owned()).or_default() += 1;
        *self.formats.entry(seen.format.to_owned()).or_default() += 1;
    }

    fn settle(&mut self, account: Account) {
        for &label in &account.labels {
            *self.classes.entry(account.classes[label as usize].clone()).or_default() += 1;
        }
        for finding in account.findings {
            match finding.kind {
                Kind::Duplicate => {}
                Kind::NearBlack => self.near_black.push(finding.path),
                Kind::Note => self.notes.push(finding),
                _ => self.bad.push(finding),
            }
        }
        self.fingerprint = account.fingerprint;
    }
}
