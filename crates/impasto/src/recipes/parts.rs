//! Small parts that several recipes are made of.

use burn::tensor::Tensor;
use impasto_nn::layers::Dense;
use impasto_nn::{Fill, Init, foresee_map};

use crate::recipe::Scene;

/// `[n, a]` and, where there are classes, `[n, classes]` side by side.
pub(super) fn with_classes(x: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<2> {
    match classes {
        Some(classes) => Tensor::cat(vec![x, classes], 1),
        None => x,
    }
}

/// How wide the classes make an input: for [`with_classes`].
pub(super) fn inputs(own: usize, scene: &Scene) -> usize {
    own + scene.classes
}

/// Dense layers one after the other.
pub(super) fn stack(mut inputs: usize, widths: &[usize], init: &mut Init) -> Vec<Dense> {
    let layer = |&width: &usize| Dense::new(std::mem::replace(&mut inputs, width), width, Fill::He, init);
    widths.iter().map(layer).collect()
}

/// Feature maps, `[channels, height, width]`, from the picture inwards: halved until they are small or odd, with twice
/// the channels each time, from `width` to eight times that.
pub(super) fn halvings(picture: [usize; 3], width: usize) -> Vec<[usize; 3]> {
    let mut maps = vec![picture];
    let [_, mut height, mut across] = picture;
    while height.is_multiple_of(2) && across.is_multiple_of(2) && height.min(across) >= 8 {
        (height, across) = (height / 2, across / 2);
        let channels = (width << (maps.len() - 1)).min(8 * width);
        maps.push([channels, height, across]);
    }
    maps.iter().copied().for_each(foresee_map);
    maps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_halved_down_to_four_or_an_odd_size() {
        assert_eq!(halvings([1, 28, 28], 8), [[1, 28, 28], [8, 14, 14], [16, 7, 7]]);
        let inner = halvings([3, 64, 64], 64);
        assert_eq!(inner[1..], [[64, 32, 32], [128, 16, 16], [256, 8, 8], [512, 4, 4]]);
        assert_eq!(halvings([3, 256, 256], 4).last(), Some(&[32, 4, 4]), "channels stop at eight times");
        assert_eq!(halvings([3, 9, 9], 4), [[3, 9, 9]]);
    }
}
