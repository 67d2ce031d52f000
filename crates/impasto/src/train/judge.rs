//! Where a judge plugs in: something that says how good the paintings are, at every checkpoint.

use std::collections::BTreeMap;
use std::time::Instant;

use impasto_data::Dataset;

use crate::recipe::{Paint, Progress};

/// A judge may take this share of the time of training; when it would take more it waits.
const SHARE: f64 = 0.05;
/// Seconds that it may take in any case.
const GRACE: f64 = 0.25;

/// Says how good the paintings are. What it says must depend on the model and on its own settings alone, so that a
/// resumed training is judged as one that was never cut off.
pub trait Judge {
    /// Seconds that the next look will take, as far as it is known.
    fn cost(&self) -> f64 {
        0.0
    }

    /// Looks at what the model paints now; `data` are the pictures of the training.
    fn look(&mut self, painter: &dyn Paint, data: &Dataset, at: Progress) -> Verdict;
}

/// What a judge says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verdict {
    /// How far the paintings are from the real pictures: lower is better. None (or not a number): no opinion.
    pub score: Option<f64>,
    /// The share of paintings that are copies of what was learned, 0 to 1.
    pub copies: Option<f64>,
    /// Everything to be written down, by name, the two above among it if they should be.
    pub measures: BTreeMap<String, f64>,
}

/// The judge of a training, and the time that it takes.
#[derive(Default)]
pub(super) struct Bench {
    judge: Option<Box<dyn Judge>>,
    /// Whether it looks however much time it takes.
    always: bool,
    /// Seconds of judging, those before a resume included.
    pub(super) seconds: f64,
}

impl Bench {
    pub(super) fn seat(&mut self, judge: Box<dyn Judge>, always: bool) {
        (self.judge, self.always) = (Some(judge), always);
    }

    /// A verdict, if there is a judge and it is not taking too much time; `trained` are seconds of training.
    pub(super) fn look(
        &mut self,
        painter: &dyn Paint,
        data: &Dataset,
        at: Progress,
        trained: f64,
    ) -> Option<Verdict> {
        let (seconds, always) = (self.seconds, self.always);
        let may = |judge: &&mut Box<dyn Judge>| always || seconds + judge.cost() <= GRACE + SHARE * trained;
        let judge = self.judge.as_mut().filter(may)?;
        let started = Instant::now();
        let mut verdict = judge.look(painter, data, at);
        self.seconds += started.elapsed().as_secs_f64();
        verdict.score = verdict.score.filter(|score| score.is_finite());
        verdict.copies = verdict.copies.filter(|copies| copies.is_finite());
        Some(verdict)
    }
}
