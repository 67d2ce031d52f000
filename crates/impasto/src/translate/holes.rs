//! Random holes: boxes, and strokes of a round brush that wanders.

use impasto_random::Random;

/// At least and at most this share of a picture is in holes; the last one that is made may add to it.
const SHARES: [f64; 2] = [0.1, 0.35];

/// Holes in a picture of `[height, width]`, row by row: 1 in a hole, -1 elsewhere.
pub fn holes(size: [usize; 2], random: &mut Random) -> Vec<f32> {
    let [height, width] = size;
    let wanted = random.between(SHARES[0], SHARES[1]) * (height * width) as f64;
    let mut canvas = Canvas { size, pixels: vec![-1.0; height * width], open: 0 };
    while (canvas.open as f64) < wanted {
        match random.chance(0.5) {
            true => canvas.boxed(random),
            false => canvas.stroked(random),
        }
    }
    canvas.pixels
}

struct Canvas {
    size: [usize; 2],
    pixels: Vec<f32>,
    /// How many pixels are in holes.
    open: usize,
}

impl Canvas {
    fn open(&mut self, x: usize, y: usize) {
        let pixel = &mut self.pixels[y * self.size[1] + x];
        self.open += usize::from(*pixel < 0.0);
        *pixel = 1.0;
    }

    /// A box whose sides are an eighth to three eighths of the picture's.
    fn boxed(&mut self, random: &mut Random) {
        let [down, across] = self.size.map(|side| {
            let length = (random.between(0.125, 0.375) * side as f64).ceil() as usize;
            let from = random.below(side - length + 1);
            from..from + length
        });
        for y in down {
            across.clone().for_each(|x| self.open(x, y));
        }
    }

    /// A brush of a sixteenth to an eighth of the shorter side, which turns a little at each of its steps.
    fn stroked(&mut self, random: &mut Random) {
        let [height, width] = self.size.map(|side| side as f64);
        let shorter = height.min(width);
        let radius = (random.between(1.0 / 32.0, 1.0 / 16.0) * shorter).max(0.5);
        let (mut x, mut y) = (random.between(0.0, width), random.between(0.0, height));
        let mut angle = random.between(0.0, std::f64::consts::TAU);
        let steps = (random.between(0.25, 0.75) * shorter / radius).ceil() as usize;
        for _ in 0..steps {
            self.dab(x, y, radius);
            angle += random.between(-0.6, 0.6);
            (x, y) = (x + angle.cos() * radius, y + angle.sin() * radius);
        }
    }

    fn dab(&mut self, x: f64, y: f64, radius: f64) {
        let [height, width] = self.size;
        let from = |middle: f64| (middle - radius).floor().max(0.0) as usize;
        let until = |middle: f64, side: usize| ((middle + radius).ceil().max(0.0) as usize).min(side);
        for row in from(y)..until(y, height) {
            for column in from(x)..until(x, width) {
                let (right, down) = (column as f64 + 0.5 - x, row as f64 + 0.5 - y);
                if right.hypot(down) <= radius {
                    self.open(column, row);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_cover_the_promised_share_of_any_shape() {
        for [height, width] in [[64, 64], [16, 48], [9, 33], [8, 8]] {
            let mut shares = Vec::new();
            for number in 0..100 {
                let pixels = holes([height, width], &mut Random::new(3, "holes", number));
                let open = pixels.iter().filter(|&&pixel| pixel == 1.0).count();
                assert!(pixels.iter().all(|pixel| pixel.abs() == 1.0));
                shares.push(open as f64 / (height * width) as f64);
            }
            assert!(shares.iter().all(|share| (0.1..=0.6).contains(share)), "{height} x {width}: {shares:?}");
            let mean = shares.iter().sum::<f64>() / 100.0;
            assert!((0.2..0.4).contains(&mean), "{height} x {width}: {mean}");
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_holes() {
        let of = |seed| holes([32, 32], &mut Random::new(seed, "holes", 0));
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }
}
