//! What models are trained to translate from, made of ordinary pictures: their brightness, their edges, the same smaller,
//! the same with holes; and noise beside what was pasted together.
//!
//! Everything takes and gives `[n, channels, height, width]` in [-1, 1]; colours are multiplied by alpha where there is one.

use burn::tensor::Tensor;
use impasto_nn::layers::mean_pool;
use impasto_nn::{Beyond, Resample, tensor};
use impasto_random::Random;

/// How much of red, green and blue the eye takes for brightness (ITU-R BT.601).
const LUMA: [f64; 3] = [0.299, 0.587, 0.114];
/// Brightness that changes by less than this within a pixel, of 2 from black to white, makes no line,
const FAINT: f64 = 0.1;
/// and by this much a black one.
const CLEAR: f64 = 0.6;
/// Noise is drawn anew after so many pixels: what it changes is as large as parts of things, not grain.
const CELL: usize = 16;

/// The brightness of pictures, and their alpha where they have one: `[n, 1 or 2, h, w]`.
pub fn grey(pictures: Tensor<4>) -> Tensor<4> {
    let luma = luma(pictures.clone());
    if pictures.dims()[1] == 4 { Tensor::cat(vec![luma, pictures.narrow(1, 3, 1)], 1) } else { luma }
}

/// What [`grey`] gives, as pictures of so many channels again.
pub fn in_channels(grey: Tensor<4>, channels: usize) -> Tensor<4> {
    let luma = grey.clone().narrow(1, 0, 1);
    match channels {
        1 => luma,
        3 => Tensor::cat(vec![luma; 3], 1),
        _ => Tensor::cat(vec![luma.clone(), luma.clone(), luma, grey.narrow(1, 1, 1)], 1),
    }
}

/// The edges of pictures as dark lines on white, by Sobel's filter: `[n, 1, h, w]`. What is transparent lies on white.
pub fn lines(pictures: Tensor<4>) -> Tensor<4> {
    let mut bright = luma(pictures.clone());
    if pictures.dims()[1] == 4 {
        bright = bright - pictures.narrow(1, 3, 1) + 1.0;
    }
    let [_, _, height, width] = bright.dims();
    let framed = [2, 3].into_iter().fold(bright, framed);
    let at = |down, right| framed.clone().narrow(2, down, height).narrow(3, right, width);
    let across = (at(0, 2) + at(1, 2) * 2.0 + at(2, 2)) - (at(0, 0) + at(1, 0) * 2.0 + at(2, 0));
    let down = (at(2, 0) + at(2, 1) * 2.0 + at(2, 2)) - (at(0, 0) + at(0, 1) * 2.0 + at(0, 2));
    let change = (across.square() + down.square()).sqrt() / 4.0;
    ((change - FAINT) / (CLEAR - FAINT)).clamp(0.0, 1.0) * -2.0 + 1.0
}

/// The means of squares of `times` pixels: `[n, c, h / times, w / times]`.
///
/// # Panics
/// When a side is no multiple of `times`.
pub fn shrunk(pictures: Tensor<4>, times: usize) -> Tensor<4> {
    let [.., height, width] = pictures.dims();
    assert!(
        height.is_multiple_of(times) && width.is_multiple_of(times),
        "{width} x {height} pixels in squares of {times}"
    );
    mean_pool(pictures, times, times, 0)
}

/// `times` as large, a power of two, by linear interpolation.
pub fn grown(pictures: Tensor<4>, times: usize) -> Tensor<4> {
    (0..times.ilog2()).fold(pictures, |x, _| {
        let [.., height, width] = x.dims();
        Resample::back_to([2 * height, 2 * width], Beyond::Border).forward(x)
    })
}

/// Pictures with holes in them, which are grey, and the holes as one channel more. `holes` is `[n, 1, h, w]`: 1 in a hole,
/// -1 elsewhere.
pub fn with_holes(pictures: Tensor<4>, holes: Tensor<4>) -> Tensor<4> {
    let kept = (holes.clone() - 1.0) * -0.5;
    Tensor::cat(vec![pictures * kept, holes], 1)
}

/// Collages, how strongly each may be changed, and `noise` channels of smooth noise of that strength:
/// `[n, c + 1 + noise, h, w]`.
///
/// # Panics
/// When there is not one strength for each.
pub fn pasted(collages: Tensor<4>, strengths: &[f32], noise: usize, random: &mut Random) -> Tensor<4> {
    let [n, _, height, width] = collages.dims();
    assert_eq!(strengths.len(), n, "one strength for each collage");
    let strength = tensor::<4>(strengths.to_vec(), [n, 1, 1, 1], &collages.device());
    let strength = strength.expand([n, 1, height, width]);
    let [rows, columns] = [height, width].map(|side| side.div_ceil(CELL) + 1);
    let coarse = random.normals(n * noise * rows * columns);
    let smooth = grown(tensor(coarse, [n, noise, rows, columns], &collages.device()), CELL);
    let smooth = smooth.narrow(2, 0, height).narrow(3, 0, width) * strength.clone();
    Tensor::cat(vec![collages, strength, smooth], 1)
}

fn luma(pictures: Tensor<4>) -> Tensor<4> {
    if pictures.dims()[1] == 1 {
        return pictures;
    }
    let part = |channel: usize| pictures.clone().narrow(1, channel, 1) * LUMA[channel];
    part(0) + part(1) + part(2)
}

/// With the first and the last row (or column) once more.
fn framed(x: Tensor<4>, side: usize) -> Tensor<4> {
    let last = x.dims()[side] - 1;
    Tensor::cat(vec![x.clone().narrow(side, 0, 1), x.clone(), x.narrow(side, last, 1)], side)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use impasto_nn::values;

    fn noise(channels: usize, side: usize) -> Tensor<4> {
        let values = Random::new(1, "pictures", 0).uniforms(2 * channels * side * side, -1.0, 1.0);
        tensor(values, [2, channels, side, side], &Device::flex())
    }

    fn near(a: Tensor<4>, b: Tensor<4>) -> bool {
        values((a - b).abs().max())[0] < 1e-5
    }

    #[test]
    fn grey_of_colour_is_luma_and_grey_of_grey_is_itself() {
        let pixel = tensor(vec![1.0, -1.0, 0.5], [1, 3, 1, 1], &Device::flex());
        assert!((values(grey(pixel))[0] - (0.299 - 0.587 + 0.057)).abs() < 1e-6);
        assert!(near(grey(noise(1, 4)), noise(1, 4)));
        let white = Tensor::<4>::ones([1, 3, 2, 2], &Device::flex());
        assert!(near(in_channels(grey(white.clone()), 3), white));
        let clear = noise(4, 4);
        assert_eq!(grey(clear.clone()).dims(), [2, 2, 4, 4]);
        assert!(near(in_channels(grey(clear.clone()), 4).narrow(1, 3, 1), clear.narrow(1, 3, 1)));
    }

    #[test]
    fn edges_find_a_square_and_nothing_else() {
        let inside = |at: usize| (4..12).contains(&(at / 16)) && (4..12).contains(&(at % 16));
        let pixels = (0..256).map(|at| if inside(at) { 1.0 } else { -1.0 }).collect();
        let lines = values(lines(tensor(pixels, [1, 1, 16, 16], &Device::flex())));
        let at = |x: usize, y: usize| lines[y * 16 + x];
        for place in 5..11 {
            for (x, y) in [(4, place), (11, place), (place, 4), (place, 11)] {
                assert_eq!(at(x, y), -1.0, "a line at {x}, {y}");
            }
        }
        for (x, y) in [(0, 0), (8, 8), (2, 8), (14, 14), (15, 7)] {
            assert_eq!(at(x, y), 1.0, "no line at {x}, {y}");
        }
    }

    #[test]
    fn what_is_cut_out_has_an_outline_even_when_it_is_black() {
        let inside = |at: usize| (4..12).contains(&(at / 16)) && (4..12).contains(&(at % 16));
        let alpha: Vec<f32> = (0..256).map(|at| if inside(at) { 1.0 } else { -1.0 }).collect();
        let pixels = [vec![-1.0; 3 * 256], alpha].concat();
        let lines = values(lines(tensor(pixels, [1, 4, 16, 16], &Device::flex())));
        assert_eq!((lines[8 * 16 + 4], lines[0], lines[8 * 16 + 8]), (-1.0, 1.0, 1.0));
    }

    #[test]
    fn a_smaller_picture_keeps_the_means_and_grows_back_to_its_size() {
        let (large, small) = (noise(3, 8), shrunk(noise(3, 8), 4));
        assert_eq!(small.dims(), [2, 3, 2, 2]);
        let corner = large.clone().slice([0..1, 0..1, 0..4, 0..4]);
        let mean = values(corner.mean())[0];
        assert!((values(small.clone())[0] - mean).abs() < 1e-6);
        assert!((values(small.clone().mean())[0] - values(large.mean())[0]).abs() < 1e-6);
        assert_eq!(grown(small, 4).dims(), [2, 3, 8, 8]);
        let flat = Tensor::<4>::ones([1, 3, 3, 5], &Device::flex()) * 0.3;
        assert!(near(grown(flat, 2), Tensor::<4>::ones([1, 3, 6, 10], &Device::flex()) * 0.3));
    }

    #[test]
    fn holes_are_grey_and_the_rest_is_kept() {
        let holes = tensor(vec![1.0, -1.0, -1.0, 1.0], [1, 1, 2, 2], &Device::flex());
        let picture = tensor(vec![0.5, 0.6, 0.7, 0.8], [1, 1, 2, 2], &Device::flex());
        assert_eq!(values(with_holes(picture, holes)), [0.0, 0.6, 0.7, 0.0, 1.0, -1.0, -1.0, 1.0]);
    }
    #[test]
    fn noise_is_smooth_and_as_strong_as_was_asked_for() {
        let pictures = Tensor::<4>::zeros([2, 3, 40, 24], &Device::flex());
        let of = |seed| pasted(pictures.clone(), &[0.0, 0.5], 2, &mut Random::new(seed, "noise", 0));
        let given = of(1);
        assert_eq!(given.dims(), [2, 6, 40, 24]);
        let still = given.clone().narrow(0, 0, 1);
        assert_eq!(values(still.abs().max()), [0.0], "no strength, no noise");
        let moved = given.narrow(0, 1, 1);
        assert_eq!(values(moved.clone().narrow(1, 3, 1).min()), [0.5]);
        let noise = moved.narrow(1, 4, 2);
        let step = noise.clone().narrow(3, 1, 23) - noise.clone().narrow(3, 0, 23);
        let [steps, all] = [step, noise].map(|x| values(x.square().mean())[0]);
        assert!(all > 0.02 && steps < 0.05 * all, "{steps} of {all}");
        assert_ne!(values(of(1)), values(of(2)));
    }
}
