//! Products of matrices, for dense layers.

use rayon::prelude::*;

use crate::activation::Activation;
use crate::limit::steps;
use crate::room::{Room, Threads};
use crate::sum::{Left, Piece, Right, pair, sum};
use crate::tile::Words;

/// A matrix as the left side: as it lies, or pairs of bf16 along `k`.
struct Matrix<'a> {
    words: std::borrow::Cow<'a, [u32]>,
    row: usize,
    steps: Vec<u32>,
}

/// Rows are rows: `k` runs along them.
fn rows(words: Words, matrix: &[f32], depth: usize) -> Matrix<'_> {
    match words {
        Words::Single => {
            Matrix { words: bytemuck::cast_slice(matrix).into(), row: depth, steps: steps("a row", depth, 1) }
        }
        Words::Pairs => {
            let half = depth.div_ceil(2);
            let mut out = vec![0u32; matrix.len() / depth.max(1) * half];
            out.par_chunks_mut(half.max(1)).zip(matrix.par_chunks(depth.max(1))).for_each(|(out, row)| {
                for (out, two) in out.iter_mut().zip(row.chunks(2)) {
                    pair(&two[..1], &[two.get(1).copied().unwrap_or(0.0)], std::slice::from_mut(out));
                }
            });
            Matrix { words: out.into(), row: half, steps: steps("a row", half, 1) }
        }
    }
}

/// Rows are columns: `k` runs down the matrix.
fn columns(words: Words, matrix: &[f32], width: usize) -> Matrix<'_> {
    let depth = matrix.len() / width.max(1);
    match words {
        Words::Single => Matrix {
            words: bytemuck::cast_slice(matrix).into(),
            row: 1,
            steps: steps("a batch", depth, width),
        },
        Words::Pairs => {
            let half = depth.div_ceil(2);
            let mut out = vec![0u32; half * width];
            let nothing = vec![0f32; width];
            out.par_chunks_mut(width.max(1)).enumerate().for_each(|(k, out)| {
                let row = |k: usize| matrix.get(k * width..(k + 1) * width).unwrap_or(&nothing);
                pair(row(2 * k), row(2 * k + 1), out);
            });
            Matrix { words: out.into(), row: 1, steps: steps("a batch", half, width) }
        }
    }
}

fn product(
    words: Words,
    [height, width]: [usize; 2],
    left: &Matrix<'_>,
    right: Right<'_>,
    finish: impl Fn(&mut [f32], usize) + Sync,
) -> Vec<f32> {
    let out = Room::new(height * width);
    let left = Left { kind: words, words: &left.words, offset: |row| row * left.row, steps: &left.steps };
    sum(Threads::All, [height, width], &left, right, |piece: Piece<'_>| {
        let count = piece.columns.len();
        for (row, sums) in piece.rows.zip(piece.sums.chunks_mut(piece.stride)) {
            let sums = &mut sums[..count];
            finish(sums, piece.columns.start);
            // SAFETY: pieces don't overlap, and rows and columns lie within the output.
            unsafe { sums.as_ptr().copy_to_nonoverlapping(out.at(row * width + piece.columns.start), count) };
        }
    });
    // SAFETY: the pieces cover every row and column.
    unsafe { out.filled() }
}

/// `activation(x w + bias)`: `[n, inputs]` times `[inputs, outputs]`.
pub(crate) fn forward(
    words: Words,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    [n, inputs, outputs]: [usize; 3],
    activation: Activation,
) -> Vec<f32> {
    assert_eq!((x.len(), weight.len()), (n * inputs, inputs * outputs), "a batch and its weights");
    product(words, [n, outputs], &rows(words, x, inputs), Right::Rows(weight, outputs), |sums, start| {
        if let Some(bias) = bias {
            sums.iter_mut().zip(&bias[start..]).for_each(|(sum, bias)| *sum += bias);
        }
        activation.apply(sums);
    })
}

/// The gradient for `x`.
pub(crate) fn for_input(
    words: Words,
    gradient: &[f32],
    weight: &[f32],
    [n, inputs, outputs]: [usize; 3],
) -> Vec<f32> {
    assert_eq!((gradient.len(), weight.len()), (n * outputs, inputs * outputs), "a gradient and its weights");
    product(words, [n, inputs], &rows(words, gradient, outputs), Right::Columns(weight, outputs), |_, _| {})
}

/// The gradient for the weight.
pub(crate) fn for_weight(
    words: Words,
    x: &[f32],
    gradient: &[f32],
    [n, inputs, outputs]: [usize; 3],
) -> Vec<f32> {
    assert_eq!((x.len(), gradient.len()), (n * inputs, n * outputs), "a batch and its gradient");
    product(words, [inputs, outputs], &columns(words, x, inputs), Right::Rows(gradient, outputs), |_, _| {})
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn draw(count: usize, name: &str) -> Vec<f32> {
        Random::new(1, name, 0).normals(count)
    }

    /// The plain sum in f64.
    fn plain(height: usize, width: usize, depth: usize, of: impl Fn(usize, usize, usize) -> f32) -> Vec<f64> {
        let mut out = Vec::new();
        for r in 0..height {
            for c in 0..width {
                out.push((0..depth).map(|k| f64::from(of(r, c, k))).sum());
            }
        }
        out
    }

    fn close(found: &[f32], right: &[f64], scale: f64, what: &str) {
        assert_eq!(found.len(), right.len());
        for (at, (found, right)) in found.iter().zip(right).enumerate() {
            assert!((f64::from(*found) - right).abs() < scale, "{what} at {at}: {found} instead of {right}");
        }
    }

    #[test]
    fn products_of_all_sizes_are_the_plain_sums() {
        for [n, i, o] in
            [[1, 1, 1], [3, 5, 7], [64, 100, 130], [17, 33, 48], [5, 300, 16], [400, 20, 70], [13, 1, 97]]
        {
            let (x, w, g, b) = (draw(n * i, "x"), draw(i * o, "w"), draw(n * o, "g"), draw(o, "b"));
            for words in [Words::Single, Words::Pairs] {
                if words == Words::Pairs && !crate::has_pairs() {
                    continue;
                }
                // Rounding of bf16 is 2^-9 of each factor; sums of `k` such errors grow like a root.
                let scale =
                    |k: usize| if words == Words::Pairs { 0.06 } else { 1e-5 } * (k as f64).sqrt().max(1.0);
                let what = format!("{words:?} {n} {i} {o}");
                let found = forward(words, &x, &w, Some(&b), [n, i, o], Activation::None);
                let mut right = plain(n, o, i, |r, c, k| x[r * i + k] * w[k * o + c]);
                right.iter_mut().enumerate().for_each(|(at, v)| *v += f64::from(b[at % o]));
                close(&found, &right, scale(i), &what);
                let found = for_input(words, &g, &w, [n, i, o]);
                close(&found, &plain(n, i, o, |r, c, k| g[r * o + k] * w[c * o + k]), scale(o), &what);
                let found = for_weight(words, &x, &g, [n, i, o]);
                close(&found, &plain(i, o, n, |r, c, k| x[k * i + r] * g[k * o + c]), scale(n), &what);
            }
        }
    }
}
