//! How errors are told, and which exit code they have.

use std::process::ExitCode;

use impasto::bench::BenchError;
use impasto::config::ConfigError;
use impasto::judge::JudgeError;
use impasto::paint::PaintError;
use impasto::picture::PictureError;
use impasto::steer::SteerError;
use impasto::style::StyleError;
use impasto::synthetic::SyntheticError;
use impasto::train::TrainError;
use impasto::translate::TranslateError;
use impasto::tune::TuneError;
use impasto::weights::WeightsError;
use impasto_data::get::GetError;
use impasto_data::synth::SynthError;

use crate::words::named;

/// Something was asked for that makes no sense, beyond what the parser can see.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// An error of wrong usage.
pub(crate) fn usage(text: impl Into<String>) -> anyhow::Error {
    Usage(text.into()).into()
}

/// 2 for what another command line would mend, 1 for everything else.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    ExitCode::from(if is_usage(error) { 2 } else { 1 })
}

fn is_usage(error: &anyhow::Error) -> bool {
    error.is::<Usage>()
        || error.is::<ConfigError>()
        || matches!(error.downcast_ref::<BenchError>(), Some(bench) if !matches!(bench, BenchError::Weights(_)))
        || matches!(
            error.downcast_ref(),
            Some(TrainError::Config(_) | TrainError::NoStyle | TrainError::Style(_))
        )
        || matches!(error.downcast_ref(), Some(TuneError::Config(_) | TuneError::Other { .. }))
        || matches!(error.downcast_ref(), Some(GetError::UnknownSet { .. } | GetError::Builds { .. }))
        || matches!(error.downcast_ref(), Some(WeightsError::Get(GetError::Builds { .. })))
        || matches!(error.downcast_ref(), Some(WeightsError::Unknown { .. }))
        || matches!(error.downcast_ref(), Some(paint) if is_usage_of_paint(paint))
        || matches!(error.downcast_ref(), Some(JudgeError::Paint(paint)) if is_usage_of_paint(paint))
        || matches!(error.downcast_ref(), Some(PictureError::UnknownFilm { .. }))
        || matches!(error.downcast_ref(), Some(steer) if is_usage_of_steering(steer))
        || matches!(error.downcast_ref(), Some(translate) if is_usage_of_translating(translate))
        || matches!(error.downcast_ref::<StyleError>(), Some(style) if !matches!(style, StyleError::Weights(_)))
        || matches!(error.downcast_ref(), Some(SyntheticError::NoLabels { .. }))
        || matches!(
            error.downcast_ref(),
            Some(SynthError::UnknownMotif { .. } | SynthError::Size(_) | SynthError::NoPictures)
        )
}

fn is_usage_of_paint(error: &PaintError) -> bool {
    use PaintError::{BadClasses, NoClasses, NoSuchCheckpoint, Translates, UnknownClass};
    matches!(
        error,
        NoSuchCheckpoint { .. }
            | NoClasses { .. }
            | UnknownClass { .. }
            | BadClasses { .. }
            | Translates { .. }
    )
}

fn is_usage_of_translating(error: &TranslateError) -> bool {
    match error {
        TranslateError::Paint(paint) => is_usage_of_paint(paint),
        TranslateError::Size { .. } | TranslateError::MaskSize { .. } => false,
        _ => true,
    }
}

fn is_usage_of_steering(error: &SteerError) -> bool {
    use SteerError::{BadName, NoAxes, NoDirections, NoSuchLevels, Paint, UnknownAxis};
    match error {
        NoSuchLevels { .. } | UnknownAxis { .. } | BadName { .. } | NoAxes { .. } | NoDirections { .. } => {
            true
        }
        Paint(paint) => is_usage_of_paint(paint),
        _ => false,
    }
}

/// `error: what happened`, and the causes that it does not name itself, each in a line. A name that stands in one can't begin
/// another.
pub(crate) fn told(error: &anyhow::Error) -> String {
    let mut text = format!("error: {}", named(error));
    for cause in error.chain().skip(1).map(named) {
        if !text.contains(&cause) {
            text.push_str(&format!("\n  because {cause}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn causes_are_told_once() {
        let inner = std::io::Error::other("the disk is on fire");
        let error = anyhow::Error::new(inner).context("cannot save: the disk is on fire").context("no luck");
        assert_eq!(told(&error), "error: no luck\n  because cannot save: the disk is on fire");
    }

    #[test]
    fn a_name_begins_no_line_of_its_own() {
        let error = anyhow::anyhow!("a\nerror: all is well\u{1b}[8m").context("b\n  because c");
        let text = r"error: b\n  because c";
        assert_eq!(told(&error), format!("{text}\n{}", r"  because a\nerror: all is well\u{1b}[8m"));
    }

    #[test]
    fn wrong_usage_is_seen_through_context() {
        let wrong: Result<(), _> = Err(usage("no"));
        assert!(is_usage(&wrong.context("while reading").unwrap_err()));
        assert!(is_usage(&anyhow::Error::new(TrainError::Config(ConfigError::Value("no".into())))));
        assert!(!is_usage(&anyhow::anyhow!("the disk is full")));
    }
}
