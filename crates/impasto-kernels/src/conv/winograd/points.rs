//! The small matrices of one side: what is added up before and after the products.
//!
//! They stand for polynomials at points. Six products (0, 1, -1, 2, -2, infinity) make four outputs of a filter with three values,
//! or two of one with five; eight (1/2 and -1/2 too) make two of one with seven. A side on which the filter has one value is
//! left as it is.

use crate::dispatch::Lanes;

/// One side of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Side {
    /// Values of the filter.
    pub(super) taps: usize,
    /// Products, which is also how many neighbouring pixels the outputs see.
    pub(super) products: usize,
    /// Outputs that share their products.
    pub(super) outputs: usize,
}

/// The most values of a filter on one side.
pub(super) const MOST_TAPS: usize = 7;

impl Side {
    /// That of a filter with so many values, where there is one.
    pub(super) fn of(taps: usize) -> Option<Self> {
        let products = match taps {
            1 => 1,
            3 | 5 => 6,
            7 => 8,
            _ => return None,
        };
        Some(Self { taps, products, outputs: products + 1 - taps })
    }

    /// What the filter's values are multiplied with, by product.
    pub(super) fn weights(self) -> Vec<Vec<f32>> {
        // Each point, and what its row is multiplied with; the point at infinity is the filter's last value.
        let points: &[(f64, f64)] = match self.products {
            1 => &[],
            6 => &[(0.0, 0.25), (1.0, -1.0 / 6.0), (-1.0, -1.0 / 6.0), (2.0, 1.0 / 24.0), (-2.0, 1.0 / 24.0)],
            _ => &[
                (0.0, 1.0),
                (1.0, -2.0 / 9.0),
                (-1.0, -2.0 / 9.0),
                (2.0, 1.0 / 90.0),
                (-2.0, 1.0 / 90.0),
                (0.5, 32.0 / 45.0),
                (-0.5, 32.0 / 45.0),
            ],
        };
        let row = |&(point, factor): &(f64, f64)| {
            (0..self.taps).map(|k| (factor * point.powi(k as i32)) as f32).collect::<Vec<f32>>()
        };
        let last = (1..=self.taps).map(|k| if k == self.taps { 1.0 } else { 0.0 }).collect();
        points.iter().map(row).chain([last]).collect()
    }
}

// No closures and no `from_fn` below: what is not inlined loses the features of the loop around it.

/// What is multiplied of `N` pixels.
#[inline(always)]
pub(super) fn spread<L: Lanes, const N: usize>(x: [L; N]) -> [L; N] {
    let mut out = x;
    match N {
        1 => {}
        6 => {
            pair(&mut out, 1, x[4].minus(x[2].times(4.0)), x[3].minus(x[1].times(4.0)));
            pair(&mut out, 3, x[4].minus(x[2]), x[3].minus(x[1]).times(2.0));
            out[0] = x[0].times(4.0).minus(x[2].times(5.0)).plus(x[4]);
            out[5] = x[1].times(4.0).minus(x[3].times(5.0)).plus(x[5]);
        }
        8 => {
            let (even, odd) = ([x[2], x[4], x[6]], [x[1], x[3], x[5]]);
            pair(&mut out, 1, three(even, [1.0, -4.25, 1.0]), three(odd, [1.0, -4.25, 1.0]));
            pair(&mut out, 3, three(even, [0.25, -1.25, 1.0]), three(odd, [0.5, -2.5, 2.0]));
            pair(&mut out, 5, three(even, [4.0, -5.0, 1.0]), three(odd, [2.0, -2.5, 0.5]));
            out[0] = x[0].minus(x[6]).plus(x[4].minus(x[2]).times(5.25));
            out[7] = x[7].minus(x[1]).plus(x[3].minus(x[5]).times(5.25));
        }
        _ => unreachable!("{N} products"),
    }
    out
}

#[inline(always)]
fn pair<L: Lanes>(out: &mut [L], at: usize, even: L, odd: L) {
    out[at] = even.plus(odd);
    out[at + 1] = even.minus(odd);
}

#[inline(always)]
fn three<L: Lanes>([a, b, c]: [L; 3], [p, q, r]: [f32; 3]) -> L {
    a.times(p).plus(b.times(q)).plus(c.times(r))
}

/// `M` outputs of `N` sums of products.
#[inline(always)]
pub(super) fn gather<L: Lanes, const N: usize, const M: usize>(y: [L; N]) -> [L; M] {
    let mut out = [y[0]; M];
    if N == 1 {
        return out;
    }
    let one = [y[1].plus(y[2]), y[1].minus(y[2])];
    let two = [y[3].plus(y[4]), y[3].minus(y[4])];
    let half = if N == 8 { [y[5].plus(y[6]), y[5].minus(y[6])] } else { one };
    for (k, out) in out.iter_mut().enumerate() {
        let power = (1u32 << k) as f32;
        let mut sum = one[k % 2].plus(two[k % 2].times(power));
        if N == 8 {
            sum = sum.plus(half[k % 2].times(1.0 / power));
        }
        if k == 0 {
            sum = sum.plus(y[0]);
        } else if k == M - 1 {
            sum = sum.plus(y[N - 1]);
        }
        *out = sum;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::LANES;

    fn check<const N: usize, const M: usize>(taps: usize) {
        let side = Side::of(taps).unwrap();
        assert_eq!((side.products, side.outputs), (N, M));
        let x: [f32; N] = std::array::from_fn(|at| [0.5, -1.0, 2.0, 0.25, -3.0, 1.5, 0.75, -0.5][at]);
        let filter: Vec<f32> = (0..taps).map(|k| 0.7 - 0.4 * k as f32).collect();
        let dot = |row: &[f32]| row.iter().zip(&filter).map(|(a, b)| a * b).sum::<f32>();
        let weights = side.weights();
        let seen = spread(x.map(|value| [value; LANES]));
        let found = gather::<_, N, M>(std::array::from_fn(|at| seen[at].times(dot(&weights[at]))));
        for (at, found) in found.into_iter().enumerate() {
            let right = dot(&x[at..at + taps]);
            assert!(
                (found[3] - right).abs() < 1e-5,
                "{taps} values, output {at}: {found:?} instead of {right}"
            );
        }
    }

    #[test]
    fn few_products_make_what_all_of_them_make() {
        check::<1, 1>(1);
        check::<6, 4>(3);
        check::<6, 2>(5);
        check::<8, 2>(7);
        assert!([0, 2, 4, 6, 9].iter().all(|&taps| Side::of(taps).is_none()));
    }
}
