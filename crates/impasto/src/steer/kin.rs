//! How near children are to their parents, and how far from each other.

use burn::tensor::{Device, Tensor};
use impasto_data::{Picture, squeezed};
use impasto_nn::{number, tensor};

use super::eye::Eye;
use crate::picture::{as_rgb, to_chw};

/// Pictures are looked at no larger than this.
const LONGEST: usize = 256;
/// Of so many children all pairs are compared, and no more.
const COMPARED: usize = 8;

/// Distances of what an eye sees, all means.
#[derive(Debug, Clone, PartialEq)]
pub struct Kin {
    /// Of each child from its parent.
    pub from_parent: Vec<f64>,
    /// Of the first children from each other; none for a single one.
    pub between: Option<f64>,
}

impl Kin {
    /// Looks at children, each with its parent. All are brought to the first child's shape, and none is looked at in more
    /// than 256 pixels.
    pub fn of(eye: &Eye, families: &[(&Picture, &Picture)], device: &Device) -> Self {
        let Some((first, _)) = families.first() else {
            return Self { from_parent: Vec::new(), between: None };
        };
        let scale = (LONGEST as f64 / first.width().max(first.height()) as f64).min(1.0);
        let [width, height] =
            [first.width(), first.height()].map(|side| ((side as f64 * scale).round() as usize).max(1));
        let look = |picture: &Picture| {
            let picture = squeezed(as_rgb(picture, [255; 3]), width, height);
            eye.look(tensor::<4>(to_chw(&picture), [1, 3, height, width], device))
        };
        let children: Vec<Tensor<2>> = families.iter().map(|(child, _)| look(child)).collect();
        let from_parent =
            children.iter().zip(families).map(|(child, (_, parent))| apart(child, &look(parent))).collect();
        let compared = &children[..children.len().min(COMPARED)];
        let pairs = compared
            .iter()
            .enumerate()
            .flat_map(|(at, one)| compared[..at].iter().map(move |two| (one, two)));
        let between: Vec<f64> = pairs.map(|(one, two)| apart(one, two)).collect();
        Self { from_parent, between: mean(&between) }
    }

    /// The mean distance from the parents; none without children.
    pub fn closeness(&self) -> Option<f64> {
        mean(&self.from_parent)
    }
}

fn apart(one: &Tensor<2>, two: &Tensor<2>) -> f64 {
    number((one.clone() - two.clone()).square().sum())
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_picture_is_no_way_from_itself_and_others_are() {
        let device = Device::flex();
        let eye = Eye::builtin(&device);
        let drawn = |grey: u8, width: usize| {
            let pixels =
                (0..width * 40).flat_map(|at| [grey, (at * 7) as u8, (at / width * 5) as u8]).collect();
            Picture::new(width, 40, 3, pixels)
        };
        let (one, other) = (drawn(10, 50), drawn(240, 50));
        let kin = Kin::of(&eye, &[(&one, &one), (&other, &one)], &device);
        assert_eq!(kin.from_parent[0], 0.0);
        assert!(kin.from_parent[1] > 0.01 && kin.between == Some(kin.from_parent[1]), "{kin:?}");
        assert_eq!(Kin::of(&eye, &[], &device).closeness(), None);
        let alone = Kin::of(&eye, &[(&one, &drawn(10, 60))], &device);
        assert!(alone.between.is_none() && alone.closeness().is_some_and(|far| far > 0.0), "another shape");
    }
}
