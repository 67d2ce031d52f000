use burn::tensor::Device;
use impasto_random::Random;

use super::*;

/// Pictures of every kind: grey, RGB, with one column or row, and of no even sides.
const SHAPES: [[usize; 4]; 8] = [
    [5, 3, 9, 12],
    [6, 1, 28, 28],
    [3, 4, 5, 4],
    [4, 3, 1, 6],
    [4, 3, 6, 1],
    [2, 1, 1, 1],
    [5, 1, 15, 16],
    [4, 2, 17, 1],
];

/// Plans of all kinds, among them ones that say nothing.
fn plans(seed: u64, [n, channels, height, width]: [usize; 4]) -> Arc<[Plan]> {
    let mut random = Random::new(seed, "plans", 0);
    let mut draw = |number: usize| {
        let mut plan = Plan::NOTHING;
        if !number.is_multiple_of(4) {
            let turned = random.normals(6);
            let [right, down] = [width, height].map(|side| side as f32 / 4.0);
            plan.place = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
            let sizes = [0.3, 0.3, right, 0.3, 0.3, down];
            plan.place.iter_mut().zip(turned).zip(sizes).for_each(|((v, drawn), size)| *v += drawn * size);
        }
        if number % 4 > 1 {
            plan.colours = random.normals(channels * (channels + 1));
        }
        if number % 4 == 3 {
            let [left, top] = [width, height].map(|side| random.below(side));
            plan.hole = [left..left + 1 + width / 2, top..top + 1 + height / 2];
        }
        plan
    };
    (0..n).map(&mut draw).collect()
}

fn drawn(purpose: &str, shape: [usize; 4]) -> Vec<f32> {
    Random::new(3, purpose, 0).normals(shape.iter().product())
}

fn read(tensor: Tensor<4>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("values of type f32")
}

/// What is asked for, value by value, in f64.
fn plain(x: &[f32], [_, channels, height, width]: [usize; 4], plans: &[Plan]) -> Vec<f64> {
    let value = |picture: usize, channel: usize, row: usize, column: usize| {
        f64::from(x[((picture * channels + channel) * height + row) * width + column])
    };
    let look = |picture: usize, channel: usize, row: f64, column: f64| {
        let (row, column) = (row.clamp(0.0, (height - 1) as f64), column.clamp(0.0, (width - 1) as f64));
        let (top, left) = (row.floor(), column.floor());
        let (down, across) = (row - top, column - left);
        let (top, left) = (top as usize, left as usize);
        let (bottom, right) = ((top + 1).min(height - 1), (left + 1).min(width - 1));
        let pick = |row, column| value(picture, channel, row, column);
        (pick(top, left) * (1.0 - across) + pick(top, right) * across) * (1.0 - down)
            + (pick(bottom, left) * (1.0 - across) + pick(bottom, right) * across) * down
    };
    let mut out = Vec::new();
    for (picture, plan) in plans.iter().enumerate() {
        for (channel, y, x) in (0..channels)
            .flat_map(|channel| (0..height).flat_map(move |y| (0..width).map(move |x| (channel, y, x))))
        {
            let [xx, xy, right, yx, yy, down] = plan.place.map(f64::from);
            let (row, column) = (yx * x as f64 + yy * y as f64 + down, xx * x as f64 + xy * y as f64 + right);
            let seen: Vec<f64> = (0..channels).map(|channel| look(picture, channel, row, column)).collect();
            let mixed = match plan.colours.chunks_exact(channels + 1).nth(channel) {
                None => seen[channel],
                Some(row) => {
                    let shares = row.iter().zip(&seen).map(|(&share, value)| f64::from(share) * value);
                    shares.sum::<f64>() + f64::from(row[channels])
                }
            };
            let hidden = plan.hole[0].contains(&x) && plan.hole[1].contains(&y);
            out.push(if hidden { 0.0 } else { mixed });
        }
    }
    out
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// A result, and the gradient of its product with the weights.
fn result_and_gradient(
    x: &[f32],
    weights: &[f32],
    shape: [usize; 4],
    work: &dyn Fn(Tensor<4>) -> Tensor<4>,
) -> [Vec<f32>; 2] {
    let device = Device::flex().autodiff();
    let make = |values: &[f32]| Tensor::<4>::from_data(TensorData::new(values.to_vec(), shape), &device);
    let x = make(x).require_grad();
    let y = work(x.clone());
    let gradients = (y.clone() * make(weights)).sum().backward();
    [read(y), read(x.grad(&gradients).expect("a gradient"))]
}

fn assert_near(one: &[f32], other: &[f32], what: &str) {
    assert_eq!(one.len(), other.len());
    for (at, (one, other)) in one.iter().zip(other).enumerate() {
        assert!((one - other).abs() < 2e-4 * other.abs().max(1.0), "{what} at {at}: {one}, {other}");
    }
}

#[test]
fn every_pixel_is_what_the_formula_says() {
    for shape in SHAPES {
        let (x, plans) = (drawn("x", shape), plans(1, shape));
        let ours = warp(Tensor::from_data(TensorData::new(x.clone(), shape), &Device::flex()), &plans);
        let expected: Vec<f32> = plain(&x, shape, &plans).into_iter().map(|v| v as f32).collect();
        assert_near(&read(ours), &expected, &format!("{shape:?}"));
    }
}

#[test]
fn values_and_gradients_are_those_of_burn() {
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        let (x, weights, plans) = (drawn("x", shape), drawn("weights", shape), plans(seed as u64, shape));
        let [y, gradient] = result_and_gradient(&x, &weights, shape, &|x| warp(x, &plans));
        let [their_y, their_gradient] = result_and_gradient(&x, &weights, shape, &|x| composed(x, &plans));
        assert_near(&y, &their_y, &format!("{shape:?}"));
        assert_near(&gradient, &their_gradient, &format!("the gradient of {shape:?}"));
    }
}

#[test]
fn the_backward_is_the_forward_turned_round() {
    for shape in SHAPES {
        let (x, weights, mut plans) = (drawn("x", shape), drawn("weights", shape), plans(4, shape).to_vec());
        let channels = shape[1];
        // Without what is added, y is a matrix times x.
        for row in plans.iter_mut().flat_map(|plan| plan.colours.chunks_exact_mut(channels + 1)) {
            row[channels] = 0.0;
        }
        let plans = plans.into();
        let [y, gradient] = result_and_gradient(&x, &weights, shape, &|x| warp(x, &plans));
        let (there, back) = (dot(&y, &weights), dot(&x, &gradient));
        assert!((there - back).abs() < 1e-5 * dot(&y, &y).sqrt().max(1.0) * 10.0, "{there}, {back}");
    }
}

#[test]
fn the_gradient_is_the_slope() {
    let shape = [2, 3, 5, 6];
    let (mut x, weights, plans) = (drawn("x", shape), drawn("weights", shape), plans(7, [4, 3, 5, 6]));
    let plans: Arc<[Plan]> = plans[2..].into();
    let [_, gradient] = result_and_gradient(&x, &weights, shape, &|x| warp(x, &plans));
    for at in (0..x.len()).step_by(7) {
        let mut product = |step: f32| {
            let before = x[at];
            x[at] += step;
            let y = plain(&x, shape, &plans);
            x[at] = before;
            y.iter().zip(&weights).map(|(y, &weight)| y * f64::from(weight)).sum::<f64>()
        };
        let slope = (product(0.5) - product(-0.5)) as f32;
        assert!((slope - gradient[at]).abs() < 1e-4 * slope.abs().max(1.0), "{slope}, {}", gradient[at]);
    }
}

#[test]
fn what_has_no_plan_is_copied_to_the_bit() {
    let shape = [3, 1, 2, 2];
    let mut values = drawn("x", shape);
    values[..4].copy_from_slice(&[-0.0, f32::INFINITY, f32::NAN, 1e-42]);
    let plans: Arc<[Plan]> = vec![Plan::NOTHING; 3].into();
    for work in [&|x| warp(x, &plans) as Tensor<4>, &|x| composed(x, &plans)] as [&dyn Fn(_) -> _; 2] {
        let copied = read(work(Tensor::from_data(TensorData::new(values.clone(), shape), &Device::flex())));
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&copied), bits(&values));
    }
}

#[test]
fn mirrors_and_moves_by_whole_pixels_are_exact() {
    let picture =
        Tensor::<4>::from_data(TensorData::new(drawn("x", [1, 1, 3, 4]), [1, 1, 3, 4]), &Device::flex());
    let with = |place: [f32; 6]| read(warp(picture.clone(), &vec![Plan { place, ..Plan::NOTHING }].into()));
    let x = read(picture.clone());
    let mirrored: Vec<f32> = x.chunks_exact(4).flat_map(|row| row.iter().rev().copied()).collect();
    assert_eq!(with([-1.0, 0.0, 3.0, 0.0, 1.0, 0.0]), mirrored);
    let moved: Vec<f32> = x.chunks_exact(4).flat_map(|row| [row[0], row[0], row[1], row[2]]).collect();
    assert_eq!(with([1.0, 0.0, -1.0, 0.0, 1.0, 0.0]), moved, "the border repeats");
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let shape = [40, 3, 20, 20];
    let (x, weights, plans) = (drawn("x", shape), drawn("weights", shape), plans(5, shape));
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| result_and_gradient(&x, &weights, shape, &|x| warp(x, &plans)))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn places_that_are_no_numbers_do_no_harm() {
    let place = [f32::NAN, 0.0, f32::INFINITY, 1e30, -1e30, f32::NEG_INFINITY];
    let plans: Arc<[Plan]> = vec![Plan { place, hole: [9..99, 0..99], ..Plan::NOTHING }].into();
    assert_eq!(read(warp(Tensor::ones([1, 1, 4, 4], &Device::flex()), &plans)), [1.0; 16]);
}

#[test]
#[should_panic(expected = "plans and pictures")]
fn each_picture_needs_a_plan() {
    warp(Tensor::ones([2, 1, 4, 4], &Device::flex()), &vec![Plan::NOTHING].into());
}

/// Run alone, optimised: `cargo test --release -p impasto-kernels warp -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn how_long_it_takes() {
    for shape in [[64, 1, 28, 28], [64, 3, 64, 64]] {
        let (x, plans) = (drawn("x", shape), plans(1, shape));
        let plans: Arc<[Plan]> = plans.iter().map(|_| plans[3].clone()).collect();
        let x = Tensor::<4>::from_data(TensorData::new(x, shape), &Device::flex());
        let size = Size::of(shape);
        let x = Operand::new(x);
        for (name, one) in
            [("forward", forward as fn(&Plan, Size, &[f32], &mut [f32], &mut Desk)), ("backward", backward)]
        {
            let mut times: Vec<_> = (0..50)
                .map(|_| {
                    let start = std::time::Instant::now();
                    std::hint::black_box(each_picture(x.slice(), size, &plans, one));
                    start.elapsed()
                })
                .collect();
            times.sort();
            println!("{shape:?} {name}: median {:?}, least {:?}", times[25], times[0]);
        }
    }
}
