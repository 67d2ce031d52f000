//! How visible the seam is where copies of a picture are laid side by side.

use impasto_data::Picture;

/// The mean step of brightness across the seams, over that between neighbours inside, the larger of both directions. About
/// 1: no seam can be seen. 0 for pictures of a single brightness; infinite where only the seam has a step.
pub fn seam(picture: &Picture) -> f64 {
    let (width, height) = (picture.width(), picture.height());
    let lumas: Vec<f64> = super::lumas(picture).map(f64::from).collect();
    let across = |x: usize, y: usize| lumas[y * width + x];
    let down = |y: usize, x: usize| lumas[y * width + x];
    jump(width, height, &across).max(jump(height, width, &down))
}

/// Along one direction: `length` places in each of `lines`.
fn jump(length: usize, lines: usize, at: &dyn Fn(usize, usize) -> f64) -> f64 {
    let step =
        |from: usize, to: usize| (0..lines).map(|line| (at(from, line) - at(to, line)).abs()).sum::<f64>();
    let inside = (1..length).map(|place| step(place - 1, place)).sum::<f64>() / (length.max(2) - 1) as f64;
    let seam = step(length - 1, 0);
    if seam == 0.0 { 0.0 } else { seam / inside }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: usize, height: usize, at: impl Fn(usize, usize) -> f64) -> Picture {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let pixels = pixels.map(|(x, y)| at(x, y).round() as u8).collect();
        Picture::new(width, height, 1, pixels)
    }

    #[test]
    fn waves_that_close_have_no_seam_and_a_ramp_has_one() {
        let turn = std::f64::consts::TAU / 32.0;
        let waves =
            drawn(32, 64, |x, y| 128.0 + 60.0 * (turn * x as f64).sin() + 60.0 * (turn * y as f64).cos());
        assert!((0.5..1.6).contains(&seam(&waves)), "{}", seam(&waves));
        let ramp = drawn(32, 16, |x, _| 7.0 * x as f64);
        assert!((seam(&ramp) - 31.0).abs() < 0.5, "{}", seam(&ramp));
        assert_eq!(seam(&Picture::filled(8, 8, &[9])), 0.0);
    }
}
