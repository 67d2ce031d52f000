//! Enlarging and shrinking as TensorFlow 1 did it, which is part of what a Fréchet Inception Distance means.
//!
//! Pixel `i` of the new picture is taken at `i * old / new` of the old one: no half pixels, no smoothing before
//! shrinking. Reference: `tf.image.resize_bilinear` with `align_corners=False`, in f32 as there.

/// Where one pixel of the new picture comes from: two neighbours, and how much of the second.
struct Tap {
    low: usize,
    high: usize,
    part: f32,
}

fn taps(old: usize, new: usize) -> Vec<Tap> {
    let scale = old as f32 / new as f32;
    let tap = |at: usize| {
        let place = at as f32 * scale;
        let low = (place as usize).min(old - 1);
        Tap { low, high: (low + 1).min(old - 1), part: place - low as f32 }
    };
    (0..new).map(tap).collect()
}

/// Planes of `old` height and width as planes of `new` ones, every value then changed by `finish`.
pub(super) fn bilinear(
    planes: &[u8],
    [height, width]: [usize; 2],
    [new_height, new_width]: [usize; 2],
    finish: impl Fn(f32) -> f32,
) -> Vec<f32> {
    let (rows, columns) = (taps(height, new_height), taps(width, new_width));
    let mut out = Vec::with_capacity(planes.len() / (height * width).max(1) * new_height * new_width);
    // Each old row is stretched once, although several new rows may need it.
    let mut stretched = vec![0f32; height * new_width];
    for plane in planes.chunks_exact((height * width).max(1)) {
        for (line, row) in stretched.chunks_exact_mut(new_width).zip(plane.chunks_exact(width)) {
            for (value, tap) in line.iter_mut().zip(&columns) {
                let (low, high) = (f32::from(row[tap.low]), f32::from(row[tap.high]));
                *value = low + (high - low) * tap.part;
            }
        }
        for tap in &rows {
            let [low, high] = [tap.low, tap.high].map(|row| &stretched[row * new_width..][..new_width]);
            out.extend(low.iter().zip(high).map(|(&low, &high)| finish(low + (high - low) * tap.part)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_size_changes_nothing() {
        let plane: Vec<u8> = (0..12).map(|v| v * 20).collect();
        let same = bilinear(&plane, [3, 4], [3, 4], |v| v);
        assert_eq!(same, plane.iter().map(|&v| f32::from(v)).collect::<Vec<_>>());
    }

    #[test]
    fn new_pixels_start_at_the_old_corner() {
        // 2 to 4: places 0, 0.5, 1, 1.5, of which the last has no neighbour behind it.
        assert_eq!(bilinear(&[0, 100], [1, 2], [1, 4], |v| v), [0.0, 50.0, 100.0, 100.0]);
        assert_eq!(bilinear(&[0, 100], [2, 1], [4, 1], |v| v / 100.0), [0.0, 0.5, 1.0, 1.0]);
        // 5 to 2: places 0 and 2.5.
        assert_eq!(bilinear(&[10, 20, 30, 40, 50], [1, 5], [1, 2], |v| v), [10.0, 35.0]);
        assert_eq!(bilinear(&[7, 9], [1, 1], [2, 1], |v| v), [7.0, 7.0, 9.0, 9.0], "two planes");
    }
}
