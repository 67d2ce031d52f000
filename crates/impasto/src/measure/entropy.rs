//! Shannon's entropy in bits, `-sum p log2 p`, of three different things:
//!
//! - **of a picture** ([`entropy_of_picture`], [`picture_entropy`] is the mean over a set): how evenly one picture uses
//!   the 256 levels of brightness. 0 for a flat one, at most 8. Says how rich each picture is; a model that always
//!   paints the same rich picture scores as well as one that doesn't.
//! - **of a position** ([`position_entropy`]): how much the brightness at one place differs from picture to picture,
//!   averaged over all places. 0 when all pictures are the same, at most 4. This is the one that falls in a mode
//!   collapse.
//! - **of the classes** ([`class_entropy`]): how evenly the classes occur. 0 for one class only, `log2 k` for `k`
//!   equally frequent ones.
//!
//! Each is estimated from counts as they are, which is too low when there are few of them: by about `(k - 1) / (2 n
//! ln 2)` bits for `k` levels in use and `n` pictures. Compare sets of equal numbers, and the error is on both sides.

use impasto_data::Picture;

use super::{assert_one_shape, lumas};

/// Levels of brightness in [`position_entropy`]. Not 256, because there are only as many values at a place as there
/// are pictures, and a sheet of 64 would fill hardly any of the levels twice.
pub const POSITION_LEVELS: usize = 16;

/// The entropy of one picture's brightness over 256 levels, in bits.
pub fn entropy_of_picture(picture: &Picture) -> f64 {
    let mut counts = [0; 256];
    lumas(picture).for_each(|level| counts[usize::from(level)] += 1);
    entropy_of_counts(&counts)
}

/// The mean of [`entropy_of_picture`] over a set; 0 for an empty one.
pub fn picture_entropy(pictures: &[Picture]) -> f64 {
    mean(pictures.iter().map(entropy_of_picture))
}

/// The entropy over the set of the brightness at one place, in 16 levels, averaged over all places, in bits.
///
/// # Panics
/// When the pictures differ in shape.
pub fn position_entropy(pictures: &[Picture]) -> f64 {
    assert_one_shape(pictures);
    let area = pictures.first().map_or(0, |first| first.width() * first.height());
    let mut counts = vec![[0; POSITION_LEVELS]; area];
    for picture in pictures {
        for (place, level) in counts.iter_mut().zip(lumas(picture)) {
            place[usize::from(level) * POSITION_LEVELS / 256] += 1;
        }
    }
    mean(counts.iter().map(|place| entropy_of_counts(place)))
}

/// The entropy of how often each class occurs, in bits.
pub fn class_entropy(labels: &[usize]) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    labels.iter().for_each(|label| *counts.entry(label).or_insert(0) += 1);
    entropy_of_counts(&counts.into_values().collect::<Vec<u64>>())
}

/// The entropy of these frequencies, in bits; 0 when there are none.
pub fn entropy_of_counts(counts: &[u64]) -> f64 {
    let total = counts.iter().sum::<u64>() as f64;
    let shares = counts.iter().filter(|&&count| count > 0).map(|&count| count as f64 / total);
    // Written with the inverse so that a single level gives 0 and not -0.
    shares.map(|share| share * (1.0 / share).log2()).sum()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len();
    if count == 0 { 0.0 } else { values.sum::<f64>() / count as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-12, "{value} instead of {expected}");
    }

    #[test]
    fn a_flat_picture_has_none_and_an_even_histogram_eight_bits() {
        close(entropy_of_picture(&Picture::filled(9, 9, &[77])), 0.0);
        close(entropy_of_picture(&Picture::new(16, 16, 1, (0..=255).collect())), 8.0);
    }

    #[test]
    fn half_black_and_half_white_is_one_bit() {
        let half = Picture::new(2, 2, 3, vec![0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0]);
        close(entropy_of_picture(&half), 1.0);
        close(picture_entropy(&[half, Picture::filled(2, 2, &[0, 0, 0])]), 0.5);
        close(picture_entropy(&[]), 0.0);
    }

    #[test]
    fn a_set_of_equal_pictures_has_no_entropy_of_position() {
        let rich = Picture::new(16, 16, 1, (0..=255).collect());
        close(position_entropy(&vec![rich; 10]), 0.0);
        close(position_entropy(&[]), 0.0);
    }

    #[test]
    fn sixteen_shades_at_a_place_are_four_bits() {
        let shades: Vec<Picture> = (0..16).map(|shade| Picture::filled(3, 2, &[shade * 17])).collect();
        close(position_entropy(&shades), 4.0);
        close(position_entropy(&shades[..2]), 1.0);
    }

    #[test]
    fn classes_are_counted() {
        close(class_entropy(&[3, 3, 3]), 0.0);
        close(class_entropy(&[0, 1, 0, 1]), 1.0);
        close(class_entropy(&(0..10).collect::<Vec<usize>>()), 10f64.log2());
        close(class_entropy(&[0, 0, 0, 1]), 0.25 * 4f64.log2() + 0.75 * (4.0f64 / 3.0).log2());
        close(class_entropy(&[]), 0.0);
    }
}
