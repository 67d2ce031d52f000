//! Matrices of f64, multiplied by Burn's CPU backend: its products are several times faster than plain loops, and in
//! f64 no figure of the judge loses digits that matter.

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::features::Features;

/// Rows of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) values: Vec<f64>,
}

impl Matrix {
    /// # Panics
    /// When there is another number of values.
    pub(super) fn new(rows: usize, columns: usize, values: Vec<f64>) -> Self {
        assert_eq!(values.len(), rows * columns, "values of a matrix of {rows} x {columns}");
        Self { rows, columns, values }
    }

    pub(super) fn of(features: &Features) -> Self {
        let values = features.values().iter().map(|&value| f64::from(value)).collect();
        Self::new(features.len(), features.dims(), values)
    }

    pub(super) fn row(&self, index: usize) -> &[f64] {
        &self.values[index * self.columns..(index + 1) * self.columns]
    }

    /// `self x otherᵀ`
    pub(super) fn times_transposed(&self, other: &Self) -> Self {
        let product = self.tensor().matmul(other.tensor().transpose());
        Self::from_tensor(product)
    }

    /// `selfᵀ x other`
    pub(super) fn transposed_times(&self, other: &Self) -> Self {
        Self::from_tensor(self.tensor().transpose().matmul(other.tensor()))
    }

    /// The sum of squares of each row.
    pub(super) fn squares(&self) -> Vec<f64> {
        (0..self.rows).map(|row| self.row(row).iter().map(|v| v * v).sum()).collect()
    }

    pub(super) fn transposed(&self) -> Self {
        let at = |at: usize| self.values[at % self.rows * self.columns + at / self.rows];
        Self::new(self.columns, self.rows, (0..self.values.len()).map(at).collect())
    }

    /// Rows from `first`, at most so many.
    pub(super) fn part(&self, first: usize, most: usize) -> Self {
        let end = (first + most).min(self.rows);
        Self::new(end - first, self.columns, self.values[first * self.columns..end * self.columns].to_vec())
    }

    fn tensor(&self) -> Tensor<2> {
        let data = TensorData::new(self.values.clone(), [self.rows, self.columns]);
        Tensor::from_data(data, (&Device::flex(), DType::F64))
    }

    fn from_tensor(tensor: Tensor<2>) -> Self {
        let [rows, columns] = tensor.dims();
        let values = tensor.into_data().try_into_vec().expect("a product of f64 is f64");
        Self::new(rows, columns, values)
    }
}

/// The sum of products, in sixteen sums side by side that the compiler keeps in vectors.
#[allow(clippy::needless_range_loop, reason = "three arrays side by side")]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let mut sums = [0f64; 16];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

/// `to += factor * from`
pub(super) fn add(to: &mut [f64], factor: f64, from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_keep_all_digits_of_f64() {
        let value = |at: usize| (at as f64 * 0.7).sin() + 1e-9 * at as f64;
        let a = Matrix::new(7, 33, (0..7 * 33).map(value).collect());
        let b = Matrix::new(5, 33, (0..5 * 33).map(|at| value(at + 9)).collect());
        let product = a.times_transposed(&b);
        for (row, column) in [(0, 0), (6, 4), (3, 2)] {
            let direct: f64 = a.row(row).iter().zip(b.row(column)).map(|(a, b)| a * b).sum();
            assert!((product.row(row)[column] - direct).abs() < 1e-13);
            assert!((dot(a.row(row), b.row(column)) - direct).abs() < 1e-13);
        }
        let again = a.transposed().transposed_times(&b.transposed());
        assert!(again.values.iter().zip(&product.values).all(|(a, b)| (a - b).abs() < 1e-13));
        assert_eq!(a.transposed().transposed(), a);
    }
}
