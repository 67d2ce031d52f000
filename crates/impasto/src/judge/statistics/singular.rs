//! The sum of a matrix's singular values (its nuclear norm), in f64 and without forming its square, so that values near
//! zero, of which there are many when pictures are few, come out as small as they are.
//!
//! Householder's reflections bring the matrix to two diagonals (Golub and Kahan, 1965); one pass over memory a step,
//! because the sums that the next reflection needs are gathered while this one is applied. The values are then found
//! by bisection, counting signs (Sturm), which can't fail to converge.

use rayon::prelude::*;

use super::matrix::{Matrix, add, dot};

/// Rows are shared out in so many parts, however many threads there are, so that sums don't depend on them.
const PARTS: usize = 8;
/// Values that are bisected side by side.
const LANES: usize = 8;

/// The sum of the singular values.
pub(super) fn nuclear_norm(matrix: Matrix) -> f64 {
    let tall = if matrix.rows < matrix.columns { matrix.transposed() } else { matrix };
    if tall.columns == 0 {
        return 0.0;
    }
    let (diagonal, beside) = bidiagonal(tall);
    singular_values(&diagonal, &beside).into_iter().sum()
}

/// A reflection that takes `x` to `[length, 0, ...]`: what is subtracted from its first number, and 2 / |v|².
fn reflection(first: f64, squares: f64) -> (f64, f64) {
    if squares <= 0.0 {
        return (0.0, 0.0);
    }
    let length = if first > 0.0 { -squares.sqrt() } else { squares.sqrt() };
    (length, 1.0 / (squares - length * first))
}

/// The diagonal and the one beside it of a matrix with these singular values.
fn bidiagonal(mut matrix: Matrix) -> (Vec<f64>, Vec<f64>) {
    let width = matrix.columns;
    let (mut diagonal, mut beside) = (Vec::with_capacity(width), Vec::with_capacity(width));
    let mut gathered = gather(&matrix);
    for k in 0..width {
        let (top, below) = matrix.values[k * width..].split_at_mut(width);
        // `gathered` is the sum of all rows below and this one, each times its number in column k.
        let (length, factor) = reflection(top[k], gathered[k]);
        diagonal.push(length);
        let mut row = gathered;
        add(&mut row[k + 1..], -length, &top[k + 1..]);
        row[k + 1..].iter_mut().for_each(|value| *value *= factor);
        let first = top[k] - length;
        add(&mut top[k + 1..], -first, &row[k + 1..]);
        if k + 1 == width {
            break;
        }
        let across = &mut top[k + 1..];
        let (length, factor) = reflection(across[0], dot(across, across));
        beside.push(length);
        across[0] -= length;
        gathered = apply(below, width, k, &row, across, factor);
    }
    (diagonal, beside)
}

/// Both reflections of step `k` on the rows below, and what step `k + 1` needs to know of them.
fn apply(below: &mut [f64], width: usize, k: usize, row: &[f64], across: &[f64], factor: f64) -> Vec<f64> {
    let each = (below.len() / width).div_ceil(PARTS).max(1) * width;
    let work = |rows: &mut [f64]| {
        let mut sum = vec![0.0; width];
        for line in rows.chunks_exact_mut(width) {
            let share = line[k];
            let line = &mut line[k + 1..];
            add(line, -share, &row[k + 1..]);
            let along = factor * dot(line, across);
            add(line, -along, across);
            add(&mut sum[k + 1..], line[0], line);
        }
        sum
    };
    summed(below.par_chunks_mut(each).map(work).collect(), width)
}

fn gather(matrix: &Matrix) -> Vec<f64> {
    let mut sum = vec![0.0; matrix.columns];
    for line in matrix.values.chunks_exact(matrix.columns) {
        add(&mut sum, line[0], line);
    }
    sum
}

fn summed(parts: Vec<Vec<f64>>, width: usize) -> Vec<f64> {
    let mut sum = vec![0.0; width];
    parts.iter().for_each(|part| add(&mut sum, 1.0, part));
    sum
}

/// The singular values of a matrix with nothing but these two diagonals: with zeros between them they are the positive
/// eigenvalues of a symmetric matrix that has them beside its diagonal of zeros.
fn singular_values(diagonal: &[f64], beside: &[f64]) -> Vec<f64> {
    let count = diagonal.len();
    let at = |i: usize| if i.is_multiple_of(2) { diagonal[i / 2] } else { beside[i / 2] };
    let squares: Vec<f64> = (0..2 * count - 1).map(|i| at(i) * at(i)).collect();
    let largest = squares.iter().fold(0f64, |most, &square| most.max(square)).sqrt();
    let places: Vec<usize> = (0..count).collect();
    let found: Vec<[f64; LANES]> =
        places.par_chunks(LANES).map(|some| bisect(&squares, some[0], count, 2.0 * largest)).collect();
    found.into_iter().flatten().take(count).collect()
}

/// Values number `first` and the following, counted from the smallest.
#[allow(clippy::needless_range_loop, reason = "several arrays side by side")]
fn bisect(squares: &[f64], first: usize, count: usize, bound: f64) -> [f64; LANES] {
    let (mut low, mut high) = ([0.0; LANES], [bound; LANES]);
    for _ in 0..56 {
        let middle: [f64; LANES] = std::array::from_fn(|lane| 0.5 * (low[lane] + high[lane]));
        let below = counts(squares, &middle, bound);
        for lane in 0..LANES {
            let is_above = below[lane] > count + first + lane;
            if is_above { high[lane] = middle[lane] } else { low[lane] = middle[lane] }
        }
    }
    std::array::from_fn(|lane| 0.5 * (low[lane] + high[lane]))
}

/// How many eigenvalues lie below each of these numbers.
#[allow(clippy::needless_range_loop, reason = "several arrays side by side")]
fn counts(squares: &[f64], at: &[f64; LANES], bound: f64) -> [usize; LANES] {
    let tiny = f64::MIN_POSITIVE.max(bound * bound * 1e-290);
    let mut pivots = at.map(|x| -x.max(tiny));
    let mut below = pivots.map(|pivot| usize::from(pivot < 0.0));
    for &square in squares {
        for lane in 0..LANES {
            let pivot = -at[lane] - square / pivots[lane];
            // A pivot of nothing counts as one below it, here and in the next division.
            pivots[lane] = if pivot.abs() < tiny { -tiny } else { pivot };
            below[lane] += usize::from(pivots[lane] < 0.0);
        }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn drawn(rows: usize, columns: usize) -> Matrix {
        let mut random = Random::new(4, "singular", 0);
        Matrix::new(rows, columns, (0..rows * columns).map(|_| random.normal()).collect())
    }

    /// Jacobi's rotations of columns (Hestenes, 1958): slow, and right to the last digits.
    fn by_rotations(matrix: &Matrix) -> f64 {
        let mut columns: Vec<Vec<f64>> =
            (0..matrix.columns).map(|c| (0..matrix.rows).map(|r| matrix.row(r)[c]).collect()).collect();
        for _ in 0..60 {
            for i in 0..columns.len() {
                for j in i + 1..columns.len() {
                    let (left, right) = columns.split_at_mut(j);
                    let (a, b) = (&mut left[i], &mut right[0]);
                    let (aa, bb, ab) = (dot(a, a), dot(b, b), dot(a, b));
                    if ab.abs() < 1e-300 {
                        continue;
                    }
                    let angle = 0.5 * (2.0 * ab).atan2(aa - bb);
                    let (sine, cosine) = angle.sin_cos();
                    for (a, b) in a.iter_mut().zip(b.iter_mut()) {
                        (*a, *b) = (cosine * *a + sine * *b, cosine * *b - sine * *a);
                    }
                }
            }
        }
        columns.iter().map(|column| dot(column, column).sqrt()).sum()
    }

    #[test]
    fn it_is_the_sum_that_rotations_find() {
        for (rows, columns) in [(1, 1), (5, 5), (3, 9), (40, 17), (33, 64)] {
            let matrix = drawn(rows, columns);
            let tall = if rows < columns { matrix.transposed() } else { matrix.clone() };
            let right = by_rotations(&tall);
            let found = nuclear_norm(matrix);
            assert!((found - right).abs() < 1e-12 * right, "{rows} x {columns}: {found} against {right}");
        }
    }

    #[test]
    fn a_number_that_is_met_exactly_is_counted_once() {
        // The first number that is tried is 4: half of twice the largest.
        let (diagonal, beside) = ([4.0, 3.0, 0.0], [1.0, 0.0]);
        let matrix = Matrix::new(3, 3, vec![4.0, 1.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0]);
        let found: f64 = singular_values(&diagonal, &beside).into_iter().sum();
        assert!((found - by_rotations(&matrix)).abs() < 1e-12, "{found}");
    }

    #[test]
    fn values_of_zero_add_nothing() {
        let (a, b) = (drawn(60, 3), drawn(50, 3));
        let low_rank = a.times_transposed(&b);
        let right = by_rotations(&low_rank);
        let found = nuclear_norm(low_rank);
        assert!((found - right).abs() < 1e-11 * right, "{found} against {right}");
        assert_eq!(nuclear_norm(Matrix::new(4, 3, vec![0.0; 12])), 0.0);
        let one = Matrix::new(3, 3, vec![2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0]);
        assert!((nuclear_norm(one) - 5.0).abs() < 1e-14);
    }
}
