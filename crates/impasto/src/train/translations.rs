//! A look at a training that translates: what it makes of pictures that it never learned, and how far that is from what
//! should be made.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use impasto_data::Picture;
use impasto_nn::{mean, number};
use impasto_random::Random;

use crate::features::{Builtin, FeatureNetwork, Features};
use crate::judge::statistics::kid_of_all;
use crate::paint::pictures;
use crate::picture::contact_sheet;
use crate::recipe::{Batch, Examples, Goal, Translate};
use crate::translate::shown;

/// Translations on a sheet, each of them beside what was given and, where it is known, what is true.
const ROWS: usize = 18;
/// So many of them side by side.
const ABREAST: usize = 3;
/// Pictures that are in memory at once.
const AT_ONCE: usize = 16;

/// What a training makes of some pictures.
pub(super) struct Translations {
    /// Given, made and perhaps true, by turns.
    shown: Vec<Picture>,
    /// How many stand for one translation.
    each: usize,
    away: Option<Away>,
}

/// How far what was made is from what should be made.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Away {
    /// The mean distance to the truth, in shares of the way from black to white.
    Truth(f64),
    /// The kernel distance to pictures that it should look like, by the builtin features.
    Like(f64),
    /// By the model's own measure.
    Own(f64),
}

impl Translations {
    /// Of pictures as the training has them. The same ones are given every time.
    pub(super) fn of(
        skill: &dyn Translate,
        data: &impasto_data::Batch,
        classes: usize,
        seed: u64,
        device: &Device,
    ) -> Self {
        let all = Batch::from_data(data, classes, device);
        let random = &mut Random::new(seed, "translations", 0);
        let mut seen = Seen::new();
        for start in (0..data.count).step_by(AT_ONCE) {
            let some = AT_ONCE.min(data.count - start);
            seen.look(skill, &all.part(start, some), random);
        }
        let away = seen.away();
        Self { shown: seen.shown, each: seen.each, away }
    }

    /// Rows of given, made and perhaps true.
    pub(super) fn sheet(&self) -> Picture {
        let count = self.shown.len() / self.each;
        let abreast = ABREAST.min(count).max(1);
        let whole = (count.min(ROWS) / abreast * abreast).max(count.min(1));
        contact_sheet(&self.shown[..whole * self.each], self.each * abreast)
    }

    /// How far what was made is from what should be made: lower is better.
    pub(super) fn score(&self) -> Option<f64> {
        self.away.map(|(Away::Truth(away) | Away::Like(away) | Away::Own(away))| away)
    }

    /// The same by name: another one where the pictures were learned, since it flatters then.
    pub(super) fn measures(&self, held_out: bool) -> BTreeMap<String, f64> {
        let name = |name: &str| format!("{name}_{}", if held_out { "held_out" } else { "learned" });
        match self.away {
            Some(Away::Truth(away)) => [(name("l1"), away)].into(),
            Some(Away::Like(away)) => [(name("kid"), away)].into(),
            Some(Away::Own(away)) => [(name("loss"), away)].into(),
            None => BTreeMap::new(),
        }
    }
}

/// What was seen so far.
struct Seen {
    shown: Vec<Picture>,
    each: usize,
    /// Sum and count of the distances to the truth.
    truth: (f64, usize),
    /// Those by the model's own measure.
    own: (f64, usize),
    /// What was made, and what it should look like, where that is all that is known.
    likeness: Option<Likeness>,
}

/// Features of what was made, and of what it should look like.
struct Likeness {
    network: Builtin,
    sides: [Features; 2],
}

impl Likeness {
    fn new(device: &Device) -> Self {
        let network = Builtin::new(device);
        let sides = [(); 2].map(|()| Features::new(network.dims(), Vec::new()));
        Self { network, sides }
    }
}

impl Seen {
    fn new() -> Self {
        Self { shown: Vec::new(), each: 2, truth: (0.0, 0), own: (0.0, 0), likeness: None }
    }

    fn look(&mut self, skill: &dyn Translate, batch: &Batch, random: &mut Random) {
        let Examples { given, goal } = skill.examples(batch, random);
        let count = given.dims()[0];
        let made = (count > 0).then(|| skill.translate(given.clone()));
        if let Goal::Like(like) = &goal {
            let ours = made.iter().flat_map(|made| pictures(made.clone())).collect::<Vec<_>>();
            let theirs = some(like).map_or_else(Vec::new, pictures);
            let likeness = self.likeness.get_or_insert_with(|| Likeness::new(&like.device()));
            for (side, pictures) in likeness.sides.iter_mut().zip([ours, theirs]) {
                side.append(&likeness.network.describe(&pictures));
            }
        }
        let Some(made) = made else { return };
        if let (Goal::Own, Some(away)) = (&goal, skill.away(&given, &made)) {
            self.own = (self.own.0 + away * count as f64, self.own.1 + count);
        }
        let mut columns = shown(given, skill.given(), made.dims()[1]);
        columns.push(pictures(made.clone()));
        if let Goal::Truth(truth) = goal {
            self.truth.0 += number(mean((made - truth.clone()).abs())) * count as f64;
            self.truth.1 += count;
            columns.push(pictures(truth));
        }
        self.each = columns.len();
        if self.shown.len() < self.each * ROWS {
            self.shown
                .extend((0..count).flat_map(|row| columns.iter().map(move |column| column[row].clone())));
        }
    }

    fn away(&self) -> Option<Away> {
        if self.truth.1 > 0 {
            return Some(Away::Truth(0.5 * self.truth.0 / self.truth.1 as f64));
        }
        if self.own.1 > 0 {
            return Some(Away::Own(self.own.0 / self.own.1 as f64));
        }
        let [ours, theirs] = &self.likeness.as_ref()?.sides;
        ours.is_finite().then(|| kid_of_all(ours, theirs))?.map(Away::Like)
    }
}

/// Pictures, if there are any.
fn some(pictures: &Tensor<4>) -> Option<Tensor<4>> {
    (pictures.dims()[0] > 0).then(|| pictures.clone())
}
