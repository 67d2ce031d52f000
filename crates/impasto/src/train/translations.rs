//! A look at a training that translates: what it makes of pictures that it never learned, beside the truth.

use std::collections::BTreeMap;

use burn::tensor::Device;
use impasto_data::Picture;
use impasto_nn::{mean, number};
use impasto_random::Random;

use crate::paint::pictures;
use crate::picture::contact_sheet;
use crate::recipe::{Batch, Translate};
use crate::translate::shown;

/// Pictures on a sheet, each of them three times: given, made, true.
const ROWS: usize = 18;
/// Threes side by side.
const ABREAST: usize = 3;
/// Pictures that are in memory at once.
const AT_ONCE: usize = 16;

/// What a training makes of some pictures.
pub(super) struct Translations {
    /// Given, made and true, by turns.
    threes: Vec<Picture>,
    /// The mean distance to the truth, in shares of the way from black to white.
    l1: f64,
}

impl Translations {
    /// Of pictures as the training has them. The same ones are given every time.
    pub(super) fn of(skill: &dyn Translate, data: &impasto_data::Batch, seed: u64, device: &Device) -> Self {
        let all = Batch::from_data(data, 0, device).pictures;
        let random = &mut Random::new(seed, "translations", 0);
        let (mut threes, mut away) = (Vec::new(), 0.0);
        for start in (0..data.count).step_by(AT_ONCE) {
            let some = AT_ONCE.min(data.count - start);
            let [given, truth] = skill.examples(all.clone().narrow(0, start, some), random);
            let made = skill.translate(given.clone());
            away += number(mean((made.clone() - truth.clone()).abs())) * some as f64;
            if threes.len() < 3 * ROWS {
                let channels = truth.dims()[1];
                let columns = [shown(given, skill.given(), channels), pictures(made), pictures(truth)];
                threes.extend((0..some).flat_map(|row| columns.each_ref().map(|column| column[row].clone())));
            }
        }
        Self { threes, l1: 0.5 * away / data.count.max(1) as f64 }
    }

    /// Rows of given, made and true.
    pub(super) fn sheet(&self) -> Picture {
        let abreast = ABREAST.min(self.threes.len() / 3).max(1);
        let whole = self.threes.len() / (3 * abreast) * 3 * abreast;
        contact_sheet(&self.threes[..whole.min(3 * ROWS)], 3 * abreast)
    }

    pub(super) fn l1(&self) -> f64 {
        self.l1
    }

    /// The distance by name: another one where the pictures were learned, since it flatters then.
    pub(super) fn measures(&self, held_out: bool) -> BTreeMap<String, f64> {
        [(if held_out { "l1_held_out" } else { "l1_learned" }.to_owned(), self.l1)].into()
    }
}
