//! Opening a set of pictures for training, and telling what was found in it.

use std::path::Path;

use impasto_data::{DataError, Dataset, Finding, Kind};
use impasto_system::Monitor;

use crate::config::Config;
use crate::format::counted;

/// How many bad files are named where not all are asked for.
const NAMED: usize = 5;

/// Opens the pictures that a training asks for.
pub(in crate::jobs) fn open(
    config: &Config,
    all_findings: bool,
    monitor: &mut dyn Monitor,
) -> Result<Dataset, DataError> {
    let path = Path::new(&config.common.data);
    let data = Dataset::open(path, &config.preparation(), monitor)?;
    monitor.note(&summary(&data));
    tell_findings(data.findings(), all_findings, monitor);
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

fn tell_findings(findings: &[Finding], all: bool, monitor: &mut dyn Monitor) {
    let (bad, rest): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|one| one.kind.is_bad());
    if !bad.is_empty() {
        monitor.note(&format!("left out: {}", kinds(&bad)));
    }
    let named = if all { findings.len() } else { NAMED };
    let notes = rest.iter().filter(|one| one.kind == Kind::Note).copied();
    for Finding { path, why, .. } in bad.iter().take(named).copied().chain(notes) {
        monitor.note(&format!("  {path}: {why}"));
    }
    if bad.len() > named {
        monitor.note(&format!("  and {} more, which `data check` lists", bad.len() - named));
    }
    let kept: Vec<&Finding> = rest.into_iter().filter(|one| one.kind != Kind::Note).collect();
    if !kept.is_empty() {
        monitor.note(&format!("kept, but look at them (`data check` lists them): {}", kinds(&kept)));
    }
    if all {
        kept.iter().for_each(|one| monitor.note(&format!("  {}: {}", one.path, one.why)));
    }
}

/// `3 truncated, 1 empty`.
fn kinds(findings: &[&Finding]) -> String {
    let mut counts: Vec<(Kind, usize)> = Vec::new();
    for Finding { kind, .. } in findings {
        match counts.iter_mut().find(|(known, _)| known == kind) {
            Some((_, number)) => *number += 1,
            None => counts.push((*kind, 1)),
        }
    }
    counts.into_iter().map(|(kind, number)| kind.counted(number)).collect::<Vec<_>>().join(", ")
}
