//! From coefficients to pixels, fewer of them than were put in.
//!
//! A block of 8x8 pixels is kept as its frequencies. To make it n times m pixels, the n times m lowest ones are
//! enough: they are turned back at n times m places instead of 8x8.

use std::sync::LazyLock;

/// Where the coefficients of a file belong: row times 8 plus column.
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// For each frequency its values at n places.
type Waves = [[f32; 8]; 8];

/// Turns blocks into pixels of one size.
pub(super) struct Transform {
    across: usize,
    down: usize,
    horizontal: &'static Waves,
    vertical: &'static Waves,
}

impl Transform {
    /// Blocks become this many pixels across and down: 1, 2, 4 or 8.
    pub(super) fn new([across, down]: [usize; 2]) -> Self {
        static WAVES: LazyLock<[Waves; 4]> = LazyLock::new(|| [1, 2, 4, 8].map(waves));
        let of = |side: usize| &WAVES[side.trailing_zeros() as usize];
        Self { across, down, horizontal: of(across), vertical: of(down) }
    }

    /// How many of a block's coefficients matter, in the order of the file.
    pub(super) fn wanted(&self) -> usize {
        let matters =
            |&place: &u8| usize::from(place % 8) < self.across && usize::from(place / 8) < self.down;
        ZIGZAG.iter().rposition(matters).map_or(1, |last| last + 1)
    }

    /// Writes a block's pixels to `plane`, whose rows have `stride`. Coefficients from `used` on are 0.
    pub(super) fn write(&self, coefficients: &[f32; 64], used: usize, plane: &mut [u8], stride: usize) {
        if used == 1 {
            let flat = byte(coefficients[0] / 8.0);
            plane.chunks_mut(stride).take(self.down).for_each(|row| row[..self.across].fill(flat));
            return;
        }
        match self.across {
            1 => self.write_wide::<1>(&coefficients[..used], plane, stride),
            2 => self.write_wide::<2>(&coefficients[..used], plane, stride),
            4 => self.write_wide::<4>(&coefficients[..used], plane, stride),
            _ => self.write_wide::<8>(&coefficients[..used], plane, stride),
        }
    }

    fn write_wide<const ACROSS: usize>(&self, coefficients: &[f32], plane: &mut [u8], stride: usize) {
        // [frequency down][place across]
        let mut half = [[0f32; ACROSS]; 8];
        for (&coefficient, &place) in coefficients.iter().zip(&ZIGZAG) {
            let (row, column) = (usize::from(place / 8), usize::from(place % 8));
            if row < self.down && column < ACROSS && coefficient != 0.0 {
                let wave = &self.horizontal[column];
                half[row].iter_mut().zip(wave).for_each(|(sum, wave)| *sum += coefficient * wave);
            }
        }
        for (y, row) in plane.chunks_mut(stride).take(self.down).enumerate() {
            let mut sums = [0f32; ACROSS];
            for (half, wave) in half.iter().zip(self.vertical).take(self.down) {
                sums.iter_mut().zip(half).for_each(|(sum, half)| *sum += half * wave[y]);
            }
            row.iter_mut().zip(sums).for_each(|(pixel, sum)| *pixel = byte(sum));
        }
    }
}

/// Grey is 0 in a file.
fn byte(value: f32) -> u8 {
    (value + 128.5) as u8
}

fn waves(places: usize) -> Waves {
    let wave = |frequency: usize, place: usize| {
        let angle = (2 * place + 1) as f64 * frequency as f64 * std::f64::consts::PI / (2 * places) as f64;
        let norm = if frequency == 0 { 0.5f64.sqrt() } else { 1.0 };
        (libm::cos(angle) * norm / 2.0) as f32
    };
    let mut waves = [[0.0; 8]; 8];
    for (frequency, values) in waves.iter_mut().enumerate().take(places) {
        values.iter_mut().enumerate().take(places).for_each(|(place, value)| *value = wave(frequency, place));
    }
    waves
}
