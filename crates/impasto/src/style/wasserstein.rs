//! The sliced Wasserstein distance: features are projected on directions, and on each of them a whole distribution is moved
//! to the style's, value by value in order of rank.
//!
//! Paper: Heitz and others, "A Sliced Wasserstein Loss for Neural Texture Synthesis" (2021). Differs: distributions are known
//! from at most 4,096 places of a layer, and all places are moved by the map between them; so pictures of different sizes need
//! no repeating, styles can be blended (the mean of their quantiles), and tiles need no common sort.

use impasto_random::Random;
use rayon::prelude::*;

use super::loss::{Place, blended, multiplied};
use crate::features::map::Map;

/// Places that a distribution is known from, at most.
const MOST: usize = 4096;
/// Directions in one step, at most.
const DIRECTIONS: usize = 64;
/// Steps of a map from values to values.
const STEPS: usize = 256;

/// Some places of a layer: rows of channels, with their weights.
#[derive(Debug, Clone, Default)]
pub(super) struct Samples {
    channels: usize,
    rows: Vec<f32>,
    weights: Vec<f32>,
}

/// A distribution: its values in order, each with the rank of its middle.
#[derive(Debug)]
pub(super) struct Quantiles {
    values: Vec<f32>,
    ranks: Vec<f64>,
}

/// Moves features to a style along directions.
#[derive(Debug)]
pub(super) struct Transport {
    /// `[directions, channels]`
    directions: Vec<f32>,
    tables: Vec<Table>,
    /// What a difference counts.
    factor: f32,
}

/// A map from values to values, by straight pieces.
#[derive(Debug)]
struct Table {
    low: f32,
    per_value: f32,
    values: Vec<f32>,
}

impl Samples {
    /// Every so many places of a layer, counted over the whole of it.
    pub(super) fn of(map: &Map, mask: Option<&[f32]>, place: Place) -> Self {
        let Place { corner: [top, left], whole: [height, width] } = place;
        let every = every(height * width, width);
        let mut samples = Self { channels: map.channels, ..Self::default() };
        for row in 0..map.height {
            for column in 0..map.width {
                let at = row * map.width + column;
                let weight = mask.map_or(1.0, |mask| mask[at]);
                if !((top + row) * width + left + column).is_multiple_of(every) || weight <= 0.0 {
                    continue;
                }
                samples.rows.extend(map.values.iter().skip(at).step_by(map.area()));
                samples.weights.push(weight);
            }
        }
        samples
    }

    /// Adds those of another part.
    pub(super) fn append(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.weights.extend(other.weights);
    }

    /// The distribution along a direction.
    fn along(&self, direction: &[f32]) -> Quantiles {
        let project = |row: &[f32]| row.iter().zip(direction).map(|(value, part)| value * part).sum::<f32>();
        let projected = self.rows.chunks_exact(self.channels.max(1)).map(project);
        let mut both: Vec<(f32, f32)> = projected.zip(self.weights.iter().copied()).collect();
        both.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let total = both.iter().map(|(_, weight)| f64::from(*weight)).sum::<f64>().max(f64::MIN_POSITIVE);
        let mut below = 0.0;
        let rank = |&(_, weight): &(f32, f32)| {
            let middle = below + f64::from(weight) / 2.0;
            below += f64::from(weight);
            middle / total
        };
        let ranks = both.iter().map(rank).collect();
        Quantiles { values: both.iter().map(|(value, _)| *value).collect(), ranks }
    }
}

impl Quantiles {
    /// The value of this rank, from 0 to 1.
    pub(super) fn at(&self, rank: f64) -> f64 {
        between(rank, &self.ranks, |at| f64::from(self.values[at]))
    }
}

impl Transport {
    /// The distance of two layers (squared, and divided by the style's own size), and the way from one to the other.
    pub(super) fn between(
        here: &Samples,
        styles: &[(f64, Samples)],
        weight: f64,
        (seed, counter): (u64, u64),
    ) -> (f64, Self) {
        let channels = styles.first().map_or(here.channels, |(_, style)| style.channels);
        let directions = directions(channels, seed, counter);
        let each = directions.par_chunks_exact(channels.max(1)).map(|direction| {
            let styles: Vec<(f64, Quantiles)> =
                styles.iter().map(|(share, style)| (*share, style.along(direction))).collect();
            toward(&here.along(direction), &styles)
        });
        let each: Vec<(f64, f64, Table)> = each.collect();
        let size = each.iter().map(|(_, size, _)| size).sum::<f64>().max(f64::MIN_POSITIVE);
        let distance = each.iter().map(|(distance, ..)| distance).sum::<f64>() / size;
        let factor = (2.0 / (size * weight.max(1e-6))) as f32;
        let tables = each.into_iter().map(|(.., table)| table).collect();
        (distance, Self { directions, tables, factor })
    }

    /// The gradient for each place.
    pub(super) fn gradient(&self, map: &Map) -> Map {
        let count = self.tables.len();
        let mut along = multiplied(&self.directions, count, map);
        along.values.par_chunks_exact_mut(map.area().max(1)).zip(&self.tables).for_each(|(plane, table)| {
            plane.iter_mut().for_each(|value| *value = self.factor * (*value - table.at(*value)));
        });
        let mut back = vec![0f32; self.directions.len()];
        for (direction, row) in self.directions.chunks_exact(map.channels).enumerate() {
            row.iter().enumerate().for_each(|(channel, part)| back[channel * count + direction] = *part);
        }
        multiplied(&back, map.channels, &along)
    }
}

impl Table {
    fn at(&self, value: f32) -> f32 {
        let place = ((value - self.low) * self.per_value).clamp(0.0, STEPS as f32);
        let below = (place as usize).min(STEPS - 1);
        let share = place - below as f32;
        self.values[below] * (1.0 - share) + self.values[below + 1] * share
    }
}

/// The squared distance along one direction, the style's mean square there, and the map.
fn toward(here: &Quantiles, styles: &[(f64, Quantiles)]) -> (f64, f64, Table) {
    let (mut distance, mut size) = (0.0, 0.0);
    let mut before = 0.0;
    for (value, rank) in here.values.iter().zip(&here.ranks) {
        // A value's share is twice the way from its lower end to its middle.
        let share = 2.0 * (rank - before);
        before += share;
        let goal = blended(styles, *rank);
        distance += share * (f64::from(*value) - goal).powi(2);
        size += share * goal * goal;
    }
    let (low, high) = match here.values.as_slice() {
        [low, .., high] => (*low, *high),
        [only] => (*only, *only),
        [] => (0.0, 0.0),
    };
    let width = (high - low).max(1e-6);
    let value = |step: usize| {
        let rank = here.rank(low + width * step as f32 / STEPS as f32);
        blended(styles, rank) as f32
    };
    let table = Table { low, per_value: STEPS as f32 / width, values: (0..=STEPS).map(value).collect() };
    (distance, size, table)
}

impl Quantiles {
    /// The rank of a value; where many are equal, that of their middle.
    fn rank(&self, value: f32) -> f64 {
        let above = self.values.partition_point(|own| *own < value);
        let past = self.values.partition_point(|own| *own <= value);
        if past > above {
            return (self.ranks[above] + self.ranks[past - 1]) / 2.0;
        }
        match (above.checked_sub(1), self.ranks.get(above)) {
            (Some(below), Some(rank)) => {
                let [low, high] = [below, above].map(|at| self.values[at]);
                let share = f64::from((value - low) / (high - low));
                self.ranks[below] + share * (rank - self.ranks[below])
            }
            (None, _) => 0.0,
            (_, None) => 1.0,
        }
    }
}

/// What lies at `place` among these places in order, by straight pieces.
fn between(place: f64, places: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    let above = places.partition_point(|own| *own < place);
    match (above.checked_sub(1), places.get(above)) {
        (Some(below), Some(high)) => {
            let low = places[below];
            let share = (place - low) / (high - low).max(f64::MIN_POSITIVE);
            value(below) + share * (value(above) - value(below))
        }
        (None, Some(_)) => value(0),
        (Some(below), None) => value(below),
        (None, None) => 0.0,
    }
}

/// Unit vectors.
fn directions(channels: usize, seed: u64, counter: u64) -> Vec<f32> {
    let mut random = Random::new(seed, "style directions", counter);
    let mut all = Vec::new();
    for _ in 0..DIRECTIONS.min(channels) {
        let drawn = random.normals(channels);
        let length = drawn.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
        all.extend(drawn.iter().map(|value| value / length));
    }
    all
}

/// Every how many places of a layer one is taken; never in step with its rows.
fn every(area: usize, width: usize) -> usize {
    let common = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let least = area.div_ceil(MOST).max(1);
    (least..).find(|&every| common(every, width) <= 1).unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(values: &[f32]) -> Map {
        Map::new(values.to_vec(), [1, 1, values.len()])
    }

    fn samples(map: &Map, mask: Option<&[f32]>) -> Samples {
        Samples::of(map, mask, Place { corner: [0, 0], whole: map.size() })
    }

    #[test]
    fn a_shift_is_a_distance_of_its_square_and_pulls_every_place_alike() {
        let here = map(&[0.0, 1.0, 2.0, 5.0]);
        let style = map(&[3.0, 8.0, 4.0, 5.0]);
        let styles = [(1.0, samples(&style, None))];
        let (distance, transport) = Transport::between(&samples(&here, None), &styles, 4.0, (1, 0));
        let size = (9.0 + 64.0 + 16.0 + 25.0) / 4.0;
        assert!((distance - 9.0 / size).abs() < 1e-6, "{distance}");
        for gradient in transport.gradient(&here).values {
            assert!((f64::from(gradient) + 2.0 * 3.0 / (4.0 * size)).abs() < 2e-2 / size, "{gradient}");
        }
    }

    #[test]
    fn a_style_is_no_way_from_itself_and_blends_lie_between() {
        let (a, b) = (map(&[0.0, 1.0, 2.0]), map(&[10.0, 11.0, 12.0]));
        let [here, there] = [&a, &b].map(|map| samples(map, None));
        let apart = |styles: &[(f64, Samples)]| Transport::between(&here, styles, 3.0, (1, 0)).0;
        assert!(apart(&[(1.0, here.clone())]) < 1e-12);
        let middle = map(&[5.0, 6.0, 7.0]);
        let blend = apart(&[(0.5, here.clone()), (0.5, there)]);
        assert!((blend - apart(&[(1.0, samples(&middle, None))])).abs() < 1e-9);
    }

    #[test]
    fn masked_places_do_not_count() {
        let both = map(&[1.0, 50.0, 2.0, 60.0]);
        let only = samples(&both, Some(&[1.0, 0.0, 1.0, 0.0]));
        assert_eq!(only.along(&[1.0]).values, [1.0, 2.0]);
    }

    #[test]
    fn samples_are_few_and_never_in_step_with_rows() {
        for (height, width) in [(64, 64), (512, 512), (300, 400), (1, 9000)] {
            let every = every(height * width, width);
            assert!((height * width).div_ceil(every) <= MOST);
            let columns: std::collections::BTreeSet<usize> =
                (0..height * width).step_by(every).map(|at| at % width).collect();
            assert!(columns.len() > width.min(MOST) / 4, "{height} x {width}: {}", columns.len());
        }
    }
}
