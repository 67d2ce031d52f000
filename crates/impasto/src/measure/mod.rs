//! Cheap measures over pictures, for watching a training: entropy, diversity, and the alarm for mode collapse.
//!
//! All are pure functions of the bytes and computed in `f64`. They are for comparing generated pictures with real
//! ones of the same number and size, not for reporting quality: that is what `judge` is for.

mod collapse;
mod diversity;
mod entropy;
mod seam;

pub use collapse::CollapseWatch;
pub use diversity::diversity;
pub use entropy::{
    POSITION_LEVELS, class_entropy, entropy_of_counts, entropy_of_picture, picture_entropy, position_entropy,
};
pub use seam::seam;

use impasto_data::Picture;

/// The brightness of a pixel (the weights of BT.601); what is transparent shows white, as it does to the judge.
pub(crate) fn luma(pixel: &[u8]) -> u8 {
    match *pixel {
        [grey] => grey,
        [red, green, blue, ref alpha @ ..] => {
            let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
            let alpha = u32::from(alpha.first().copied().unwrap_or(255));
            (((sum + 500) / 1000 * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        }
        _ => 0,
    }
}

fn lumas(picture: &Picture) -> impl Iterator<Item = u8> {
    picture.pixels().chunks_exact(picture.channels()).map(luma)
}

/// # Panics
/// When the pictures differ in shape.
fn assert_one_shape(pictures: &[Picture]) {
    let shape = |picture: &Picture| [picture.width(), picture.height(), picture.channels()];
    for pair in pictures.windows(2) {
        assert_eq!(shape(&pair[0]), shape(&pair[1]), "the pictures of a set differ in shape");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_transparent_is_as_bright_as_paper() {
        assert_eq!([luma(&[7]), luma(&[10, 20, 30]), luma(&[10, 20, 30, 255])], [7, 18, 18]);
        assert_eq!([luma(&[10, 20, 30, 0]), luma(&[0, 0, 0, 51])], [255, 204]);
    }

    #[test]
    fn hidden_colours_are_no_variety() {
        let hidden: Vec<Picture> = (0..8).map(|at| Picture::filled(4, 4, &[at * 30, 255, at, 0])).collect();
        assert_eq!(
            (diversity(&hidden), position_entropy(&hidden), picture_entropy(&hidden)),
            (0.0, 0.0, 0.0)
        );
        let seen: Vec<Picture> =
            hidden.iter().map(|one| Picture::filled(4, 4, &[one.pixels()[0]; 4])).collect();
        assert!(diversity(&seen) > 0.0 && position_entropy(&seen) > 0.0);
    }
}
