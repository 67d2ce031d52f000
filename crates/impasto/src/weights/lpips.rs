//! What the networks of LPIPS consist of: the convolutions of AlexNet (2014) or VGG16, trained on ImageNet, and five heads
//! with a weight for each channel.
//!
//! Files of JAX have their kernels as height, width, inputs, outputs; PyTorch's are like ours.

use super::fit::{Need, Order, Spelling};

/// One of the two networks: inputs, outputs, kernel of each convolution, its number in torchvision, and the part of the
/// network that it lies in, which is the number of the head.
type Layers = &'static [(usize, usize, usize, usize, usize)];

const ALEXNET: Layers =
    &[(3, 64, 11, 0, 0), (64, 192, 5, 3, 1), (192, 384, 3, 6, 2), (384, 256, 3, 8, 3), (256, 256, 3, 10, 4)];

const VGG16: Layers = &[
    (3, 64, 3, 0, 0),
    (64, 64, 3, 2, 0),
    (64, 128, 3, 5, 1),
    (128, 128, 3, 7, 1),
    (128, 256, 3, 10, 2),
    (256, 256, 3, 12, 2),
    (256, 256, 3, 14, 2),
    (256, 512, 3, 17, 3),
    (512, 512, 3, 19, 3),
    (512, 512, 3, 21, 3),
    (512, 512, 3, 24, 4),
    (512, 512, 3, 26, 4),
    (512, 512, 3, 28, 4),
];

/// All tensors of LPIPS on AlexNet.
pub(super) fn alexnet() -> Vec<Need> {
    needs("AlexNet_0", ALEXNET)
}

/// All tensors of LPIPS on VGG16.
pub(super) fn vgg16() -> Vec<Need> {
    needs("VGG16_0", VGG16)
}

fn needs(jax: &str, layers: Layers) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut channels = [0; 5];
    for (number, &(inputs, outputs, kernel, torch, part)) in layers.iter().enumerate() {
        let spellings = |ours: &str, theirs: &str, order: Order| {
            vec![
                Spelling { name: format!("conv{number}.{ours}"), order: Order::Same },
                Spelling { name: format!("net.slice{}.{torch}.{ours}", part + 1), order: Order::Same },
                Spelling { name: format!("{jax}.Conv_{number}.{theirs}"), order },
            ]
        };
        needs.push(Need::new(&[outputs, inputs, kernel, kernel], spellings("weight", "kernel", Order::Hwio)));
        needs.push(Need::new(&[outputs], spellings("bias", "bias", Order::Same)));
        channels[part] = outputs;
    }
    needs.extend(channels.iter().enumerate().map(|(number, &channels)| head(number, channels)));
    needs
}

fn head(number: usize, channels: usize) -> Need {
    // All of these have sides of 1 beside the channels.
    let names = [
        format!("head{number}"),
        format!("lin{number}.model.1.weight"),
        format!("NetLinLayer_{number}.Conv_0.kernel"),
    ];
    Need::new(&[channels], names.map(|name| Spelling { name, order: Order::Flat }).to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::fit::parameters;
    use super::*;

    #[test]
    fn they_have_the_published_numbers_of_parameters() {
        assert_eq!(parameters(&alexnet()), 2_469_696 + 1_152);
        assert_eq!(parameters(&vgg16()), 14_714_688 + 1_472);
    }
}
