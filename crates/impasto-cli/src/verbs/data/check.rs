//! `impasto data check`: what a set of pictures holds, before anything is trained on it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use impasto::error::{Error, Result};
use impasto::jobs::{CheckRequest, Workshop};
use impasto_data::{Finding, Report, Size};

use crate::job::{self, STOPPING_WITHOUT};
use crate::voice::Voice;
use crate::words::{bytes, count, counted, indented, listed, table};

/// Look at every picture of a set: sizes, shapes, classes, transparency, and what can't be used
///
/// Pictures that can't be read are named with the reason. They don't stop a training: it leaves them out.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  impasto data check my-pictures\n  impasto data check my-photographs --size 64\n  impasto data check \
                  my-pictures --near\n  impasto data check my-pictures.zip --json"
)]
pub(crate) struct Check {
    /// The pictures: what `impasto train` takes
    folder: PathBuf,
    /// Look at them only as closely as a training at this size (64, 96x64) does: much quicker for photographs
    #[arg(long, value_name = "N|WxH")]
    size: Option<Size>,
    /// Also look for pictures that are nearly the same: compressed anew, of another size, cropped a little
    ///
    /// The first 50,000 pictures are compared with each other; a few seconds for some thousands, a few minutes for all of them.
    #[arg(long, conflicts_with = "size")]
    near: bool,
}

/// The longest bar, in letters.
const BAR: usize = 30;
/// Rows of a histogram before the rest is summed up.
const ROWS: usize = 12;

impl Check {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let request = CheckRequest { folder: self.folder.clone(), size: self.size, near: self.near };
        let report = job::done(&request, &Workshop::of_this_user("cpu")?, STOPPING_WITHOUT, voice)?;
        voice.result(&report, &in_words(&report))?;
        if report.pictures == 0 {
            return Err(Error::refused(format!(
                "there is not one picture in {} that can be used; give a folder of PNG, JPEG, WebP, GIF, BMP or TIFF files",
                self.folder.display()
            )));
        }
        Ok(())
    }
}

fn in_words(report: &Report) -> String {
    let parts = [
        Some(summary(report)),
        histogram("classes", &report.classes),
        histogram("sizes", &report.sizes),
        histogram("shapes", &report.shapes),
        histogram("formats", &report.formats),
        findings("remarks", &report.notes),
        findings("can't be used", &report.bad),
        list(
            "equal to an earlier picture (kept)",
            report.duplicate_of.iter().map(|(one, other)| format!("{one} = {other}")),
        ),
        list(
            "nearly the same (kept)",
            report.near_duplicates.iter().flatten().map(|group| group.join(" ~ ")),
        ),
        list("almost black (kept)", report.near_black.iter().cloned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn summary(report: &Report) -> String {
    let Report { pictures, bad, duplicates, near_black, transparent, other, bytes: size, .. } = report;
    let groups = report.near_duplicates.iter().flatten();
    let alike: usize = groups.map(|group| group.len() - 1).sum();
    let mut text =
        format!("{} that can be used, {}", counted(*pictures, "picture", "pictures"), bytes(*size));
    for (number, what) in [
        (bad.len(), "that can't be used"),
        (*duplicates, "equal to an earlier picture"),
        (alike, "nearly the same as an earlier picture"),
        (near_black.len(), "almost black"),
        (*transparent, "with transparency (impasto train --alpha learns it)"),
        (*other, "other files"),
    ] {
        if number > 0 {
            text.push_str(&format!("\n{} {what}", count(number as u64)));
        }
    }
    text
}

/// The most frequent first, with bars.
fn histogram(title: &str, counts: &BTreeMap<String, usize>) -> Option<String> {
    let mut sorted: Vec<(&String, &usize)> = counts.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let most = *sorted.first()?.1;
    let row = |(name, number): &(&String, &usize)| {
        let bar = "█".repeat((**number * BAR).div_ceil(most.max(1)));
        vec![(*name).clone(), format!("{:>9}", count(**number as u64)), bar]
    };
    let mut rows: Vec<Vec<String>> = sorted.iter().take(ROWS).map(row).collect();
    if let Some(rest) = sorted.get(ROWS..).filter(|rest| !rest.is_empty()) {
        let number: usize = rest.iter().map(|(_, number)| **number).sum();
        rows.push(vec![format!("{} others", rest.len()), format!("{:>9}", count(number as u64))]);
    }
    Some(format!("{title}:\n{}", indented(&table(&rows))))
}

fn findings(title: &str, findings: &[Finding]) -> Option<String> {
    list(title, findings.iter().map(|Finding { path, why, .. }| format!("{path}: {why}")))
}

fn list(title: &str, lines: impl Iterator<Item = String>) -> Option<String> {
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| format!("{title}:\n{}", indented(&listed(&lines))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_shows_the_most_frequent_and_sums_up_the_rest() {
        let counts: BTreeMap<String, usize> = (1..=20).map(|size| (format!("{size:02}x1"), size)).collect();
        let text = histogram("sizes", &counts).unwrap_or_default();
        assert!(text.starts_with("sizes:\n  20x1"), "{text}");
        assert!(text.contains("8 others         36"), "{text}");
        assert_eq!(histogram("sizes", &BTreeMap::new()), None);
    }
}
