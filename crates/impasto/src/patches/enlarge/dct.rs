//! The cosine transform of squares of eight by eight pixels.

use std::sync::LazyLock;

/// Pixels on each side.
pub(super) const SIDE: usize = 8;
/// Values of a square, row by row; of a transformed one, frequencies down and across.
pub(super) type Square = [f32; SIDE * SIDE];

/// Rows are cosines of rising frequency, each of length 1.
static COSINES: LazyLock<[[f32; SIDE]; SIDE]> = LazyLock::new(|| {
    let value = |frequency: usize, at: usize| {
        let length = if frequency == 0 { 1.0 / 8.0_f64 } else { 2.0 / 8.0 };
        length.sqrt() * ((at as f64 + 0.5) * frequency as f64 * std::f64::consts::PI / 8.0).cos()
    };
    std::array::from_fn(|frequency| std::array::from_fn(|at| value(frequency, at) as f32))
});

/// A square to its frequencies, of the same length.
pub(super) fn forward(square: &Square) -> Square {
    let cosines = &*COSINES;
    product(cosines, square)
}

/// And back.
pub(super) fn inverse(frequencies: &Square) -> Square {
    static TRANSPOSED: LazyLock<[[f32; SIDE]; SIDE]> =
        LazyLock::new(|| std::array::from_fn(|row| std::array::from_fn(|column| COSINES[column][row])));
    product(&TRANSPOSED, frequencies)
}

/// `matrix * square * matrix` with the second one transposed.
fn product(matrix: &[[f32; SIDE]; SIDE], square: &Square) -> Square {
    let half = rows(matrix, square);
    rows(matrix, &half)
}

/// `matrix * square`, transposed; twice, it is the transform of both directions.
fn rows(matrix: &[[f32; SIDE]; SIDE], square: &Square) -> Square {
    let mut out = [0.0; SIDE * SIDE];
    for (row, factors) in matrix.iter().enumerate() {
        let mut sums = [0.0; SIDE];
        for (factor, line) in factors.iter().zip(square.as_chunks::<SIDE>().0) {
            sums.iter_mut().zip(line).for_each(|(sum, value)| *sum += factor * value);
        }
        sums.iter().enumerate().for_each(|(column, sum)| out[column * SIDE + row] = *sum);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_and_keeps_lengths_and_a_flat_square_has_one_frequency() {
        let square: Square = std::array::from_fn(|at| ((at * at * 7 + at) % 31) as f32);
        let (frequencies, length) =
            (forward(&square), |square: &Square| square.iter().map(|v| v * v).sum::<f32>());
        assert!((length(&frequencies) / length(&square) - 1.0).abs() < 1e-5);
        assert!(inverse(&frequencies).iter().zip(&square).all(|(a, b)| (a - b).abs() < 1e-4));
        let flat = forward(&[0.5; 64]);
        assert!((flat[0] - 4.0).abs() < 1e-5 && flat[1..].iter().all(|v| v.abs() < 1e-5));
        // Down and across are not confused: a picture that changes across only.
        let across = forward(&std::array::from_fn(|at| (at % 8) as f32));
        assert!(across[1].abs() > 1.0 && across[8].abs() < 1e-4);
    }
}
