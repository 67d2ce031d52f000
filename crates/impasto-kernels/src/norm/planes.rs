//! One channel at a time: `rows` planes of `area` values.

use std::array::from_fn;

use super::view::{Affine, Back, LANES, Layout, Moments, View};
use crate::activation::{with_activation, with_derivative};
use crate::dispatch::vectorised;
use crate::room::Room;

/// Values that are added up in f32 before their sums are added up in f64.
const STRETCH: usize = 64 * LANES;

vectorised! {
    /// Writes the channel, and gives its moments.
    pub(super) fn train(view: &View<'_>, channel: usize, room: &Room) -> Moments {
        let (layout, x) = (view.layout, view.x);
        let [total] = sums(layout, channel, [x; 3], |[x, ..]| [x]);
        let mean = (total / layout.count()) as f32;
        let [spread] = sums(layout, channel, [x; 3], |[x, ..]| [(x - mean) * (x - mean)]);
        let moments = Moments { mean, variance: (spread / layout.count()) as f32 };
        write(view, channel, moments, room);
        moments
    }
}

vectorised! {
    /// Writes the channel, whose moments are known.
    pub(super) fn apply(view: &View<'_>, channel: usize, moments: Moments, room: &Room) {
        write(view, channel, moments, room);
    }
}

vectorised! {
    /// Writes the gradient of `x`, where there is room for it, and gives those of scale and shift. `after` is the
    /// gradient behind the activation and its output.
    pub(super) fn backward(
        view: &View<'_>,
        channel: usize,
        moments: Moments,
        after: [&[f32]; 2],
        room: Option<&Room>,
    ) -> [f32; 2] {
        let (layout, [gradient, output]) = (view.layout, after);
        let affine = view.affine(channel, moments);
        let streams = [view.x, gradient, output];
        with_derivative!(view.activation, |bend| {
            let totals = sums(layout, channel, streams, |[x, g, y]| {
                let dz = bend(g, affine.of(x), y);
                [dz, dz * (x - affine.mean)]
            });
            let back = view.back(affine, totals);
            if let Some(room) = room {
                let Back { level, tilt, .. } = back;
                map(layout, channel, streams, room, |[x, g, y]| {
                    affine.factor * bend(g, affine.of(x), y) - level - (x - affine.mean) * tilt
                });
            }
            back.sums
        })
    }
}

#[inline(always)]
fn write(view: &View<'_>, channel: usize, moments: Moments, room: &Room) {
    let affine: Affine = view.affine(channel, moments);
    with_activation!(view.activation, |after| {
        map(view.layout, channel, [view.x; 3], room, |[x, ..]| after(affine.of(x)))
    });
}

/// Where each plane of the channel begins.
#[inline(always)]
fn planes(layout: Layout, channel: usize) -> impl Iterator<Item = usize> {
    (0..layout.rows).map(move |row| (row * layout.channels + channel) * layout.area)
}

/// The sums of some terms over the channel.
#[inline(always)]
fn sums<const K: usize>(
    layout: Layout,
    channel: usize,
    streams: [&[f32]; 3],
    term: impl Fn([f32; 3]) -> [f32; K],
) -> [f64; K] {
    let mut totals = [[0f64; LANES]; K];
    for plane in planes(layout, channel) {
        for start in (plane..plane + layout.area).step_by(STRETCH) {
            let end = (plane + layout.area).min(start + STRETCH);
            let partial = partial_sums(streams.map(|stream| &stream[start..end]), &term);
            for (totals, partial) in totals.iter_mut().zip(partial) {
                totals.iter_mut().zip(partial).for_each(|(total, sum)| *total += f64::from(sum));
            }
        }
    }
    totals.map(|lanes| lanes.iter().sum())
}

/// The same lane by lane over a stretch.
#[inline(always)]
fn partial_sums<const K: usize>(
    [a, b, c]: [&[f32]; 3],
    term: &impl Fn([f32; 3]) -> [f32; K],
) -> [[f32; LANES]; K] {
    let mut sums = [[0f32; LANES]; K];
    let [a, b, c] = [a, b, c].map(|stream| stream.as_chunks::<LANES>());
    for ((a, b), c) in a.0.iter().zip(b.0).zip(c.0) {
        for lane in 0..LANES {
            let terms = term([a[lane], b[lane], c[lane]]);
            (0..K).for_each(|k| sums[k][lane] += terms[k]);
        }
    }
    for (lane, ((&a, &b), &c)) in a.1.iter().zip(b.1).zip(c.1).enumerate() {
        let terms = term([a, b, c]);
        (0..K).for_each(|k| sums[k][lane] += terms[k]);
    }
    from_fn(|k| sums[k])
}

/// Writes the channel.
#[inline(always)]
fn map(layout: Layout, channel: usize, streams: [&[f32]; 3], room: &Room, value: impl Fn([f32; 3]) -> f32) {
    for plane in planes(layout, channel) {
        let [a, b, c] = streams.map(|stream| &stream[plane..plane + layout.area]);
        // SAFETY: a channel is worked on by one thread, and its planes don't overlap.
        let place = unsafe { room.part(plane, layout.area) };
        for (((place, &a), &b), &c) in place.iter_mut().zip(a).zip(b).zip(c) {
            place.write(value([a, b, c]));
        }
    }
}
