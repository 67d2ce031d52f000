//! Pictures seen from elsewhere: each picture of a batch is moved, recoloured and partly hidden, in one pass.
//!
//! A pixel of the result looks up where it comes from, an affine function of its place, and mixes the four pixels around
//! that point; then its channels are mixed; then a rectangle becomes zero. Beyond the picture its border repeats: on a
//! plain background, which small sets often have, nothing shows, where a constant would draw an edge.
//!
//! Pictures are shared by threads, and each is walked by one of them, so results don't depend on the threads.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Int, Tensor, TensorData};
use rayon::prelude::*;

use crate::covers;
use crate::dispatch::vectorised;
use crate::record::{Operand, record};
use crate::room::CHUNK;

/// What happens to one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// `[xx, xy, x, yx, yy, y]`: the pixel in column `c` and row `r` shows what is at column `xx c + xy r + x` and row
    /// `yx c + yy r + y`.
    pub place: [f32; 6],
    /// A row for each channel: the share of every channel, and what is added. Empty: channels stay as they are.
    pub colours: Vec<f32>,
    /// The columns and rows that become zero; what lies outside of the picture is left out.
    pub hole: [Range<usize>; 2],
}

impl Plan {
    /// Every pixel where it is.
    pub const STAY: [f32; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

    /// Nothing happens.
    pub const NOTHING: Self = Self { place: Self::STAY, colours: Vec::new(), hole: [0..0, 0..0] };

    fn moves(&self) -> bool {
        self.place != Self::STAY
    }

    fn hides(&self, row: usize) -> Range<usize> {
        if self.hole[1].contains(&row) { self.hole[0].clone() } else { 0..0 }
    }
}

/// Does with each picture of `[n, channels, height, width]` what its plan says. A picture whose plan says nothing is
/// copied to the bit.
///
/// # Panics
/// When there is not one plan for each picture, or one whose colours are those of another number of channels, and when a
/// picture has too many pixels.
pub fn warp(x: Tensor<4>, plans: &Arc<[Plan]>) -> Tensor<4> {
    let shape @ [n, channels, ..] = x.dims();
    assert_eq!(plans.len(), n, "plans and pictures");
    let fits =
        |plan: &Plan| matches!(plan.colours.len(), len if len == 0 || len == channels * (channels + 1));
    assert!(plans.iter().all(fits), "plans for other pictures than those of {channels} channels");
    let size = Size::of(shape);
    if n * size.values() == 0 {
        return x;
    }
    if !covers(&x.device()) {
        return composed(x, plans);
    }
    let x = Operand::new(x);
    let output = each_picture(x.slice(), size, plans, forward);
    let plans = Arc::clone(plans);
    record([x], output, shape, move |gradient, _, _| [Some(each_picture(gradient, size, &plans, backward))])
}

/// Up to this place a float names every pixel of a row or column.
const LONGEST: usize = 1 << f32::MANTISSA_DIGITS;

/// The size of pictures whose pixels an `i32` counts.
#[derive(Debug, Clone, Copy)]
struct Size {
    channels: usize,
    height: usize,
    width: usize,
}

impl Size {
    /// # Panics
    /// When a picture has more pixels than that.
    fn of([_, channels, height, width]: [usize; 4]) -> Self {
        let pixels = height.checked_mul(width).and_then(|pixels| i32::try_from(pixels).ok());
        let fits = pixels.is_some() && height.max(width) <= LONGEST;
        assert!(
            fits,
            "a picture of {height} x {width} pixels is too large: its sides may have 2^24, and all of it 2^31"
        );
        Self { channels, height, width }
    }

    fn area(self) -> usize {
        self.height * self.width
    }

    fn values(self) -> usize {
        self.channels * self.area()
    }

    /// From a pixel to its neighbours on the right and below; a picture of one column or row has none.
    fn steps(self) -> [usize; 2] {
        [usize::from(self.width > 1), if self.height > 1 { self.width } else { 0 }]
    }
}

/// What a thread needs besides a picture: where a row comes from, and a row of every channel.
struct Desk {
    spots: Spots,
    row: Vec<f32>,
}

/// Makes pictures from pictures; `one` finds zeros where it writes.
fn each_picture(
    from: &[f32],
    size: Size,
    plans: &[Plan],
    one: impl Fn(&Plan, Size, &[f32], &mut [f32], &mut Desk) + Sync,
) -> Vec<f32> {
    let mut out = vec![0f32; from.len()];
    let values = size.values().max(1);
    let desk = || Desk { spots: Spots::new(size.width), row: vec![0f32; size.channels * size.width] };
    out.par_chunks_exact_mut(values)
        .with_min_len((CHUNK / 4 / values).max(1))
        .zip(from.par_chunks_exact(values))
        .zip(plans)
        .for_each_init(desk, |desk, ((out, from), plan)| match *plan == Plan::NOTHING {
            true => out.copy_from_slice(from),
            false => one(plan, size, from, out, desk),
        });
    out
}

fn forward(plan: &Plan, size: Size, from: &[f32], out: &mut [f32], Desk { spots, row }: &mut Desk) {
    let Size { width, .. } = size;
    for y in 0..size.height {
        spots.find(&plan.place, size, y);
        for (line, plane) in row.chunks_exact_mut(width).zip(from.chunks_exact(size.area())) {
            if plan.moves() {
                look_up(spots, size.steps(), plane, line);
            } else {
                line.copy_from_slice(&plane[y * width..][..width]);
            }
        }
        for (channel, plane) in out.chunks_exact_mut(size.area()).enumerate() {
            let line = &mut plane[y * width..][..width];
            match plan.colours.chunks_exact(size.channels + 1).nth(channel) {
                Some(colours) => {
                    line.fill(colours[size.channels]);
                    row.chunks_exact(width).zip(colours).for_each(|(from, &share)| add(share, from, line));
                }
                None => line.copy_from_slice(&row[channel * width..][..width]),
            }
            line[clipped(plan.hides(y), width)].fill(0.0);
        }
    }
}

/// The same steps backwards, each turned round.
fn backward(plan: &Plan, size: Size, gradient: &[f32], out: &mut [f32], Desk { spots, row }: &mut Desk) {
    let Size { channels, width, .. } = size;
    for y in 0..size.height {
        spots.find(&plan.place, size, y);
        let lines = gradient.chunks_exact(size.area()).map(|plane| &plane[y * width..][..width]);
        if plan.colours.is_empty() {
            row.chunks_exact_mut(width).zip(lines).for_each(|(row, line)| row.copy_from_slice(line));
        } else {
            row.fill(0.0);
            for (line, colours) in lines.zip(plan.colours.chunks_exact(channels + 1)) {
                row.chunks_exact_mut(width).zip(colours).for_each(|(row, &share)| add(share, line, row));
            }
        }
        for (line, plane) in row.chunks_exact_mut(width).zip(out.chunks_exact_mut(size.area())) {
            line[clipped(plan.hides(y), width)].fill(0.0);
            if plan.moves() {
                give_back(spots, size.steps(), line, plane);
            } else {
                plane[y * width..][..width].copy_from_slice(line);
            }
        }
    }
}

fn clipped(range: Range<usize>, end: usize) -> Range<usize> {
    range.start.min(end)..range.end.min(end).max(range.start.min(end))
}

/// Where the pixels of a row come from: the pixel above and left of each place, and how far beyond it the place lies.
struct Spots {
    at: Vec<u32>,
    across: Vec<f32>,
    down: Vec<f32>,
}

impl Spots {
    fn new(width: usize) -> Self {
        Self { at: vec![0; width], across: vec![0.0; width], down: vec![0.0; width] }
    }

    fn find(&mut self, place: &[f32; 6], Size { height, width, .. }: Size, row: usize) {
        if *place != Plan::STAY {
            find(place, [height, width], row, &mut self.at, [&mut self.across, &mut self.down]);
        }
    }

    fn iter(&self) -> impl Iterator<Item = (usize, f32, f32)> {
        let beyond = self.across.iter().zip(&self.down);
        self.at.iter().zip(beyond).map(|(&at, (&across, &down))| (at as usize, across, down))
    }
}

vectorised! {
    fn find(place: &[f32; 6], size: [usize; 2], row: usize, at: &mut [u32], beyond: [&mut [f32]; 2]) {
        let [height, width] = size;
        let [xx, xy, x, yx, yy, y] = *place;
        // What is the same for the whole row is added first, so that moving by whole pixels is exact. Casts keep every
        // number, as `Size` has made sure.
        let (x, y) = (xy * row as f32 + x, yy * row as f32 + y);
        let ([last_column, last_row], [across, down]) = ([width - 1, height - 1].map(|v| v as i32), beyond);
        for (column, ((at, across), down)) in at.iter_mut().zip(across).zip(down).enumerate() {
            let (left, share_x) = between(xx * column as f32 + x, last_column);
            let (above, share_y) = between(yx * column as f32 + y, last_row);
            (*across, *down) = (share_x, share_y);
            *at = (above * width as i32 + left) as u32;
        }
    }
}

/// The number of the pixel before this place, and how far the place lies beyond it, 0 to 1.
#[inline(always)]
fn between(place: f32, last: i32) -> (i32, f32) {
    let place = place.max(0.0).min(last as f32);
    let before = (place as i32).min((last - 1).max(0));
    (before, place - before as f32)
}

/// The shares of the four pixels around a place.
#[inline(always)]
fn shares(across: f32, down: f32) -> [f32; 4] {
    [(1.0 - across) * (1.0 - down), across * (1.0 - down), (1.0 - across) * down, across * down]
}

fn look_up(spots: &Spots, [right, below]: [usize; 2], plane: &[f32], line: &mut [f32]) {
    for (value, (at, across, down)) in line.iter_mut().zip(spots.iter()) {
        let [a, b, c, d] = shares(across, down);
        let corners = &plane[at..=at + right + below];
        *value = corners[0] * a + corners[right] * b + (corners[below] * c + corners[right + below] * d);
    }
}

fn give_back(spots: &Spots, [right, below]: [usize; 2], line: &[f32], plane: &mut [f32]) {
    for (&value, (at, across, down)) in line.iter().zip(spots.iter()) {
        let [a, b, c, d] = shares(across, down);
        let corners = &mut plane[at..=at + right + below];
        corners[0] += value * a;
        corners[right] += value * b;
        corners[below] += value * c;
        corners[right + below] += value * d;
    }
}

vectorised! {
    fn add(share: f32, from: &[f32], to: &mut [f32]) {
        to.iter_mut().zip(from).for_each(|(to, &from)| *to += share * from);
    }
}

/// The same of Burn's operations.
fn composed(x: Tensor<4>, plans: &[Plan]) -> Tensor<4> {
    let (shape @ [n, channels, height, width], device) = (x.dims(), x.device().inner());
    let (size, area) = (Size::of(shape), height * width);
    let flat = x.clone().reshape([n, channels, area]);
    let (places, weights) = corners(size, plans);
    let mut moved = flat.zeros_like();
    for (places, weights) in places.into_iter().zip(weights) {
        let places = Tensor::<3, Int>::from_data(TensorData::new(places, [n, 1, area]), &device);
        let weights = Tensor::<3>::from_data(TensorData::new(weights, [n, 1, area]), &device);
        moved = moved + flat.clone().gather(2, places.expand([n, channels, area])) * weights;
    }
    let [mixed, added] = colours(channels, plans);
    let mixed = Tensor::<3>::from_data(TensorData::new(mixed, [n, channels, channels]), &device);
    let added = Tensor::<3>::from_data(TensorData::new(added, [n, channels, 1]), &device);
    let shown = Tensor::<4>::from_data(TensorData::new(shown(size, plans), [n, 1, height, width]), &device);
    let warped = (mixed.matmul(moved) + added).reshape(shape) * shown;
    let nothing: Vec<bool> = plans.iter().map(|plan| *plan == Plan::NOTHING).collect();
    let nothing = Tensor::<4, burn::tensor::Bool>::from_data(TensorData::new(nothing, [n, 1, 1, 1]), &device);
    warped.mask_where(nothing.expand(shape), x)
}

/// For each of the four pixels around a place: which it is and its share, for every pixel of every picture.
fn corners(size: Size, plans: &[Plan]) -> ([Vec<i32>; 4], [Vec<f32>; 4]) {
    let [right, below] = size.steps();
    let (mut places, mut weights): ([Vec<i32>; 4], [Vec<f32>; 4]) = Default::default();
    let mut spots = Spots::new(size.width);
    for (plan, y) in plans.iter().flat_map(|plan| (0..size.height).map(move |y| (plan, y))) {
        find(&plan.place, [size.height, size.width], y, &mut spots.at, [&mut spots.across, &mut spots.down]);
        for (at, across, down) in spots.iter() {
            let all = [0, right, below, right + below].into_iter().zip(shares(across, down));
            for ((step, share), (places, weights)) in all.zip(places.iter_mut().zip(&mut weights)) {
                places.push((at + step) as i32);
                weights.push(share);
            }
        }
    }
    (places, weights)
}

/// The matrices of all plans, and what they add.
fn colours(channels: usize, plans: &[Plan]) -> [Vec<f32>; 2] {
    let [mut mixed, mut added] = [Vec::new(), Vec::new()];
    for plan in plans {
        for channel in 0..channels {
            match plan.colours.chunks_exact(channels + 1).nth(channel) {
                Some(row) => {
                    mixed.extend(&row[..channels]);
                    added.push(row[channels]);
                }
                None => {
                    mixed.extend((0..channels).map(|other| f32::from(u8::from(other == channel))));
                    added.push(0.0);
                }
            }
        }
    }
    [mixed, added]
}

/// 0 in the holes, 1 elsewhere.
fn shown(size: Size, plans: &[Plan]) -> Vec<f32> {
    let mut shown = vec![1.0; plans.len() * size.area()];
    let rows = shown.chunks_exact_mut(size.width);
    let each = plans.iter().flat_map(|plan| (0..size.height).map(move |y| plan.hides(y)));
    rows.zip(each).for_each(|(row, hole)| row[clipped(hole, size.width)].fill(0.0));
    shown
}

#[cfg(test)]
mod tests;
