//! Sets of pictures: looked at, drawn, fetched, paired, stacked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use impasto_data::get::{Consent, Gotten, get};
use impasto_data::pairs::join;
use impasto_data::stack::stack;
use impasto_data::synth::{Ground, write_on};
use impasto_data::{Channels, Limits, Preparation, Report, Size, check, check_for, check_near};
use impasto_system::{Monitor, Warning, WarningKind};
use serde::{Deserialize, Serialize};

use super::{Job, Workshop};
use crate::error::{Error, Result};

/// Look at every picture of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// The pictures: what a training takes.
    pub folder: PathBuf,
    /// Look only as closely as a training at this size does.
    #[serde(default)]
    pub size: Option<Size>,
    /// Whether pictures that are nearly the same are looked for.
    #[serde(default)]
    pub near: bool,
}

impl Job for CheckRequest {
    const NAME: &'static str = "data check";
    type Report = Report;

    fn run(&self, _: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let limits = Limits::default();
        Ok(match self.size {
            Some(_) if self.near => {
                return Err(Error::usage(
                    "pictures that are nearly the same are looked for at their full size",
                ));
            }
            None if self.near => check_near(&self.folder, &limits, monitor)?,
            None => check(&self.folder, &limits, monitor)?,
            Some(size) => check_for(&self.folder, &Preparation::of(size, Channels::Rgb), &limits, monitor)?,
        })
    }
}

/// Draw pictures by rule, with labelled sub-folders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SynthRequest {
    /// What is drawn.
    pub motif: String,
    /// The folder to draw into.
    pub out: PathBuf,
    /// How many pictures.
    #[serde(default = "drawn")]
    pub count: usize,
    /// The side of the pictures.
    #[serde(default = "side")]
    pub size: u32,
    /// The same seed gives the same pictures.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
    /// Whether what lies behind is left out.
    #[serde(default)]
    pub alpha: bool,
}

fn drawn() -> usize {
    1000
}

fn side() -> u32 {
    64
}

/// What was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SynthReport {
    /// Where.
    pub folder: PathBuf,
    /// How many pictures.
    pub pictures: usize,
    /// How many of each class.
    pub classes: BTreeMap<&'static str, usize>,
}

impl Job for SynthRequest {
    const NAME: &'static str = "data synth";
    type Report = SynthReport;

    fn run(&self, _: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let ground = if self.alpha { Ground::Transparent } else { Ground::Painted };
        let Self { motif, out, count, size, seed, .. } = self;
        let written = write_on(ground, motif, out, *count, *size, *seed, monitor)?;
        let classes = written.classes.into_iter().collect();
        Ok(SynthReport { folder: written.folder, pictures: written.pictures, classes })
    }
}

/// Fetch a well-known set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetRequest {
    /// The set.
    pub name: String,
    /// The folder for it.
    pub out: PathBuf,
    /// The set's package, downloaded before.
    #[serde(default)]
    pub from: Option<PathBuf>,
    /// Whether a package that is published as source only may be built, which runs programs of its authors.
    #[serde(default)]
    pub build: bool,
}

/// Whether packages may be built.
pub(super) fn consent(build: bool) -> Consent {
    if build { Consent::Build } else { Consent::Unpack }
}

impl Job for GetRequest {
    const NAME: &'static str = "data get";
    type Report = Gotten;

    fn run(&self, _: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        Ok(get(&self.name, &self.out, self.from.as_deref(), consent(self.build), monitor)?)
    }
}

/// Join the pictures of two folders that have the same names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairsRequest {
    /// The folder of what will be given.
    pub inputs: PathBuf,
    /// The folder of what should become of it.
    pub targets: PathBuf,
    /// The folder for the pairs.
    pub out: PathBuf,
}

/// What was joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PairsReport {
    /// Where.
    pub folder: PathBuf,
    /// How many pairs.
    pub pairs: usize,
    /// The names of those that have no counterpart.
    pub alone: Vec<String>,
}

impl Job for PairsRequest {
    const NAME: &'static str = "data pairs";
    type Report = PairsReport;

    fn run(&self, _: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let joined = join(&self.inputs, &self.targets, &self.out, monitor)?;
        let sentence = match &joined.alone[..] {
            [] => None,
            [one] => Some(format!("1 picture has no counterpart and was left out: {one}")),
            [first, ..] => {
                let number = joined.alone.len();
                Some(format!("{number} pictures have no counterpart and were left out: {first}, ..."))
            }
        };
        sentence.into_iter().for_each(|sentence| {
            monitor.warn(&Warning::new(WarningKind::Incomplete, sentence));
        });
        Ok(PairsReport { folder: self.out.clone(), pairs: joined.pairs, alone: joined.alone })
    }
}

/// Stack a labelled set: pictures whose three channels are pictures of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackRequest {
    /// A set with 2 to 10 classes.
    pub from: PathBuf,
    /// The folder for it.
    pub out: PathBuf,
    /// How many pictures.
    #[serde(default = "stacked")]
    pub count: usize,
    /// The same seed draws the same pictures.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
}

fn stacked() -> usize {
    60_000
}

/// What was stacked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StackReport {
    /// Where.
    pub folder: PathBuf,
    /// How many pictures.
    pub pictures: usize,
    /// How many classes occur,
    pub classes: usize,
    /// of so many.
    pub possible: usize,
    /// The classes of a channel.
    pub kinds: Vec<String>,
    /// The seed.
    pub seed: u64,
}

impl Job for StackRequest {
    const NAME: &'static str = "data stack";
    type Report = StackReport;

    fn run(&self, _: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        if self.count == 0 {
            return Err(Error::usage("count must be above 0"));
        }
        let stacked = stack(&self.from, &self.out, self.count, self.seed, monitor)?;
        let possible = stacked.stack.classes();
        Ok(StackReport {
            folder: self.out.clone(),
            pictures: stacked.stack.pictures,
            classes: stacked.classes,
            possible,
            kinds: stacked.stack.kinds,
            seed: stacked.stack.seed,
        })
    }
}
