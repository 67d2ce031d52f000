//! Batch norm with the activation that follows it (Ioffe and Szegedy, 2015).
//!
//! A channel is read from memory once: its mean, the spread around it and the result follow while it is in the cache.
//! Of `[n, channels, area]`, large areas are walked [plane by plane](planes); where a channel is a column or a few of
//! them, a [block of columns](columns) is walked row by row.

mod columns;
mod planes;
#[cfg(test)]
mod tests;
mod view;

use burn::tensor::module::{batch_norm, batch_norm_train as burns_batch_norm_train};
use burn::tensor::{Tensor, TensorData};

use self::view::{Layout, Moments, View};
use crate::activation::composed;
use crate::record::{Operand, record};
use crate::room::Room;
use crate::{Activation, covers};

/// Normalises each channel of `[n, channels, ...]` over the batch, scales, shifts, and applies the activation. Gives
/// also the batch's mean and variance (its own, not the unbiased one), outside of any gradient.
///
/// # Panics
/// When `scale` or `shift` has not one value for each channel, and when a channel has no values.
pub fn batch_norm_train<const D: usize>(
    x: Tensor<D>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f64,
    activation: Activation,
) -> (Tensor<D>, [Tensor<1>; 2]) {
    let device = x.device().inner();
    let (shape, layout) = (x.dims(), Layout::of(x.dims(), [&scale, &shift]));
    assert!(layout.count() > 0.0, "the mean of no values: a norm over a batch of {shape:?}");
    if !covers(&device) {
        let out = burns_batch_norm_train(x, scale, shift, epsilon);
        return (composed(out.output, activation), [out.mean.inner(), out.variance.inner()]);
    }
    let [x, scale, shift] = [Operand::new(x), Operand::new(scale), Operand::new(shift)];
    let view = View { layout, x: x.slice(), scale: scale.slice(), shift: shift.slice(), epsilon, activation };
    let (output, moments) = train(&view);
    let outside = [|m: &Moments| m.mean, |m: &Moments| m.variance].map(|read| {
        let values: Vec<f32> = moments.iter().map(read).collect();
        Tensor::from_data(TensorData::new(values, [layout.channels]), &device)
    });
    let kept = [x.kept(), scale.kept(), shift.kept()];
    let output = record([x, scale, shift], output, shape, move |gradient, output, [wanted, ..]| {
        let [x, scale, shift] = kept.each_ref().map(|kept| kept.slice());
        let view = View { layout, x, scale, shift, epsilon, activation };
        let (dx, [dscale, dshift]) = backward(&view, &moments, gradient, output, wanted);
        [dx, Some(dscale), Some(dshift)]
    });
    (output, outside)
}

/// The same with a mean and a variance that are known, as when painting.
///
/// # Panics
/// When `scale`, `shift`, `mean` or `variance` has not one value for each channel.
pub fn batch_norm_apply<const D: usize>(
    x: Tensor<D>,
    [scale, shift]: [Tensor<1>; 2],
    [mean, variance]: [Tensor<1>; 2],
    epsilon: f64,
    activation: Activation,
) -> Tensor<D> {
    let (shape, layout) = (x.dims(), Layout::of(x.dims(), [&scale, &shift, &mean, &variance]));
    if shape.contains(&0) {
        return x;
    }
    // Nothing is learned while painting, so a gradient through this has no kernel of its own.
    let learning = x.is_autodiff() || [&scale, &shift, &mean, &variance].iter().any(|t| t.is_autodiff());
    if learning || !covers(&x.device()) {
        return composed(batch_norm(x, scale, shift, mean, variance, epsilon), activation);
    }
    let x = Operand::new(x);
    let [scale, shift, mean, variance] = [scale, shift, mean, variance].map(Operand::new);
    let pairs = mean.slice().iter().zip(variance.slice());
    let moments: Vec<Moments> = pairs.map(|(&mean, &variance)| Moments { mean, variance }).collect();
    let view = View { layout, x: x.slice(), scale: scale.slice(), shift: shift.slice(), epsilon, activation };
    let output = apply(&view, &moments);
    record([x], output, shape, |_, _, _| [None])
}

fn train(view: &View<'_>) -> (Vec<f32>, Vec<Moments>) {
    let room = Room::new(view.x.len());
    let moments = view.layout.each_group(|channels| match view.layout.by_plane() {
        true => vec![planes::train(view, channels.start, &room)],
        false => columns::train(view, channels, &room),
    });
    // SAFETY: the groups are all channels, and each writes its own.
    (unsafe { room.filled() }, moments)
}

fn apply(view: &View<'_>, moments: &[Moments]) -> Vec<f32> {
    let room = Room::new(view.x.len());
    view.layout.each_group(|channels| {
        match view.layout.by_plane() {
            true => planes::apply(view, channels.start, moments[channels.start], &room),
            false => columns::apply(view, channels.clone(), &moments[channels], &room),
        }
        Vec::<()>::new()
    });
    // SAFETY: as above.
    unsafe { room.filled() }
}

/// The gradients of `x`, where it is wanted, and of scale and shift.
fn backward(
    view: &View<'_>,
    moments: &[Moments],
    gradient: &[f32],
    output: &[f32],
    wanted: bool,
) -> (Option<Vec<f32>>, [Vec<f32>; 2]) {
    let room = wanted.then(|| Room::new(view.x.len()));
    let after = [gradient, output];
    let sums = view.layout.each_group(|channels| match view.layout.by_plane() {
        true => vec![planes::backward(view, channels.start, moments[channels.start], after, room.as_ref())],
        false => columns::backward(view, channels.clone(), &moments[channels], after, room.as_ref()),
    });
    let both = [0, 1].map(|which| sums.iter().map(|sums: &[f32; 2]| sums[which]).collect());
    // SAFETY: as above.
    (room.map(|room| unsafe { room.filled() }), both)
}
