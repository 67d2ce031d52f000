//! The nearest patches: for each patch of one picture a patch of another that is much like it.
//!
//! After Barnes and others, "PatchMatch: A Randomized Correspondence Algorithm for Structural Image Editing", 2009: good
//! matches spread to neighbours, and each patch looks around its match at random, in ever smaller circles. Differs from the
//! paper: the picture is scanned in strips of some rows, all at once; a strip sees its neighbour as it was a round ago, and
//! strips lie elsewhere in the next round. So the result depends on the seed and not on the number of threads. A match may
//! also weigh what it costs by the place that it takes, as in Granot and others, "Drop the GAN", 2022.

use impasto_random::Random;
use rayon::prelude::*;

use super::codes::Codes;

/// Rows of a strip.
const STRIP: usize = 16;
/// Below so many comparisons all are made.
const FEW: usize = 3_000_000;

/// From so many pixels on it is settled what appears where, and patches cost what they cost.
pub(super) const SETTLED: usize = 60_000;

/// Which patch a patch is like, and what it costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Match {
    /// The place in the other picture.
    pub(super) place: u32,
    /// The distance, weighed.
    pub(super) cost: f32,
}

/// A match for each patch, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// Patches across,
    pub(super) across: usize,
    /// and down.
    pub(super) down: usize,
    /// Row by row.
    pub(super) matches: Vec<Match>,
}

/// Patches that can be chosen.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    codes: &'a Codes,
    /// Places that may be chosen at all.
    places: Vec<u32>,
    /// What a distance is multiplied by, for every pixel; infinite where none may be chosen.
    rates: Vec<f32>,
    /// Where patches would best come from; anywhere where nothing is said.
    homes: Option<&'a Homes>,
}

impl<'a> Keys<'a> {
    /// All patches, at the same rate.
    pub(super) fn all(codes: &'a Codes) -> Self {
        Self::those(codes, |_| true)
    }

    /// The patches at these places.
    pub(super) fn those(codes: &'a Codes, allowed: impl Fn(usize) -> bool) -> Self {
        let (width, across) = (codes.width(), codes.across());
        let every = (0..codes.down()).flat_map(|y| (0..across).map(move |x| y * width + x));
        let places: Vec<u32> = every.filter(|&place| allowed(place)).map(|place| place as u32).collect();
        let mut rates = vec![f32::INFINITY; width * codes.down()];
        places.iter().for_each(|&place| rates[place as usize] = 1.0);
        Self { codes, places, rates, homes: None }
    }

    /// The same where patches that have no like in the other picture cost least, so that all of them come to be used. `back` is
    /// what they are like there, and `alpha` how little one may cost that is used already.
    pub(super) fn wanted_by(self, back: &Field, alpha: f32) -> Self {
        self.rated(back.matches.iter().map(|found| 1.0 / (alpha + found.cost)))
    }

    /// The same at other rates: one for each patch, row by row.
    pub(super) fn rated(mut self, rates: impl IntoIterator<Item = f32>) -> Self {
        let (width, across) = (self.codes.width(), self.codes.across());
        for (number, rate) in rates.into_iter().enumerate() {
            let own = &mut self.rates[number / across * width + number % across];
            *own *= rate;
        }
        self
    }

    /// The same where patches would best come from their homes.
    pub(super) fn near(self, homes: &'a Homes) -> Self {
        Self { homes: Some(homes), ..self }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// Where each patch would best come from, and what being taken from elsewhere costs.
#[derive(Debug, Clone)]
pub(super) struct Homes {
    /// The place across and down, and how much that matters, for every pixel of the queries, row by row.
    pub(super) places: Vec<[f32; 3]>,
    /// What a pixel of distance costs, squared, across and down.
    pub(super) toll: [f32; 2],
}

impl Homes {
    fn cost(&self, query: usize, [x, y]: [f32; 2]) -> f32 {
        let home = self.places[query];
        home[2] * (self.toll[0] * (x - home[0]).powi(2) + self.toll[1] * (y - home[1]).powi(2))
    }
}

/// What is looked for.
#[derive(Debug)]
pub(super) struct Search<'a> {
    /// The picture whose patches look for their like.
    pub(super) queries: &'a Codes,
    /// Where they look.
    pub(super) keys: &'a Keys<'a>,
    /// Which of them look, row by row; all where nothing is said. The others keep what they have.
    pub(super) wanted: Option<&'a [bool]>,
    /// How often all of them look.
    pub(super) rounds: usize,
    /// What the random numbers are drawn from,
    pub(super) seed: u64,
    /// and for which of many searches with that seed.
    pub(super) number: u64,
}

impl Search<'_> {
    /// Looks, beginning at these places (one for each patch), or anywhere.
    ///
    /// # Panics
    /// When there are no keys, or not one place for each patch.
    pub(super) fn run(&self, start: Option<&[u32]>) -> Field {
        assert!(!self.keys.is_empty(), "there is nothing to find");
        let (across, down) = (self.queries.across(), self.queries.down());
        let asking = self.wanted.map_or(across * down, |wanted| wanted.iter().filter(|&&one| one).count());
        if asking * self.keys.places.len() <= FEW {
            return self.compare_all(across, down);
        }
        let mut field = self.begin(across, down, start);
        for round in 0..self.rounds {
            self.round(&mut field, round);
        }
        field
    }

    fn asks(&self, number: usize) -> bool {
        self.wanted.is_none_or(|wanted| wanted[number])
    }

    fn random(&self, purpose: &str, round: usize, row: usize) -> Random {
        Random::new(
            self.seed ^ self.number.wrapping_mul(0x9e37_79b9),
            purpose,
            (round as u64) << 32 | row as u64,
        )
    }

    /// What the patch at a place of the queries costs there, or no less than `best` once it is known to.
    fn cost(&self, query: usize, key: u32, best: f32) -> f32 {
        let rate = self.keys.rates[key as usize];
        let width = self.keys.codes.width();
        let at = [key as usize % width, key as usize / width].map(|at| at as f32);
        let toll = self.keys.homes.map_or(0.0, |homes| homes.cost(query, at));
        if toll >= best {
            return best;
        }
        let too_much = ((best - toll) / rate).min(i32::MAX as f32) as i32;
        let apart = self.queries.apart(query, self.keys.codes, key as usize, too_much.saturating_add(1));
        apart as f32 * rate + toll
    }

    fn compare_all(&self, across: usize, down: usize) -> Field {
        let mut matches = vec![Match { place: self.keys.places[0], cost: f32::INFINITY }; across * down];
        matches.par_chunks_mut(across).enumerate().for_each(|(y, row)| {
            for (x, own) in row.iter_mut().enumerate().filter(|(x, _)| self.asks(y * across + x)) {
                let query = y * self.queries.width() + x;
                self.keys.places.iter().for_each(|&place| self.offer(own, query, place));
            }
        });
        Field { across, down, matches }
    }

    fn begin(&self, across: usize, down: usize, start: Option<&[u32]>) -> Field {
        assert!(start.is_none_or(|start| start.len() == across * down), "a place for each patch");
        let mut matches = vec![Match { place: self.keys.places[0], cost: f32::INFINITY }; across * down];
        matches.par_chunks_mut(across).enumerate().for_each(|(y, row)| {
            let mut random = self.random("begin", 0, y);
            for (x, own) in row.iter_mut().enumerate().filter(|(x, _)| self.asks(y * across + x)) {
                let query = y * self.queries.width() + x;
                if let Some(start) = start {
                    self.offer(own, query, start[y * across + x]);
                }
                if own.cost.is_infinite() {
                    let place = *random.pick(&self.keys.places);
                    *own = Match { place, cost: self.cost(query, place, f32::INFINITY) };
                }
            }
        });
        Field { across, down, matches }
    }

    fn offer(&self, own: &mut Match, query: usize, place: u32) {
        let cost = self.cost(query, place, own.cost);
        if cost < own.cost {
            *own = Match { place, cost };
        }
    }

    /// All patches look once, in strips.
    fn round(&self, field: &mut Field, round: usize) {
        let before = field.matches.clone();
        let across = field.across;
        // Every other round strips begin in the middle of what they were.
        let first = if round.is_multiple_of(2) { 0 } else { (STRIP / 2).min(field.down) };
        let (head, tail) = field.matches.split_at_mut(first * across);
        let strips: Vec<(usize, &mut [Match])> = [(0, head)]
            .into_iter()
            .filter(|(_, head)| !head.is_empty())
            .chain(tail.chunks_mut(STRIP * across).enumerate().map(|(n, strip)| (first + n * STRIP, strip)))
            .collect();
        strips.into_par_iter().for_each(|(top, strip)| {
            let mut strip = Strip { search: self, top, across, rows: strip.len() / across, matches: strip };
            if round.is_multiple_of(2) {
                strip.forwards(&before, round);
            } else {
                strip.backwards(&before, round);
            }
        });
    }
}

/// Some rows of a field, and who looks.
struct Strip<'a> {
    search: &'a Search<'a>,
    top: usize,
    across: usize,
    rows: usize,
    matches: &'a mut [Match],
}

impl Strip<'_> {
    /// Downwards: what is good for the left and the upper neighbour may be good here.
    fn forwards(&mut self, before: &[Match], round: usize) {
        for y in 0..self.rows {
            let mut random = self.search.random("look", round, self.top + y);
            for x in 0..self.across {
                let left = (x > 0).then(|| self.matches[y * self.across + x - 1].place);
                let above = match y {
                    0 if self.top == 0 => None,
                    0 => Some(before[(self.top - 1) * self.across + x].place),
                    _ => Some(self.matches[(y - 1) * self.across + x].place),
                };
                self.look(x, y, [(left, 1, 0), (above, 0, 1)], &mut random);
            }
        }
    }

    /// Upwards, with the right and the lower neighbour.
    fn backwards(&mut self, before: &[Match], round: usize) {
        for y in (0..self.rows).rev() {
            let mut random = self.search.random("look", round, self.top + y);
            for x in (0..self.across).rev() {
                let right = (x + 1 < self.across).then(|| self.matches[y * self.across + x + 1].place);
                let below = match y + 1 {
                    next if next < self.rows => Some(self.matches[next * self.across + x].place),
                    next => before.get((self.top + next) * self.across + x).map(|found| found.place),
                };
                self.look(x, y, [(right, -1, 0), (below, 0, -1)], &mut random);
            }
        }
    }

    /// One patch looks: beside what its neighbours have found, then around the best.
    fn look(&mut self, x: usize, y: usize, found: [(Option<u32>, i64, i64); 2], random: &mut Random) {
        if !self.search.asks((self.top + y) * self.across + x) {
            return;
        }
        let codes = self.search.keys.codes;
        let (width, across, down) = (codes.width() as i64, codes.across() as i64, codes.down() as i64);
        let query = (self.top + y) * self.search.queries.width() + x;
        let own = &mut self.matches[y * self.across + x];
        for (place, right, lower) in found {
            let Some(place) = place.map(i64::from) else { continue };
            let (x, y) = (place % width + right, place / width + lower);
            if (0..across).contains(&x) && (0..down).contains(&y) && y * width + x != i64::from(own.place) {
                self.search.offer(own, query, (y * width + x) as u32);
            }
        }
        let mut reach = across.max(down);
        while reach > 0 && own.cost > 0.0 {
            let bits = random.bits();
            let near = |middle: i64, end: i64, bits: u64| {
                let (low, high) = ((middle - reach).max(0), (middle + reach).min(end - 1));
                low + (((bits & 0xffff_ffff) * (high - low + 1) as u64) >> 32) as i64
            };
            let place = i64::from(own.place);
            let (x, y) = (near(place % width, across, bits), near(place / width, down, bits >> 32));
            self.search.offer(own, query, (y * width + x) as u32);
            reach /= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::codes::SIDE;
    use super::super::raster::Raster;
    use super::*;

    fn noise(width: usize, height: usize) -> Raster {
        Raster::new(width, height, 3, Random::new(3, "noise", 0).uniforms(width * height * 3, 0.0, 1.0))
    }

    fn search<'a>(queries: &'a Codes, keys: &'a Keys<'a>) -> Search<'a> {
        Search { queries, keys, wanted: None, rounds: 16, seed: 1, number: 0 }
    }

    #[test]
    fn a_shifted_picture_is_found_shifted() {
        let whole = noise(160, 150);
        let (queries, keys) = (Codes::of(&whole.part(19, 11, 128, 128)), Codes::of(&whole));
        let keys = Keys::all(&keys);
        let field = search(&queries, &keys).run(None);
        let exact = |(number, found): (usize, &Match)| {
            let (x, y) = (number % field.across, number / field.across);
            found.place as usize == (y + 11) * 160 + x + 19 && found.cost == 0.0
        };
        assert_eq!(field.matches.iter().enumerate().filter(|one| !exact(*one)).count(), 0);
    }

    #[test]
    fn the_number_of_threads_changes_nothing_and_the_seed_does() {
        let (one, other) = (Codes::of(&noise(96, 90)), Codes::of(&noise(90, 120)));
        let keys = Keys::all(&other);
        let found = |threads, seed| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Search { rounds: 2, seed, ..search(&one, &keys) }.run(None))
        };
        assert_eq!(found(1, 1), found(3, 1));
        assert_ne!(found(1, 1), found(1, 2));
    }

    #[test]
    fn it_comes_near_to_what_comparing_all_finds() {
        let (one, other) = (Codes::of(&noise(40, 40)), Codes::of(&noise(64, 50)));
        let keys = Keys::all(&other);
        let search = search(&one, &keys);
        let exact = search.compare_all(one.across(), one.down());
        let mut field = search.begin(one.across(), one.down(), None);
        let cost = |field: &Field| field.matches.iter().map(|one| f64::from(one.cost)).sum::<f64>();
        let start = cost(&field);
        (0..20).for_each(|round| search.round(&mut field, round));
        assert!(cost(&field) < 1.1 * cost(&exact) && cost(&field) < 0.8 * start);
        assert!(field.matches.iter().zip(&exact.matches).all(|(found, best)| found.cost >= best.cost));
    }

    #[test]
    fn only_what_is_allowed_is_found_and_only_what_is_wanted_looks() {
        let codes = Codes::of(&noise(70, 60));
        let keys = Keys::those(&codes, |place| place % 70 > 30);
        let wanted: Vec<bool> = (0..64 * 54).map(|number| number % 64 < 40).collect();
        let field = Search { wanted: Some(&wanted), ..search(&codes, &keys) }.run(None);
        for (found, wanted) in field.matches.iter().zip(&wanted) {
            assert!(found.place % 70 > 30 && found.place % 70 <= 70 - SIDE as u32);
            assert_eq!(found.cost.is_finite(), *wanted);
        }
    }

    #[test]
    fn a_dear_place_is_avoided() {
        let codes = Codes::of(&noise(20, 20));
        let dear = Keys::all(&codes).rated((0..14 * 14).map(|number| if number < 70 { 1e4 } else { 1.0 }));
        let mut shifted = noise(20, 20);
        shifted.values_mut().iter_mut().for_each(|value| *value += 0.3);
        let queries = Codes::of(&shifted);
        let field = search(&queries, &dear).run(None);
        assert!(field.matches.iter().all(|found| found.place >= 100), "rows 0 to 4 cost too much");
    }
}
