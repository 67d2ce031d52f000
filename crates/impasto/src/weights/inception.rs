//! What the network of the Fréchet Inception Distance consists of: 94 convolutions of "Rethinking the Inception
//! Architecture" (Szegedy et al., 2015) as TensorFlow published them on 2015-12-05.
//!
//! Each convolution has a weight and the three vectors of a batch norm without a factor. Our names are those of the
//! TorchScript that NVIDIA and others use; PyTorch files for FID name them after torchvision's Inception.

use super::fit::{Need, Order, Spelling};

/// Name, torchvision's name, channels in and out, kernel's height and width.
struct Layer(String, String, [usize; 4]);

/// All tensors.
pub(super) fn needs() -> Vec<Need> {
    layers().iter().flat_map(tensors).collect()
}

fn tensors(Layer(name, other, [inputs, outputs, height, width]): &Layer) -> Vec<Need> {
    let spellings = |ours: &str, theirs: &str| {
        let names = [format!("{name}.{ours}"), format!("net.{name}.{ours}"), format!("{other}.{theirs}")];
        names.map(|name| Spelling { name, order: Order::Same }).to_vec()
    };
    let vector = |ours: &str, theirs: &str| Need::new(&[*outputs], spellings(ours, theirs));
    let mut factor = vector("gamma", "bn.weight");
    // A factor other than 1 means that it is another Inception, whose distances are not comparable.
    factor.only_ones = true;
    vec![
        Need::new(&[*outputs, *inputs, *height, *width], spellings("weight", "conv.weight")),
        vector("beta", "bn.bias"),
        vector("mean", "bn.running_mean"),
        vector("var", "bn.running_var"),
        factor,
    ]
}

fn layers() -> Vec<Layer> {
    let mut all = Vec::new();
    let mut add = |name: &str, other: &str, shape| {
        all.push(Layer(format!("layers.{name}"), other.to_owned(), shape));
    };
    add("conv", "Conv2d_1a_3x3", [3, 32, 3, 3]);
    add("conv_1", "Conv2d_2a_3x3", [32, 32, 3, 3]);
    add("conv_2", "Conv2d_2b_3x3", [32, 64, 3, 3]);
    add("conv_3", "Conv2d_3b_1x1", [64, 80, 1, 1]);
    add("conv_4", "Conv2d_4a_3x3", [80, 192, 3, 3]);
    let mut block = |name: &str, other: &str, layers: &[(&str, &str, [usize; 4])]| {
        for (inner, theirs, shape) in layers {
            add(&format!("{name}.{inner}"), &format!("{other}.{theirs}"), *shape);
        }
    };
    for (name, other, inputs, pooled) in
        [("mixed", "Mixed_5b", 192, 32), ("mixed_1", "Mixed_5c", 256, 64), ("mixed_2", "Mixed_5d", 288, 64)]
    {
        block(name, other, &a(inputs, pooled));
    }
    block("mixed_3", "Mixed_6a", &B);
    for (name, other, width) in [
        ("mixed_4", "Mixed_6b", 128),
        ("mixed_5", "Mixed_6c", 160),
        ("mixed_6", "Mixed_6d", 160),
        ("mixed_7", "Mixed_6e", 192),
    ] {
        block(name, other, &c(width));
    }
    block("mixed_8", "Mixed_7a", &D);
    block("mixed_9", "Mixed_7b", &e(1280));
    block("mixed_10", "Mixed_7c", &e(2048));
    all
}

type Inner = (&'static str, &'static str, [usize; 4]);

/// At 35x35.
fn a(inputs: usize, pooled: usize) -> [Inner; 7] {
    [
        ("conv", "branch1x1", [inputs, 64, 1, 1]),
        ("tower.conv", "branch5x5_1", [inputs, 48, 1, 1]),
        ("tower.conv_1", "branch5x5_2", [48, 64, 5, 5]),
        ("tower_1.conv", "branch3x3dbl_1", [inputs, 64, 1, 1]),
        ("tower_1.conv_1", "branch3x3dbl_2", [64, 96, 3, 3]),
        ("tower_1.conv_2", "branch3x3dbl_3", [96, 96, 3, 3]),
        ("tower_2.conv", "branch_pool", [inputs, pooled, 1, 1]),
    ]
}

/// From 35x35 to 17x17.
const B: [Inner; 4] = [
    ("conv", "branch3x3", [288, 384, 3, 3]),
    ("tower.conv", "branch3x3dbl_1", [288, 64, 1, 1]),
    ("tower.conv_1", "branch3x3dbl_2", [64, 96, 3, 3]),
    ("tower.conv_2", "branch3x3dbl_3", [96, 96, 3, 3]),
];

/// At 17x17.
fn c(width: usize) -> [Inner; 10] {
    [
        ("conv", "branch1x1", [768, 192, 1, 1]),
        ("tower.conv", "branch7x7_1", [768, width, 1, 1]),
        ("tower.conv_1", "branch7x7_2", [width, width, 1, 7]),
        ("tower.conv_2", "branch7x7_3", [width, 192, 7, 1]),
        ("tower_1.conv", "branch7x7dbl_1", [768, width, 1, 1]),
        ("tower_1.conv_1", "branch7x7dbl_2", [width, width, 7, 1]),
        ("tower_1.conv_2", "branch7x7dbl_3", [width, width, 1, 7]),
        ("tower_1.conv_3", "branch7x7dbl_4", [width, width, 7, 1]),
        ("tower_1.conv_4", "branch7x7dbl_5", [width, 192, 1, 7]),
        ("tower_2.conv", "branch_pool", [768, 192, 1, 1]),
    ]
}

/// From 17x17 to 8x8.
const D: [Inner; 6] = [
    ("tower.conv", "branch3x3_1", [768, 192, 1, 1]),
    ("tower.conv_1", "branch3x3_2", [192, 320, 3, 3]),
    ("tower_1.conv", "branch7x7x3_1", [768, 192, 1, 1]),
    ("tower_1.conv_1", "branch7x7x3_2", [192, 192, 1, 7]),
    ("tower_1.conv_2", "branch7x7x3_3", [192, 192, 7, 1]),
    ("tower_1.conv_3", "branch7x7x3_4", [192, 192, 3, 3]),
];

/// At 8x8.
fn e(inputs: usize) -> [Inner; 9] {
    [
        ("conv", "branch1x1", [inputs, 320, 1, 1]),
        ("tower_conv", "branch3x3_1", [inputs, 384, 1, 1]),
        ("tower_mixed_conv", "branch3x3_2a", [384, 384, 1, 3]),
        ("tower_mixed_conv_1", "branch3x3_2b", [384, 384, 3, 1]),
        ("tower_1_conv", "branch3x3dbl_1", [inputs, 448, 1, 1]),
        ("tower_1_conv_1", "branch3x3dbl_2", [448, 384, 3, 3]),
        ("tower_1_mixed_conv", "branch3x3dbl_3a", [384, 384, 1, 3]),
        ("tower_1_mixed_conv_1", "branch3x3dbl_3b", [384, 384, 3, 1]),
        ("tower_2_conv", "branch_pool", [inputs, 192, 1, 1]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_published_number_of_parameters() {
        let needs = needs();
        assert_eq!(layers().len(), 94);
        let required = needs.iter().filter(|need| !need.only_ones);
        let count: usize = required.map(|need| need.shape.iter().product::<usize>()).sum();
        assert_eq!(count, 21_802_784);
    }
}
