//! Against Burn's operations, against f64, and bit by bit on one and two threads.

use burn::tensor::Device;
use impasto_random::Random;

use super::*;

const EPSILON: f64 = 1e-5;
const ACTIVATIONS: [Activation; 4] =
    [Activation::None, Activation::Leaky(0.0), Activation::Leaky(0.2), Activation::Tanh(1.0)];
/// Rows, channels, height, width: planes and columns, whole and with a rest, small and many.
const SHAPES: [[usize; 4]; 15] = [
    [1, 1, 1, 1],
    [1, 3, 1, 1],
    [7, 70, 1, 1],
    [64, 130, 1, 1],
    [200, 5, 1, 1],
    [3, 40, 2, 2],
    [5, 9, 3, 5],
    [2, 3, 4, 4],
    [4, 5, 7, 7],
    [1, 2, 33, 33],
    [6, 4, 16, 16],
    [16, 20, 9, 9],
    [15, 17, 1, 15],
    [17, 15, 16, 1],
    [16, 16, 1, 17],
];

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("values of type f32")
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Output, mean, variance, and the gradients of x, scale and shift under random weights.
fn run(
    shape: [usize; 4],
    forward: impl Fn(Tensor<4>, Tensor<1>, Tensor<1>) -> (Tensor<4>, [Tensor<1>; 2]),
) -> Vec<Vec<f32>> {
    let device = Device::flex().autodiff();
    let (size, channels) = (shape.iter().product::<usize>(), shape[1]);
    let mut random = Random::new(1, "norm", size as u64);
    let x: Vec<f32> = random.normals(size).iter().map(|v| 2.0 * v + 3.0).collect();
    let x = tensor(x, shape, &device).require_grad();
    let scale = tensor(random.normals(channels), [channels], &device).require_grad();
    let shift = tensor(random.normals(channels), [channels], &device).require_grad();
    let weights = tensor(random.normals(size), shape, &device);
    let (output, [mean, variance]) = forward(x.clone(), scale.clone(), shift.clone());
    let gradients = (output.clone() * weights).sum().backward();
    let gradient = |tensor: Tensor<1>| read(tensor.grad(&gradients).expect("a gradient"));
    let dx = read(x.grad(&gradients).expect("a gradient"));
    vec![read(output), read(mean), read(variance), dx, gradient(scale), gradient(shift)]
}

#[test]
fn values_and_gradients_are_those_of_burn() {
    for (shape, activation) in SHAPES.into_iter().flat_map(|shape| ACTIVATIONS.map(|a| (shape, a))) {
        let ours = run(shape, |x, scale, shift| batch_norm_train(x, scale, shift, EPSILON, activation));
        let theirs = run(shape, |x, scale, shift| {
            let out = burns_batch_norm_train(x, scale, shift, EPSILON);
            (composed(out.output, activation), [out.mean.inner(), out.variance.inner()])
        });
        for (what, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            let largest = theirs.iter().fold(1.0f32, |most, v| most.max(v.abs()));
            let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 2e-5 * largest, "{shape:?}, {activation:?}, {what}: {worst} of {largest}");
        }
    }
}

#[test]
fn other_dimensions_are_the_same_values() {
    let device = Device::flex();
    let mut random = Random::new(2, "norm", 0);
    let x = random.normals(6 * 5 * 4);
    let ones = || Tensor::<1>::ones([5], &device);
    let flat =
        batch_norm_train(tensor(x.clone(), [6, 5, 4], &device), ones(), ones(), EPSILON, Activation::None);
    let square =
        batch_norm_train(tensor(x, [6, 5, 2, 2], &device), ones(), ones(), EPSILON, Activation::None);
    assert_eq!(read(flat.0), read(square.0));
}

#[test]
fn a_large_mean_does_not_drown_a_small_spread() {
    for shape in [[64, 2, 1, 1], [8, 2, 12, 12]] {
        let size = shape.iter().product();
        let x: Vec<f32> = Random::new(3, "norm", 0).normals(size).iter().map(|v| 1000.0 + 0.1 * v).collect();
        let area = shape[2] * shape[3];
        let first: Vec<f64> = (0..size).filter(|at| at / area % 2 == 0).map(|at| f64::from(x[at])).collect();
        let mean = first.iter().sum::<f64>() / first.len() as f64;
        let variance = first.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / first.len() as f64;
        let ones = || Tensor::<1>::ones([2], &Device::flex());
        let x = tensor(x, shape, &Device::flex());
        let (output, [_, found]) = batch_norm_train(x, ones(), ones(), 0.0, Activation::None);
        let found = f64::from(read(found)[0]);
        assert!((found - variance).abs() < 1e-3 * variance, "{found} against {variance}");
        let mean = read(output).iter().sum::<f32>() / size as f32;
        assert!((mean - 1.0).abs() < 1e-3, "mean {mean}");
    }
}

#[test]
fn known_moments_give_what_burn_gives() {
    for (shape, activation) in SHAPES.into_iter().flat_map(|shape| ACTIVATIONS.map(|a| (shape, a))) {
        let device = Device::flex();
        let mut random = Random::new(4, "norm", 0);
        let mut drawn = || tensor(random.normals(shape[1]), [shape[1]], &device);
        let (affine, mean, variance) = ([drawn(), drawn()], drawn(), drawn().abs());
        let x = tensor(random.normals(shape.iter().product()), shape, &device);
        let [scale, shift] = affine.clone();
        let theirs = batch_norm(x.clone(), scale, shift, mean.clone(), variance.clone(), EPSILON);
        let theirs = read(composed(theirs, activation));
        let ours = read(batch_norm_apply(x, affine, [mean, variance], EPSILON, activation));
        let close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-4 * b.abs().max(1.0);
        assert!(ours.iter().zip(&theirs).all(close), "{shape:?}, {activation:?}");
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for shape in [[64, 300, 1, 1], [16, 40, 8, 8]] {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let activation = Activation::Leaky(0.2);
            pool.install(|| {
                run(shape, |x, scale, shift| batch_norm_train(x, scale, shift, EPSILON, activation))
            })
        };
        assert_eq!(with(1), with(2));
    }
}

#[test]
fn constants_take_no_gradient() {
    let device = Device::flex().autodiff();
    let x = Tensor::<2>::ones([4, 3], &device).require_grad();
    let (scale, shift) = (Tensor::<1>::ones([3], &device), Tensor::<1>::ones([3], &device));
    let (output, _) = batch_norm_train(x.clone(), scale.clone(), shift, EPSILON, Activation::None);
    let gradients = output.sum().backward();
    assert!(x.grad(&gradients).is_some() && scale.grad(&gradients).is_none());
}

#[test]
fn what_is_not_a_number_spoils_its_channel_only() {
    for (shape, bad) in
        [[8, 3, 1, 1], [2, 3, 5, 5]].into_iter().flat_map(|s| [(s, f32::NAN), (s, f32::INFINITY)])
    {
        let mut x = Random::new(5, "norm", 0).normals(shape.iter().product());
        x[shape[2] * shape[3]] = bad; // in the second channel
        let ones = || Tensor::<1>::ones([3], &Device::flex());
        let x = tensor(x, shape, &Device::flex());
        let (_, moments) = batch_norm_train(x, ones(), ones(), EPSILON, Activation::Leaky(0.2));
        let [_, variance] = moments.map(read);
        assert!(variance[1].is_nan() && variance[0].is_finite() && variance[2].is_finite(), "{variance:?}");
    }
}
