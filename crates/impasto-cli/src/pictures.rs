//! Opening a set of pictures for training, and telling what was found in it.

use std::collections::BTreeMap;
use std::path::Path;

use impasto::config::Config;
use impasto::shell::Command;
use impasto_data::{DataError, Dataset, Finding, Kind};

use crate::console::Console;
use crate::voice::Voice;
use crate::words::counted;

/// How many bad files are named where not all are asked for.
const NAMED: usize = 5;

/// Opens the pictures that a training asks for.
pub(crate) fn open(config: &Config, all_findings: bool, voice: &Voice) -> Result<Dataset, DataError> {
    let path = Path::new(&config.common.data);
    let mut console = Console::new(voice);
    let data = Dataset::open(path, &config.preparation(), &mut console);
    console.finish();
    let data = data?;
    voice.note(&summary(&data));
    tell_findings(data.findings(), path, all_findings, voice);
    Ok(data)
}

/// `3,000 pictures in 5 classes, 32 x 32 rgb`.
fn summary(data: &Dataset) -> String {
    let preparation = data.preparation();
    let classes = match data.classes().len() {
        0 => String::new(),
        number => format!(" in {}", counted(number, "class", "classes")),
    };
    let pictures = counted(data.len(), "picture", "pictures");
    format!("{pictures}{classes}, {} x {} {}", preparation.width, preparation.height, preparation.channels)
}

fn tell_findings(findings: &[Finding], path: &Path, all: bool, voice: &Voice) {
    let (bad, rest): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|one| one.kind.is_bad());
    if !bad.is_empty() {
        voice.note(&format!("left out: {}", kinds(&bad)));
    }
    let named = if all { findings.len() } else { NAMED };
    let notes = rest.iter().filter(|one| one.kind == Kind::Note).copied();
    for Finding { path, why, .. } in bad.iter().take(named).copied().chain(notes) {
        voice.note(&format!("  {path}: {why}"));
    }
    if bad.len() > named {
        let more = bad.len() - named;
        voice.note(&format!("  and {more} more; all of them: {}", check(path)));
    }
    let kept: Vec<&Finding> = rest.into_iter().filter(|one| one.kind != Kind::Note).collect();
    if !kept.is_empty() {
        voice.note(&format!("kept, but look at them ({}): {}", check(path), kinds(&kept)));
    }
    if all {
        kept.iter().for_each(|one| voice.note(&format!("  {}: {}", one.path, one.why)));
    }
}

/// What tells all of it.
fn check(path: &Path) -> Command {
    Command::new("data check").path(path)
}

/// `3 truncated, 1 empty`.
fn kinds(findings: &[&Finding]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    findings.iter().for_each(|finding| *counts.entry(kind_in_words(finding.kind)).or_default() += 1);
    counts.iter().map(|(kind, number)| format!("{number} {kind}")).collect::<Vec<_>>().join(", ")
}

/// What kind of finding it is, as it stands after a number.
pub(crate) fn kind_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Unreadable => "unreadable",
        Kind::Truncated => "truncated",
        Kind::Empty => "empty",
        Kind::TooLarge => "too large",
        Kind::Unsupported => "of unknown formats",
        Kind::Duplicate => "duplicates",
        Kind::NearBlack => "almost black",
        Kind::Note => "notes",
    }
}
