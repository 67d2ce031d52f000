//! Whether a picture is drawn: flat colours, few of them, with sharp edges between them and little in between.
//!
//! The limits were set by 89 photographs, of which none is taken for a drawing, and by drawn emoji and clip art, of which 88 and 71 of a
//! hundred are found (68 once they were JPEG files): a photograph that a network for drawings paints over is worse than a
//! drawing that is enlarged without one.

use impasto_data::Picture;

/// Neighbours that differ by no more are of one colour.
const SAME: u8 = 1;
/// Neighbours that differ by no more are on a slope, in a texture, or noisy.
const SOFT: u8 = 16;
/// Neighbours that differ by more have an edge between them.
const HARD: u8 = 40;
/// Most pixels are so many.
const MOST: f64 = 0.9;
/// A part of a larger picture, in the middle, is enough to tell.
const SIDE: usize = 1024;
/// With fewer neighbours nothing is said.
const LEAST: usize = 64;

/// Whether it is one; `false` where there is too little to tell by.
pub fn is_drawing(picture: &Picture) -> bool {
    let Some(Looks { flat, soft, hard, colours }) = Looks::of(picture) else { return false };
    flat >= 0.45 && soft <= 0.4 && hard >= 0.1 * soft && colours <= 120
}

/// Shares of all neighbours, and how many colours most pixels have.
struct Looks {
    flat: f64,
    soft: f64,
    hard: f64,
    colours: usize,
}

impl Looks {
    /// Of what can be seen, on white.
    fn of(picture: &Picture) -> Option<Self> {
        let [width, height] = [picture.width(), picture.height()];
        let middle = |side: usize| (side - side.min(SIDE)) / 2..(side + side.min(SIDE)) / 2;
        let (rows, columns) = (middle(height), middle(width));
        let mut apart = [0_usize; 256];
        let mut counts = vec![0_usize; 1 << 15];
        for y in rows.clone() {
            for x in columns.clone() {
                let (own, seen) = colour(picture.pixel(x, y));
                if seen {
                    counts[own.iter().fold(0, |all, part| all << 5 | usize::from(part >> 3))] += 1;
                }
                let near = [(x + 1, y), (x, y + 1)];
                for (x, y) in near.into_iter().filter(|(x, y)| columns.contains(x) && rows.contains(y)) {
                    let (other, too) = colour(picture.pixel(x, y));
                    let parts = own.iter().zip(other).map(|(a, b)| a.abs_diff(b));
                    apart[usize::from(parts.max().unwrap_or(0))] += usize::from(seen || too);
                }
            }
        }
        let all: usize = apart.iter().sum();
        let share = |range: std::ops::RangeInclusive<u8>| {
            apart[usize::from(*range.start())..=usize::from(*range.end())].iter().sum::<usize>() as f64
                / all as f64
        };
        (all >= LEAST).then(|| Self {
            flat: share(0..=SAME),
            soft: share(SAME + 1..=SOFT),
            hard: share(HARD + 1..=255),
            colours: colours(counts),
        })
    }
}

/// A pixel on white, and whether anything of it is seen.
fn colour(pixel: &[u8]) -> ([u8; 3], bool) {
    match *pixel {
        [grey] => ([grey; 3], true),
        [red, green, blue] => ([red, green, blue], true),
        [red, green, blue, alpha] => {
            let on_white = |part: u8| {
                let (part, alpha) = (u32::from(part), u32::from(alpha));
                ((part * alpha + 255 * (255 - alpha) + 127) / 255) as u8
            };
            ([red, green, blue].map(on_white), alpha > 0)
        }
        _ => ([255; 3], false),
    }
}

/// How many colours most pixels have, the most frequent ones first.
fn colours(mut counts: Vec<usize>) -> usize {
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let all: usize = counts.iter().sum();
    let mut sum = 0;
    let before_most = counts.iter().take_while(|&&count| {
        sum += count;
        (sum as f64) < MOST * all as f64
    });
    before_most.count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    /// A disc on another colour, with a soft pixel around it.
    fn disc() -> Picture {
        let at = |n: usize| {
            let far = ((n % 64) as f64 - 31.5).hypot((n / 64) as f64 - 31.5);
            let share = (20.5 - far).clamp(0.0, 1.0);
            [200.0, 60.0, 40.0].map(|part: f64| (part * share + 230.0 * (1.0 - share)) as u8)
        };
        Picture::new(64, 64, 3, (0..64 * 64).flat_map(at).collect())
    }

    #[test]
    fn a_disc_is_drawn_and_noise_slopes_and_nothing_are_not() {
        assert!(is_drawing(&disc()));
        let noise = Random::new(1, "noise", 0).normals(64 * 64 * 3);
        let noisy = disc()
            .pixels()
            .iter()
            .zip(noise)
            .map(|(&byte, noise)| (f32::from(byte) + 4.0 * noise) as u8)
            .collect();
        assert!(!is_drawing(&Picture::new(64, 64, 3, noisy)));
        let slope = (0..64 * 64).map(|n| (2 * (n % 64) + n / 64) as u8).collect();
        assert!(!is_drawing(&Picture::new(64, 64, 1, slope)));
        assert!(!is_drawing(&Picture::new(64, 64, 4, vec![0; 64 * 64 * 4])));
        assert!(!is_drawing(&Picture::new(2, 2, 1, vec![0, 255, 0, 255])));
    }
}
