//! What can be asked for, whoever asks: a terminal, a page, a program.
//!
//! A request is plain data: everything that decides a result. [`Job::run`] does it, in a [`Workshop`] that has what is not the
//! request's own, and gives a report, which is plain data too. Whoever watches may stop it between two pieces of work; what is
//! finished is kept, nothing is left half-written, and nothing is overwritten that may not be.

mod augment;
mod batch;
mod bench;
mod cache;
mod compare;
mod data;
mod demo;
mod directions;
mod enlarge;
mod invert;
mod judge;
mod open;
mod repair;
mod run;
mod runs;
mod sample;
mod steering;
mod style;
mod train;
mod translate;
mod tune;
mod vary;
mod walk;
mod weights;
mod workshop;

use impasto_system::Monitor;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Result;

pub use augment::{AugmentReport, AugmentRequest};
pub use batch::{BatchReport, Files};
pub use bench::{BenchReport, BenchRequest};
pub use cache::{CacheContent, CachePart, CacheReport, CacheRequest};
pub use compare::{CompareReport, CompareRequest};
pub use data::{
    CheckRequest, GetRequest, PairsReport, PairsRequest, StackReport, StackRequest, SynthReport, SynthRequest,
};
pub use demo::{DemoReport, DemoRequest};
pub use directions::{AxisReport, DIRECTION_STEPS, DirectionsReport, DirectionsRequest};
pub use enlarge::{EnlargeMethod, EnlargeRequest, EnlargedPicture, NetworkChoice};
pub use invert::{InvertRequest, InvertedPicture, MetricChoice};
pub use judge::JudgeRequest;
pub use repair::{FilledBy, Hole, RepairMethod, RepairRequest, RepairedPicture};
pub use run::{RunUsed, UseRun};
pub use runs::RunsRequest;
pub use sample::{RepaintRequest, SampleReport, SampleRequest, SampledFile};
pub use steering::Steering;
pub use style::{StyleMethod, StyleRequest, StyledPicture};
pub use train::{LIMITS, PlanRequest, ResumeRequest, SettingsRequest, TrainRequest};
pub use translate::{TranslateRequest, TranslatedPicture};
pub use tune::{TuneReport, TuneRequest, changes};
pub use vary::{Variation, VaryMethod, VaryReport, VaryRequest};
pub use walk::{WalkReport, WalkRequest};
pub use weights::{
    AddWeightsRequest, FetchWeightsReport, FetchWeightsRequest, RemoveWeightsReport, RemoveWeightsRequest,
};
pub use workshop::Workshop;

/// Something that can be asked for.
pub trait Job: Serialize + DeserializeOwned {
    /// What it is called: in machine-readable output, in pictures, and as a verb of the program.
    const NAME: &'static str;
    /// What it says when it is done.
    type Report: Serialize;

    /// Does it.
    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report>;
}

/// The seed where none is given.
fn first_seed() -> u64 {
    1
}

/// One of several values that a request can name.
pub trait Choice: Copy + PartialEq + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// What it is called.
    fn name(self) -> &'static str;

    /// What it is, in a line.
    fn about(self) -> &'static str;

    /// The one of this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|choice| choice.name() == name)
    }
}
