//! Nearest neighbours between and within sets, and the figures that are made of them: precision and recall
//! (Kynkäänniemi and others, 2019, k = 3), density and coverage (Naeem and others, 2020, k = 5).
//!
//! Distances are Euclidean, computed in f64 in blocks as `|a|² + |b|² - 2 a·b`; what is below rounding is taken for 0, so
//! that equal pictures have no distance. A ball includes its edge, as in the first paper (the second leaves it out;
//! that matters for equal pictures only).

use rayon::prelude::*;

use super::matrix::Matrix;
use crate::features::Features;

/// Neighbours that reach the edge of a ball, for precision and recall.
pub const K_PRECISION: usize = 3;
/// The same for density and coverage.
pub const K_DENSITY: usize = 5;
/// Rows of distances that are in memory at once.
const BLOCK: usize = 512;
/// Squared distances below this share of the squared lengths are rounding.
const ROUNDING: f64 = 1e-13;

/// Squared distances from each picture to its `k` nearest others in the same set, the nearest first; none where there are
/// not so many others.
pub fn within(set: &Features, k: usize) -> Option<Vec<Vec<f64>>> {
    if k == 0 || set.len() <= k {
        return None;
    }
    let mut all = Vec::with_capacity(set.len());
    each_block(set, set, |first, rows| {
        all.par_extend(rows.par_chunks_exact(set.len()).enumerate().map(|(row, distances)| {
            let own = first + row;
            let mut others = [&distances[..own], &distances[own + 1..]].concat();
            others.select_nth_unstable_by(k - 1, f64::total_cmp);
            others.truncate(k);
            others.sort_by(f64::total_cmp);
            others
        }));
    });
    Some(all)
}

/// A picture of another set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Its number there.
    pub index: usize,
    /// The squared distance to it.
    pub squared: f64,
}

/// The nearest picture of `there` for each of `here`.
pub fn nearest(here: &Features, there: &Features) -> Vec<Nearest> {
    find_nearest(here, there, |_, _| true)
}

/// The nearest picture of `there` with another number, for each of `here`: for a set against its mirror image.
pub fn nearest_other(here: &Features, there: &Features) -> Vec<Nearest> {
    find_nearest(here, there, |row, index| row != index)
}

/// The nearest other picture of the same set, for some of its pictures.
pub fn nearest_other_of(set: &Features, some: &[u32]) -> Vec<Nearest> {
    find_nearest(&set.pick(some), set, |row, index| some[row] as usize != index)
}

fn find_nearest(
    here: &Features,
    there: &Features,
    counts: impl Fn(usize, usize) -> bool + Sync,
) -> Vec<Nearest> {
    let mut all = Vec::with_capacity(here.len());
    each_block(here, there, |first, rows| {
        all.par_extend(rows.par_chunks_exact(there.len()).enumerate().map(|(row, distances)| {
            let start = Nearest { index: 0, squared: f64::INFINITY };
            distances.iter().enumerate().filter(|(index, _)| counts(first + row, *index)).fold(
                start,
                |best, (index, &squared)| {
                    if squared < best.squared { Nearest { index, squared } } else { best }
                },
            )
        }));
    });
    all
}

/// What each picture adds to the four figures; every figure is the mean of its list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cover {
    /// For each generated picture: 1 where it lies among the real ones.
    pub precision: Vec<f64>,
    /// For each real picture: 1 where it lies among the generated ones.
    pub recall: Vec<f64>,
    /// For each generated picture: how many real balls it lies in, of as many as would be expected.
    pub density: Vec<f64>,
    /// For each real picture: 1 where a generated one lies in its ball.
    pub coverage: Vec<f64>,
}

/// Compares sets whose own neighbours are known from [`within`] with at least [`K_DENSITY`] each.
///
/// # Panics
/// When neighbours are missing.
pub fn cover(
    generated: &Features,
    real: &Features,
    generated_within: &[Vec<f64>],
    real_within: &[Vec<f64>],
) -> Cover {
    let edge = |within: &[Vec<f64>], k: usize| within.iter().map(|near| near[k - 1]).collect::<Vec<f64>>();
    let narrow = edge(real_within, K_PRECISION);
    let wide = edge(real_within, K_DENSITY);
    let theirs = edge(generated_within, K_PRECISION);
    let mut cover =
        Cover { recall: vec![0.0; real.len()], coverage: vec![0.0; real.len()], ..Cover::default() };
    each_block(generated, real, |first, rows| {
        for (row, distances) in rows.chunks_exact(real.len()).enumerate() {
            let reach = theirs[first + row];
            let (mut inside, mut balls) = (false, 0);
            for (at, &squared) in distances.iter().enumerate() {
                inside |= squared <= narrow[at];
                if squared <= wide[at] {
                    balls += 1;
                    cover.coverage[at] = 1.0;
                }
                if squared <= reach {
                    cover.recall[at] = 1.0;
                }
            }
            cover.precision.push(f64::from(u8::from(inside)));
            cover.density.push(f64::from(balls) / K_DENSITY as f64);
        }
    });
    cover
}

/// Squared distances, some rows at a time: the number of the first, and the rows.
fn each_block(here: &Features, there: &Features, mut take: impl FnMut(usize, &[f64])) {
    let (here, there) = (Matrix::of(here), Matrix::of(there));
    let (lengths, others) = (here.squares(), there.squares());
    for first in (0..here.rows).step_by(BLOCK) {
        let mut block = here.part(first, BLOCK).times_transposed(&there);
        block.values.par_chunks_exact_mut(there.rows).zip(&lengths[first..]).for_each(|(row, length)| {
            for (value, other) in row.iter_mut().zip(&others) {
                let squared = length + other - 2.0 * *value;
                *value = if squared > ROUNDING * (length + other) { squared } else { 0.0 };
            }
        });
        take(first, &block.values);
    }
}

/// The nearer of two neighbours of each picture, such as those of the picture and of its mirror image.
///
/// # Panics
/// When there are not as many of one as of the other.
pub fn nearer(one: Vec<Nearest>, other: Vec<Nearest>) -> Vec<Nearest> {
    assert_eq!(one.len(), other.len(), "neighbours of the same pictures");
    let both = one.into_iter().zip(other);
    both.map(|(one, other)| if other.squared < one.squared { other } else { one }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::statistics::squared_distance;
    use impasto_random::Random;

    fn drawn(name: &str, count: usize, scale: f32) -> Features {
        let values = Random::new(3, name, 0).normals(count * 24);
        Features::new(24, values.into_iter().map(|value| value * scale + 7.0).collect())
    }

    fn edges(set: &Features, k: usize) -> Vec<f64> {
        let edge = |own: usize| {
            let others = (0..set.len()).filter(|&other| other != own);
            let mut all: Vec<f64> =
                others.map(|other| squared_distance(set.row(own), set.row(other))).collect();
            all.sort_by(f64::total_cmp);
            all[k - 1]
        };
        (0..set.len()).map(edge).collect()
    }

    fn mean(values: impl IntoIterator<Item = bool>) -> f64 {
        let values: Vec<bool> = values.into_iter().collect();
        values.iter().filter(|&&value| value).count() as f64 / values.len() as f64
    }

    #[test]
    fn the_four_figures_are_those_of_a_direct_computation() {
        // More than a block, so that blocks are joined.
        let (generated, real) = (drawn("generated", 700, 0.9), drawn("real", 600, 1.0));
        let [ours, theirs] = [&generated, &real].map(|set| within(set, K_DENSITY).unwrap());
        let cover = cover(&generated, &real, &ours, &theirs);
        let (narrow, wide, reach) =
            (edges(&real, K_PRECISION), edges(&real, K_DENSITY), edges(&generated, K_PRECISION));
        let distance = |g: usize, r: usize| squared_distance(generated.row(g), real.row(r));
        let (gs, rs) = (0..generated.len(), 0..real.len());
        let right = [
            mean(gs.clone().map(|g| rs.clone().any(|r| distance(g, r) <= narrow[r]))),
            mean(rs.clone().map(|r| gs.clone().any(|g| distance(g, r) <= reach[g]))),
            gs.clone().map(|g| rs.clone().filter(|&r| distance(g, r) <= wide[r]).count()).sum::<usize>()
                as f64
                / (K_DENSITY * generated.len()) as f64,
            mean(rs.clone().map(|r| gs.clone().any(|g| distance(g, r) <= wide[r]))),
        ];
        let Cover { precision, recall, density, coverage } = cover;
        for (found, right) in [precision, recall, density, coverage].into_iter().zip(right) {
            let found = found.iter().sum::<f64>() / found.len() as f64;
            assert!((found - right).abs() < 1e-6 && right > 0.05, "{found} against {right}");
        }
        for (own, near) in theirs.iter().enumerate() {
            assert!((near[2] - narrow[own]).abs() < 1e-10 * narrow[own] && near.is_sorted());
        }
    }

    #[test]
    fn the_nearest_is_found_and_equal_pictures_have_no_distance() {
        let real = drawn("real", 40, 1.0);
        let some = real.pick(&[7, 0, 39]);
        let found = nearest(&some, &real);
        assert_eq!(found.iter().map(|one| one.index).collect::<Vec<_>>(), [7, 0, 39]);
        assert!(found.iter().all(|one| one.squared == 0.0), "{found:?}");
        let others = nearest_other(&real, &real);
        assert!(others.iter().enumerate().all(|(own, one)| one.index != own && one.squared > 0.0));
    }

    #[test]
    fn sets_without_so_many_neighbours_have_none() {
        for count in 0..=K_DENSITY {
            let set = drawn("few", count, 1.0);
            assert_eq!(within(&set, K_DENSITY), None);
            assert_eq!(within(&set, 1).map(|near| near.len()), Some(count).filter(|&count| count > 1));
        }
    }

    #[test]
    fn a_set_covers_itself() {
        let set = drawn("set", 100, 1.0);
        let own = within(&set, K_DENSITY).unwrap();
        let Cover { precision, recall, coverage, density } = cover(&set, &set, &own, &own);
        for ones in [precision, recall, coverage] {
            assert!(ones.iter().all(|&one| one == 1.0));
        }
        assert!(density.iter().sum::<f64>() / 100.0 >= 1.0);
    }
}
