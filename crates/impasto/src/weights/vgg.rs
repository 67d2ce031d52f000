//! What the networks of style transfer consist of: VGG19 (2014) after Gatys' normalisation, whose first convolution of 1 x 1
//! brings colours to what the network was trained on, and the decoder of AdaIN (2017), which mirrors it up to relu4_1.
//!
//! The published files number layers as PyTorch's `Sequential` does, frames and activations included.

use super::fit::{Need, Order, Spelling};

/// Inputs, outputs, side of the kernel, and the number in the published file.
type Layers = &'static [(usize, usize, usize, usize)];

const VGG19: Layers = &[
    (3, 3, 1, 0),
    (3, 64, 3, 2),
    (64, 64, 3, 5),
    (64, 128, 3, 9),
    (128, 128, 3, 12),
    (128, 256, 3, 16),
    (256, 256, 3, 19),
    (256, 256, 3, 22),
    (256, 256, 3, 25),
    (256, 512, 3, 29),
    (512, 512, 3, 32),
    (512, 512, 3, 35),
    (512, 512, 3, 38),
    (512, 512, 3, 42),
    (512, 512, 3, 45),
    (512, 512, 3, 48),
    (512, 512, 3, 51),
];

const DECODER: Layers = &[
    (512, 256, 3, 1),
    (256, 256, 3, 5),
    (256, 256, 3, 8),
    (256, 256, 3, 11),
    (256, 128, 3, 14),
    (128, 128, 3, 18),
    (128, 64, 3, 21),
    (64, 64, 3, 25),
    (64, 3, 3, 28),
];

/// All tensors of VGG19.
pub(super) fn vgg19() -> Vec<Need> {
    needs(VGG19)
}

/// All tensors of the decoder.
pub(super) fn decoder() -> Vec<Need> {
    needs(DECODER)
}

fn needs(layers: Layers) -> Vec<Need> {
    let need = |(number, &(inputs, outputs, kernel, torch)): (usize, &(usize, usize, usize, usize))| {
        let spellings = |what: &str| {
            [format!("conv{number}.{what}"), format!("{torch}.{what}")]
                .map(|name| Spelling { name, order: Order::Same })
                .to_vec()
        };
        [
            Need::new(&[outputs, inputs, kernel, kernel], spellings("weight")),
            Need::new(&[outputs], spellings("bias")),
        ]
    };
    layers.iter().enumerate().flat_map(need).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fit::parameters;
    use super::*;

    #[test]
    fn they_have_the_published_numbers_of_parameters() {
        // torchvision's VGG19 without its dense layers, and the 1 x 1 before it.
        assert_eq!(parameters(&vgg19()), 20_024_384 + 12);
        assert_eq!(parameters(&decoder()), 3_505_219);
    }
}
