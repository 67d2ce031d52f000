//! One side of a short convolution: what is added up before and after the products.
//!
//! Two neighbouring outputs of a filter with `r` values need `r + 1` products instead of `2 r`: the input, the weight and
//! the output each go through a small matrix (S. Winograd, "Arithmetic complexity of computations", 1980).

use super::Short;

/// A small matrix, by rows; what is zero is left out.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    pub(super) rows: Vec<Vec<(usize, f32)>>,
    columns: usize,
}

impl Matrix {
    fn new<const N: usize>(rows: &[[f32; N]]) -> Self {
        let terms = |row: &[f32; N]| row.iter().copied().enumerate().filter(|&(_, v)| v != 0.0).collect();
        Self { rows: rows.iter().map(terms).collect(), columns: N }
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn transposed(&self) -> Self {
        let mut rows = vec![Vec::new(); self.columns];
        for (r, row) in self.rows.iter().enumerate() {
            row.iter().for_each(|&(c, v)| rows[c].push((r, v)));
        }
        Self { rows, columns: self.rows.len() }
    }
}

/// The matrices for two outputs of a filter.
pub(super) struct Matrices {
    /// What is done to the inputs that two outputs see.
    pub(super) input: Matrix,
    /// What is done to the filter.
    pub(super) weight: Matrix,
    /// What makes two outputs of the products.
    pub(super) output: Matrix,
}

/// For a filter of two values, or of three.
pub(super) fn matrices(taps: usize) -> Matrices {
    if taps == 2 {
        return Matrices {
            input: Matrix::new(&[[1., -1., 0.], [0., 1., 0.], [0., -1., 1.]]),
            weight: Matrix::new(&[[1., 0.], [1., 1.], [0., 1.]]),
            output: Matrix::new(&[[1., 1., 0.], [0., 1., 1.]]),
        };
    }
    Matrices {
        input: Matrix::new(&[[1., 0., -1., 0.], [0., 1., 1., 0.], [0., -1., 1., 0.], [0., 1., 0., -1.]]),
        weight: Matrix::new(&[[1., 0., 0.], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0., 0., 1.]]),
        output: Matrix::new(&[[1., 1., 1., 0.], [0., 1., -1., -1.]]),
    }
}

/// Which pixels the tiles of one side see: tile `t`, value `l` of phase `p` is pixel `step t + spacing l + first[p]`,
/// and pixels beyond the picture are zero.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    pub(super) step: usize,
    pub(super) spacing: usize,
    pub(super) first: Vec<isize>,
}

impl Windows {
    /// Of a convolution's input.
    pub(super) fn down(short: Short, padding: usize) -> Self {
        let first = (0..short.stride).map(|phase| phase as isize - padding as isize).collect();
        Self { step: 2 * short.stride, spacing: short.stride, first }
    }

    /// Of a transposed convolution's input.
    pub(super) fn up(short: Short, padding: usize) -> Self {
        let first = (0..short.stride).map(|phase| {
            let (start, _) = start(short, padding, phase);
            start as isize - (short.taps - 1) as isize
        });
        Self { step: 2, spacing: 1, first: first.collect() }
    }

    /// Two neighbours each, and nothing else.
    pub(super) fn pairs() -> Self {
        Self { step: 2, spacing: 1, first: vec![0] }
    }

    /// The pixel of a tile's value.
    #[inline(always)]
    pub(super) fn pixel(&self, tile: usize, phase: usize, value: usize) -> isize {
        (self.step * tile + self.spacing * value) as isize + self.first[phase]
    }
}

/// Where a phase of a transposed convolution starts: in its input, and in its output.
pub(super) fn start(short: Short, padding: usize, phase: usize) -> (usize, usize) {
    let input = padding.saturating_sub(phase).div_ceil(short.stride);
    (input, short.stride * input + phase - padding)
}
