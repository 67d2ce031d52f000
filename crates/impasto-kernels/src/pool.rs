//! Pooling for networks that only look: forward, on the CPU. What learns, or lies elsewhere, is left to Burn.

use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{Tensor, TensorData, module};
use rayon::prelude::*;

use crate::dispatch::vectorised;
use crate::limit::count;
use crate::record::{Operand, covers};

/// What becomes of the values in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// The greatest.
    Max,
    /// The mean of those inside of the picture, whatever lies in the frame around it.
    Mean,
}

/// Pools with square windows; `padding` rows and columns on each side belong to no picture.
///
/// # Panics
/// When a window is larger than the padded picture, or may lie outside of it altogether, and when there are no pixels or
/// too many.
pub fn pool2d(x: Tensor<4>, pool: Pool, kernel: usize, stride: usize, padding: usize) -> Tensor<4> {
    let [n, channels, height, width] = x.dims();
    assert!(stride > 0, "windows of {kernel} with a stride of 0");
    assert!(padding < kernel, "a frame of {padding} around pictures for windows of {kernel}");
    assert!(height > 0 && width > 0, "windows on pictures of {height} x {width}, which have no pixels");
    let side = |side: usize| {
        let padded = padding.checked_mul(2).and_then(|frame| frame.checked_add(side));
        assert!(padded.is_none_or(|padded| padded >= kernel), "a window of {kernel} on a picture of {side}");
        padded.map_or_else(
            || panic!("a frame of {padding} is too large"),
            |padded| (padded - kernel) / stride + 1,
        )
    };
    let size = [side(height), side(width)];
    let all = count("pooled pictures", &[n, channels, size[0], size[1]]);
    if x.is_autodiff() || !covers(&x.device()) {
        return composed(x, pool, kernel, stride, padding);
    }
    let plane = Plane { height, width, kernel, stride, padding, size };
    let device = x.device();
    let x = Operand::new(x);
    let mut out = vec![0f32; all];
    let planes = x.slice().par_chunks_exact(height * width);
    out.par_chunks_exact_mut(size[0] * size[1]).with_min_len(8).zip(planes).for_each_init(
        || vec![0f32; width + 2 * padding],
        |line, (out, values)| match pool {
            Pool::Max => greatest(&plane, values, line, out),
            Pool::Mean => mean(&plane, values, line, out),
        },
    );
    Tensor::from_data(TensorData::new(out, [n, channels, size[0], size[1]]), &device)
}

/// The same of Burn's operations.
fn composed(x: Tensor<4>, pool: Pool, kernel: usize, stride: usize, padding: usize) -> Tensor<4> {
    let [kernel, stride, padding] = [kernel, stride, padding].map(|v| [v; 2]);
    match pool {
        Pool::Max => {
            module::max_pool2d(x, MaxPoolOptions::new(kernel).with_stride(stride).with_padding(padding))
        }
        Pool::Mean => {
            let options = AvgPoolOptions::new(kernel).with_stride(stride).with_padding(padding);
            module::avg_pool2d(x, options.with_count_include_pad(false))
        }
    }
}

/// The numbers of one plane.
struct Plane {
    height: usize,
    width: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    size: [usize; 2],
}

impl Plane {
    /// The rows (or columns) of a window that lie inside of a picture with so many.
    #[inline(always)]
    fn inside(&self, window: usize, side: usize) -> std::ops::Range<usize> {
        let start = window * self.stride;
        start.saturating_sub(self.padding)..(start + self.kernel - self.padding).min(side)
    }
}

vectorised! {
    fn greatest(plane: &Plane, values: &[f32], line: &mut [f32], out: &mut [f32]) {
        let greater = |a: f32, b: f32| if a > b { a } else { b };
        pooled(plane, values, line, out, f32::NEG_INFINITY, greater);
    }
}

vectorised! {
    fn mean(plane: &Plane, values: &[f32], line: &mut [f32], out: &mut [f32]) {
        pooled(plane, values, line, out, 0.0, |a, b| a + b);
        for (y, row) in out.chunks_exact_mut(plane.size[1]).enumerate() {
            let high = plane.inside(y, plane.height).len();
            for (x, value) in row.iter_mut().enumerate() {
                *value /= (high * plane.inside(x, plane.width).len()) as f32;
            }
        }
    }
}

/// Rows of a window first, all columns at a time; then the columns of the windows.
#[inline(always)]
fn pooled(
    plane: &Plane,
    values: &[f32],
    line: &mut [f32],
    out: &mut [f32],
    nothing: f32,
    both: impl Fn(f32, f32) -> f32,
) {
    let &Plane { height, width, kernel, stride, padding, size } = plane;
    line.fill(nothing);
    for (y, out) in out.chunks_exact_mut(size[1]).enumerate() {
        let rows = plane.inside(y, height);
        let line = &mut line[..];
        let inner = &mut line[padding..padding + width];
        inner.copy_from_slice(&values[rows.start * width..][..width]);
        for row in rows.skip(1) {
            let row = &values[row * width..][..width];
            inner.iter_mut().zip(row).for_each(|(sum, &value)| *sum = both(*sum, value));
        }
        match (kernel, stride) {
            (3, 1) => {
                let windows = line.windows(3);
                out.iter_mut().zip(windows).for_each(|(out, w)| *out = both(both(w[0], w[1]), w[2]));
            }
            _ => {
                for (out, window) in out.iter_mut().zip(line.windows(kernel).step_by(stride)) {
                    *out = window[1..].iter().fold(window[0], |sum, &value| both(sum, value));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use impasto_random::Random;

    #[test]
    fn both_kinds_are_those_of_burn() {
        let device = Device::flex();
        for (kernel, stride, padding, height, width) in [
            (3, 2, 0, 147, 35),
            (3, 1, 1, 17, 9),
            (2, 2, 0, 8, 7),
            (8, 8, 0, 8, 8),
            (3, 2, 1, 5, 6),
            (1, 1, 0, 2, 3),
            (1, 3, 0, 1, 1),
            (2, 1, 1, 1, 15),
            (5, 3, 2, 16, 1),
            (3, 5, 1, 17, 16),
        ] {
            let drawn = Random::new(1, "pool", kernel as u64).normals(2 * 5 * height * width);
            let x = Tensor::<4>::from_data(TensorData::new(drawn, [2, 5, height, width]), &device);
            for pool in [Pool::Max, Pool::Mean] {
                let ours = pool2d(x.clone(), pool, kernel, stride, padding);
                let theirs = composed(x.clone(), pool, kernel, stride, padding);
                assert_eq!(ours.dims(), theirs.dims());
                let read =
                    |tensor: Tensor<4>| tensor.into_data().try_into_vec::<f32>().expect("values of type f32");
                for (ours, theirs) in read(ours).into_iter().zip(read(theirs)) {
                    assert!(
                        (ours - theirs).abs() < 1e-6,
                        "{pool:?} {kernel} {stride} {padding}: {ours}, {theirs}"
                    );
                }
            }
        }
    }

    #[test]
    fn gradients_go_through_burn() {
        let x = Tensor::<4>::ones([1, 1, 4, 4], &Device::flex().autodiff()).require_grad();
        let gradients = pool2d(x.clone(), Pool::Mean, 2, 2, 0).sum().backward();
        let gradient =
            x.grad(&gradients).expect("a gradient").into_data().try_into_vec::<f32>().expect("f32");
        assert_eq!(gradient, [0.25; 16]);
    }

    #[test]
    #[should_panic(expected = "a window of 3 on a picture of 2")]
    fn windows_must_fit() {
        pool2d(Tensor::<4>::ones([1, 1, 2, 2], &Device::flex()), Pool::Max, 3, 2, 0);
    }
}
