//! Sizes that are one off from what loops take at a time, empty tensors, and sizes that are refused.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Tensor, module};
use impasto_kernels::{
    Activation, Beside, Beyond, Geometry, Plan, Pool, Resample, Rule, activate, batch_norm_apply,
    batch_norm_train, bend, bernoulli, blend, conv_transpose2d, conv2d, dropout, enabled, linear, modulate,
    pool2d, step, warp,
};

use super::draw::{Draw, all, close, compare, values};

/// One, and what sixteen lanes hold, one less and one more.
const SIZES: [usize; 4] = [1, 15, 16, 17];

/// Kernel, stride, padding, dilation.
const WINDOWS: [[[usize; 2]; 4]; 6] = [
    [[1, 1], [1, 1], [0, 0], [1, 1]],
    [[3, 5], [2, 3], [1, 2], [1, 1]],
    [[5, 3], [3, 1], [2, 0], [2, 1]],
    [[4, 7], [1, 2], [3, 3], [1, 2]],
    [[2, 1], [5, 1], [0, 0], [1, 1]],
    [[3, 3], [1, 1], [1, 1], [1, 1]],
];

/// A number of channels before and after a convolution, with a geometry, for each pair of sizes and each kind of windows.
fn each_convolution(mut test: impl FnMut(u64, [usize; 2], [usize; 2], Geometry)) {
    for number in 0..SIZES.len().pow(2) * WINDOWS.len() {
        let (kind, pair) = (number % WINDOWS.len(), number / WINDOWS.len());
        let [inputs, outputs] = [SIZES[pair / 4], SIZES[pair % 4]];
        let [kernel, stride, padding, dilation] = WINDOWS[kind];
        let fits = |groups: usize| inputs.is_multiple_of(groups) && outputs.is_multiple_of(groups);
        let groups = Some([1, 4, 5, inputs][kind % 4]).filter(|&groups| fits(groups)).unwrap_or(1);
        let geometry = Geometry { kernel, stride, padding, dilation, groups };
        let size = [SIZES[(pair + kind) % 4], SIZES[(pair / 4 + 2 * kind + 1) % 4]];
        test(number as u64, [inputs, outputs], size, geometry);
    }
}

#[test]
fn convolutions_of_awkward_sizes_are_those_of_burn() {
    each_convolution(|number, [inputs, outputs], size, geometry| {
        let Geometry { kernel, stride, padding, dilation, groups } = geometry;
        let least = |side: usize| ((kernel[side] - 1) * dilation[side] + 1).saturating_sub(2 * padding[side]);
        let [height, width] = [0, 1].map(|side| size[side].max(least(side)));
        let mut draw = Draw::case("odd down", number);
        let x = draw.tracked([[1, 2, 17][number as usize % 3], inputs, height, width]);
        let weight = draw.tracked([outputs, inputs / groups, kernel[0], kernel[1]]);
        let bias = draw.tracked([outputs]);
        let found = conv2d(x.clone(), weight.clone(), Some(bias.clone()), geometry, Activation::None);
        let options = ConvOptions::new(stride, padding, dilation, groups);
        let right = module::conv2d(x.clone(), weight.clone(), Some(bias.clone()), options);
        let weights = draw.tensor(right.dims()).autodiff();
        let what = format!("{:?} to {outputs} with {geometry:?}", x.dims());
        let found = all(found, &weights, [&x, &weight], &bias);
        compare(found, all(right, &weights, [&x, &weight], &bias), &what);
    });
}

#[test]
fn transposed_convolutions_of_awkward_sizes_are_those_of_burn() {
    each_convolution(|number, [inputs, outputs], [height, width], mut geometry| {
        // As for those that are drawn.
        geometry.padding = [0, 1].map(|side| geometry.padding[side].min((geometry.kernel[side] - 1) / 2));
        let Geometry { kernel, stride, padding, dilation, groups } = geometry;
        let added = [0, 1].map(|side| stride[side].max(dilation[side]) - 1);
        let mut draw = Draw::case("odd up", number);
        let x = draw.tracked([[1, 2, 17][number as usize % 3], inputs, height, width]);
        let weight = draw.tracked([inputs, outputs / groups, kernel[0], kernel[1]]);
        let bias = draw.tracked([outputs]);
        let none = Activation::None;
        let found = conv_transpose2d(x.clone(), weight.clone(), Some(bias.clone()), geometry, added, none);
        let options = ConvTransposeOptions::new(stride, padding, added, dilation, groups);
        let right = module::conv_transpose2d(x.clone(), weight.clone(), Some(bias.clone()), options);
        let weights = draw.tensor(right.dims()).autodiff();
        let what = format!("{:?} to {outputs} with {geometry:?} and {added:?}", x.dims());
        let found = all(found, &weights, [&x, &weight], &bias);
        compare(found, all(right, &weights, [&x, &weight], &bias), &what);
    });
}

/// `[rows, columns]`, each a sum of `depth` products.
fn sums(rows: usize, columns: usize, depth: usize, of: impl Fn(usize, usize, usize) -> f32) -> Vec<f32> {
    let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    places.map(|(row, column)| (0..depth).map(|k| of(row, column, k)).sum::<f32>() + 0.0).collect()
}

#[test]
fn dense_layers_of_any_size_are_their_plain_sums() {
    let sizes = [0, 1, 15, 16, 17];
    for number in 0..125 {
        let [n, i, o] = [number / 25, number / 5 % 5, number % 5].map(|at| sizes[at]);
        if !enabled() && n * i * o == 0 {
            continue;
        }
        let mut draw = Draw::case("odd dense", number as u64);
        let (x, w, b) = (draw.tracked([n, i]), draw.tracked([i, o]), draw.tracked([o]));
        let (g, y) = (draw.tensor([n, o]), linear(x.clone(), w.clone(), Some(b.clone()), Activation::None));
        let [found_y, for_x, for_w, for_b] = all(y, &g.clone().autodiff(), [&x, &w], &b);
        let (x, w, b, g) = (values(x), values(w), values(b), values(g));
        let forward = sums(n, o, i, |r, c, k| x[r * i + k] * w[k * o + c]);
        let forward: Vec<f32> = forward.iter().enumerate().map(|(at, v)| v + b[at % o]).collect();
        for (found, right, part) in [
            (found_y, forward, "output"),
            (for_x, sums(n, i, o, |r, c, k| g[r * o + k] * w[c * o + k]), "x"),
            (for_w, sums(i, o, n, |r, c, k| x[k * i + r] * g[k * o + c]), "weight"),
            (for_b, sums(1, o, n, |_, c, k| g[k * o + c]), "bias"),
        ] {
            close(&found, &right, &format!("{part} of a dense layer {n} x {i} x {o}"));
        }
    }
}

#[test]
fn convolutions_of_no_pictures_give_none_and_gradients_of_zero() {
    if !enabled() {
        return;
    }
    for (groups, outputs) in [(1, 6), (2, 12), (3, 3), (6, 6), (2, 40)] {
        let geometry = Geometry { groups, ..Geometry::square(3, 1, 1) };
        let mut draw = Draw::case("none", 0);
        let (x, bias) = (draw.tracked([0, 6, 5, 4]), draw.tracked([outputs]));
        let down = draw.tracked([outputs, 6 / groups, 3, 3]);
        let up = draw.tracked([6, outputs / groups, 3, 3]);
        let none = Activation::Leaky(0.2);
        let y = conv2d(x.clone(), down.clone(), Some(bias.clone()), geometry, none);
        let z = conv_transpose2d(x.clone(), up.clone(), Some(bias.clone()), geometry, [0; 2], none);
        for (output, weight) in [(y, down), (z, up)] {
            assert_eq!(output.dims(), [0, outputs, 5, 4]);
            let weights = output.clone().inner().autodiff();
            let [output, for_x, for_weight, for_bias] = all(output, &weights, [&x, &weight], &bias);
            assert!(output.is_empty() && for_x.is_empty());
            let is_zero = |values: &[f32], count| values.len() == count && values.iter().all(|&v| v == 0.0);
            assert!(is_zero(&for_weight, weight.shape().num_elements()) && is_zero(&for_bias, outputs));
        }
    }
}

#[test]
fn passes_over_nothing_give_nothing() {
    if !enabled() {
        return;
    }
    let mut draw = Draw::case("nothing", 0);
    let back = |y: Tensor<4>, x: &Tensor<4>| x.grad(&y.sum().backward()).expect("a gradient").dims();
    for shape in [[0, 3, 4, 6], [2, 0, 4, 6], [2, 3, 0, 6], [2, 3, 4, 0]] {
        let [n, channels, height, width] = shape;
        let x = draw.tracked(shape);
        let plain = x.clone().inner();
        let (factors, each) = (draw.tensor([n, channels]), draw.tensor([channels]));
        let plans: Arc<[Plan]> = vec![Plan { place: [0.5; 6], ..Plan::NOTHING }; n].into();
        let half = Resample::half([height, width], Beyond::OtherSide);
        let leaky = Activation::Leaky(0.2);
        for (y, out) in [
            (activate(x.clone(), leaky), shape),
            (dropout(x.clone(), 0.5, |_, bytes| bytes.fill(0)), shape),
            (bend(x.clone(), plain.clone(), leaky), shape),
            (modulate(x.clone(), factors.clone().autodiff(), factors.autodiff(), leaky), shape),
            (warp(x.clone(), &plans), shape),
            (half.forward(x.clone()), [n, channels, height.div_ceil(2), width.div_ceil(2)]),
        ] {
            assert_eq!((y.dims(), back(y, &x)), (out, shape));
        }
        let two = [each.clone(), each.clone()];
        assert_eq!(batch_norm_apply(plain.clone(), two.clone(), two, 1e-5, leaky).dims(), shape);
        if height * width > 0 {
            assert_eq!(pool2d(plain, Pool::Max, 3, 2, 1).dims(), [n, channels, 2, 3]);
        }
    }
    for shape in [[0, 3], [3, 0]] {
        let (logits, x) = (draw.tracked(shape), draw.tracked(shape));
        let y = bernoulli(logits.clone(), x.clone());
        assert_eq!(values(y.clone()), vec![0.0; shape[0]]);
        let gradients = y.sum().backward();
        assert!([logits, x].iter().all(|x| x.grad(&gradients).expect("a gradient").dims() == shape));
    }
    let (none, rule) = (draw.tensor([0]), Rule::Momentum { rate: 0.1, mean: [0.9, 1.0] });
    let (new, squares) = step(rule, none.clone(), none.clone(), Beside::default());
    assert_eq!((new.dims(), squares, blend(none.clone(), none, 0.5).dims()), ([0], 0.0, [0]));
}

/// What a refusal says.
fn refusal<T>(work: impl FnOnce() -> T) -> String {
    let refused = catch_unwind(AssertUnwindSafe(work)).err().expect("it is refused");
    let words = refused.downcast_ref::<String>().cloned();
    words.or_else(|| refused.downcast_ref::<&str>().map(|&words| words.to_owned())).expect("words")
}

#[test]
fn sizes_that_do_not_belong_together_are_refused() {
    let mut draw = Draw::case("refused", 0);
    let (good, none) = (Geometry::square(3, 1, 1), Activation::None);
    let mut down = |x: [usize; 4], weight: [usize; 4], bias: usize, geometry: Geometry| {
        let (x, weight, bias) = (draw.tensor(x), draw.tensor(weight), draw.tensor([bias]));
        let turned = weight.clone().swap_dims(0, 1);
        let up = |x| conv_transpose2d(x, turned, Some(bias.clone()), geometry, [0; 2], none);
        [refusal(|| up(x.clone())), refusal(|| conv2d(x, weight, Some(bias.clone()), geometry, none))]
    };
    for (x, weight, bias, geometry, answer) in [
        ([2, 4, 5, 5], [6, 4, 3, 3], 5, good, "a bias of Some([5]) for 6 channels"),
        ([2, 4, 5, 5], [6, 3, 3, 3], 6, good, "the weight of a convolution"),
        ([2, 4, 5, 5], [6, 4, 5, 3], 6, good, "the weight of a convolution"),
        ([2, 0, 5, 5], [6, 0, 3, 3], 6, good, "no channels"),
        ([2, 4, 5, 5], [0, 4, 3, 3], 0, good, "no channels"),
        ([2, 4, 0, 5], [6, 4, 3, 3], 6, good, "no pixels"),
        ([2, 5, 5, 5], [6, 2, 3, 3], 6, Geometry { groups: 2, ..good }, "5 channels in 2 equal groups"),
        ([2, 4, 5, 5], [6, 4, 3, 3], 6, Geometry { groups: 0, ..good }, "0 equal groups"),
        ([2, 4, 5, 5], [6, 4, 3, 3], 6, Geometry { stride: [1, 0], ..good }, "a stride"),
    ] {
        let said = down(x, weight, bias, geometry);
        assert!(said.iter().all(|said| said.contains(answer)), "{answer}: {said:?}");
    }
    let mut dense = |x: [usize; 2], weight: [usize; 2], bias: usize| {
        let (x, weight, bias) = (draw.tensor(x), draw.tensor(weight), draw.tensor([bias]));
        refusal(|| linear(x, weight, Some(bias), none))
    };
    assert!(dense([2, 3], [4, 5], 5).contains("inputs of a batch"));
    assert!(dense([2, 3], [3, 5], 4).contains("a bias of Some([4]) for 5 outputs"));
}

#[test]
fn sizes_that_no_memory_holds_are_refused_before_any_is_taken() {
    let mut draw = Draw::case("huge", 0);
    let (x, weight) = (draw.tensor([3, 2, 2, 2]), draw.tensor([2, 2, 1, 1]));
    for (stride, answer) in [(1 << 31, "no memory holds"), (usize::MAX, "too large")] {
        let up = |x| {
            conv_transpose2d(
                x,
                weight.clone(),
                None,
                Geometry::square(1, stride, 0),
                [0; 2],
                Activation::None,
            )
        };
        let said = refusal(|| up(x.clone()));
        assert!(said.contains(answer), "{said}");
    }
    let padded = Geometry { padding: [1 << 31; 2], ..Geometry::square(1, 1, 0) };
    let said = refusal(|| conv2d(x.clone(), weight, None, padded, Activation::None));
    assert!(said.contains("no memory holds"), "{said}");
    // Its frame alone, not its output, is too large for steps.
    let sparse = Geometry { padding: [1 << 16; 2], stride: [1 << 17; 2], ..Geometry::square(1, 1, 0) };
    if enabled() {
        let said = refusal(|| conv2d(x.clone(), draw.tensor([5, 2, 1, 1]), None, sparse, Activation::None));
        assert!(said.contains("framed pictures of [1, 1, 2, 131073, 131073]"), "{said}");
    }
    let huge = draw.tensor([1 << 33, 0]);
    let said = refusal(|| linear(huge, draw.tensor([0, 1 << 33]), None, Activation::None));
    assert!(said.contains("a dense layer of [8589934592, 8589934592]"), "{said}");
    let said = refusal(|| pool2d(x, Pool::Max, usize::MAX, 1, usize::MAX / 2 + 1));
    assert!(said.contains("is too large"), "{said}");
}

#[test]
fn norms_windows_memory_and_steps_of_nothing_are_refused() {
    let mut draw = Draw::case("refused", 1);
    let each = draw.tensor([3]);
    for shape in [[0, 3, 4, 4], [2, 3, 0, 4]] {
        let x = draw.tensor(shape);
        let norm = || batch_norm_train(x, each.clone(), each.clone(), 1e-5, Activation::None);
        assert!(refusal(norm).contains("the mean of no values"));
    }
    let mut pool = |size: usize, kernel, stride, padding| {
        let x = draw.tensor([1, 1, size, 4]);
        refusal(|| pool2d(x, Pool::Mean, kernel, stride, padding))
    };
    assert!(pool(0, 2, 1, 1).contains("which have no pixels"));
    assert!(pool(4, 2, 0, 1).contains("a stride of 0") && pool(4, 0, 1, 0).contains("windows of 0"));
    for to in [[0, 4], [3, 4], [17, 4]] {
        let way = Resample { from: [8, 4], to, beyond: Beyond::Border };
        let x = draw.tensor([1, 1, 8, 4]);
        assert!(refusal(|| way.forward(x)).contains("neither half nor double"));
    }
    let (weight, rule) = (draw.tensor([5]), Rule::Momentum { rate: 0.1, mean: [0.9, 1.0] });
    for (mean, average, answer) in [(4, 0, "a mean of 4"), (0, 0, "a mean of 0"), (5, 6, "an average of 6")] {
        let (mut mean, mut average) = (vec![0.0; mean], vec![0.0; average]);
        let beside = Beside { mean: &mut mean, average: &mut average, ..Beside::default() };
        let said = refusal(|| step(rule, weight.clone(), weight.clone(), beside));
        assert!(said.contains(answer), "{said}");
    }
    let plans: Arc<[Plan]> = vec![Plan { place: [0.5; 6], ..Plan::NOTHING }].into();
    let wide = draw.tensor([1, 0, 1, (1 << 24) + 1]);
    assert!(refusal(|| warp(wide, &plans)).contains("1 x 16777217"));
}
