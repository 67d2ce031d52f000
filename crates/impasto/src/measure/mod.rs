//! Cheap measures over pictures, for watching a training: entropy, diversity, and the alarm for mode collapse.
//!
//! All are pure functions of the bytes and computed in `f64`. They are for comparing generated pictures with real
//! ones of the same number and size, not for reporting quality: that is what `judge` is for.

mod collapse;
mod diversity;
mod entropy;

pub use collapse::{Alarm, CollapseWatch};
pub use diversity::diversity;
pub use entropy::{
    POSITION_LEVELS, class_entropy, entropy_of_counts, entropy_of_picture, picture_entropy, position_entropy,
};

use impasto_data::Picture;

/// The brightness of a pixel (the weights of BT.601); alpha doesn't count.
pub(crate) fn luma(pixel: &[u8]) -> u8 {
    match *pixel {
        [grey] => grey,
        [red, green, blue, ..] => {
            let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
            ((sum + 500) / 1000) as u8
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
