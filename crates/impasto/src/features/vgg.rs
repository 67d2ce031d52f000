//! VGG (Simonyan and Zisserman 2014) as a chain whose layers can be looked at by name: `relu1_1` to `relu5_4`.
//!
//! Pictures are in [0, 1]; what the networks were trained on differs, and is folded into the first convolution. Differs from
//! the paper: borders are mirrored instead of zero, as the published AdaIN does.

use std::ops::Range;

use burn::tensor::Device;
use impasto_nn::Activation;

use super::chain::{Chain, Numbers};
use super::lpips::{SCALE, SHIFT};
use crate::weights::{Network, Weights, WeightsError};

/// VGG16 as it lies in LPIPS, up to a layer.
///
/// # Errors
/// When the user has not added it, or it is damaged.
pub(crate) fn vgg16(weights: &Weights, last: &str, device: &Device) -> Result<Chain, WeightsError> {
    let needed = 0..convs_up_to(VGG16, last);
    Ok(from_vgg16(weights.read_some("lpips-vgg16", &|name| is_of(name, &needed))?, last, device))
}

/// VGG19 after Gatys' normalisation, up to a layer.
///
/// # Errors
/// When the user has not added it, or it is damaged.
pub(crate) fn vgg19(weights: &Weights, last: &str, device: &Device) -> Result<Chain, WeightsError> {
    // The first one turns colours.
    let needed = 0..convs_up_to(VGG19, last) + 1;
    Ok(from_vgg19(weights.read_some("vgg19", &|name| is_of(name, &needed))?, last, device))
}

/// The decoder of AdaIN: `relu4_1` of [`vgg19`] to a picture.
///
/// # Errors
/// When the user has not added it, or it is damaged.
pub(crate) fn decoder(weights: &Weights, device: &Device) -> Result<Chain, WeightsError> {
    Ok(from_decoder(weights.read("adain-decoder")?, device))
}

/// Convolutions of each block.
const VGG16: [usize; 5] = [2, 2, 3, 3, 3];
const VGG19: [usize; 5] = [2, 2, 4, 4, 4];

/// How many convolutions there are up to a layer, this one included; all where there is no such layer.
fn convs_up_to(counts: [usize; 5], last: &str) -> usize {
    let names =
        (1..).zip(counts).flat_map(|(block, count)| (1..=count).map(move |at| format!("relu{block}_{at}")));
    let before = names.take_while(|name| name != last).count();
    counts.iter().sum::<usize>().min(before + 1)
}

/// Whether a tensor belongs to one of these convolutions.
fn is_of(name: &str, convs: &Range<usize>) -> bool {
    let number = name.strip_prefix("conv").and_then(|rest| rest.split('.').next()?.parse().ok());
    number.is_some_and(|number| convs.contains(&number))
}

fn from_vgg16(network: Network, last: &str, device: &Device) -> Chain {
    let mut network = network;
    let mut convs = (0..13).map(|number| taken(&mut network, number)).collect::<Vec<_>>().into_iter();
    let mut matrix = [[0.0; 3]; 3];
    (0..3).for_each(|at| matrix[at][at] = 2.0 / SCALE[at]);
    let offset = [0, 1, 2].map(|at| (-1.0 - SHIFT[at]) / SCALE[at]);
    blocks(VGG16, &mut convs, (matrix, offset), last, device)
}

fn from_vgg19(network: Network, last: &str, device: &Device) -> Chain {
    let mut network = network;
    let colours = taken(&mut network, 0);
    let mut convs = (1..17).map(|number| taken(&mut network, number)).collect::<Vec<_>>().into_iter();
    let matrix = [0, 1, 2].map(|row| [0, 1, 2].map(|column| colours.weight[3 * row + column]));
    let offset = [0, 1, 2].map(|row| colours.bias[row]);
    blocks(VGG19, &mut convs, (matrix, offset), last, device)
}

fn from_decoder(network: Network, device: &Device) -> Chain {
    let mut network = network;
    // What is enlarged before a convolution: a pool of the encoder undone.
    (0..9).fold(Chain::new(device), |chain, number| {
        let chain = if matches!(number, 1 | 5 | 7) { chain.enlarge("larger") } else { chain };
        let after = if number == 8 { Activation::None } else { Activation::Relu };
        chain.conv(&format!("decoder{number}"), taken(&mut network, number), 1, after)
    })
}

fn taken(network: &mut Network, number: usize) -> Numbers {
    let mut take =
        |what: &str| network.tensors.remove(&format!("conv{number}.{what}")).unwrap_or_default().values;
    Numbers { weight: take("weight"), bias: take("bias") }
}

/// Blocks of so many convolutions, with a pool between them, up to a layer.
fn blocks(
    counts: [usize; 5],
    convs: &mut dyn Iterator<Item = Numbers>,
    colours: ([[f32; 3]; 3], [f32; 3]),
    last: &str,
    device: &Device,
) -> Chain {
    let mut chain = Chain::new(device);
    for (block, count) in (1..).zip(counts) {
        if block > 1 {
            chain = chain.pool(&format!("pool{}", block - 1));
        }
        for number in 1..=count {
            let name = format!("relu{block}_{number}");
            let Some(numbers) = convs.next() else { return chain };
            let numbers = if name == "relu1_1" { folded(numbers, colours) } else { numbers };
            chain = chain.conv(&name, numbers, 1, Activation::Relu);
            if name == last {
                return chain;
            }
        }
    }
    chain
}

/// A first convolution with what is done to the colours before it: `matrix * colours + offset`.
pub(super) fn folded(numbers: Numbers, (matrix, offset): ([[f32; 3]; 3], [f32; 3])) -> Numbers {
    let Numbers { weight, mut bias } = numbers;
    let mut out = vec![0.0; weight.len()];
    for (output, bias) in bias.iter_mut().enumerate() {
        for place in 0..9 {
            for (inner, row) in matrix.iter().enumerate() {
                let factor = weight[(output * 3 + inner) * 9 + place];
                *bias += factor * offset[inner];
                for (outer, share) in row.iter().enumerate() {
                    out[(output * 3 + outer) * 9 + place] += factor * share;
                }
            }
        }
    }
    Numbers { weight: out, bias }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::map::Map;
    use crate::weights::made_up;
    use impasto_random::Random;

    fn network(name: &str) -> Network {
        made_up(name, |_, at, shape| {
            let fan = shape.iter().skip(1).product::<usize>().max(1) as f32;
            (at as f32 * 0.7).sin() * (2.0 / fan).sqrt()
        })
    }

    #[test]
    fn layers_are_named_as_in_the_papers_and_end_where_asked() {
        let device = Device::flex();
        let chain = from_vgg19(network("vgg19"), "relu4_1", &device);
        assert_eq!(chain.layer("relu4_1"), Some(chain.last()));
        assert_eq!((chain.stride(chain.last()), chain.channels(chain.last())), (8, 512));
        assert_eq!(chain.layer("relu3_4").map(|layer| chain.channels(layer)), Some(256));
        let chain = from_vgg16(network("lpips-vgg16"), "relu5_3", &device);
        assert_eq!((chain.last(), chain.stride(chain.last())), (16, 16));
        assert_eq!(chain.layer("relu3_4"), None);
        let decoder = from_decoder(network("adain-decoder"), &device);
        assert_eq!(decoder.size(decoder.last(), [4, 5]), [32, 40]);
        assert_eq!(decoder.channels(decoder.last()), 3);
    }

    #[test]
    fn only_what_is_needed_for_a_layer_is_read() {
        assert_eq!(convs_up_to(VGG19, "relu1_1"), 1);
        assert_eq!(convs_up_to(VGG19, "relu4_1"), 9);
        assert_eq!(convs_up_to(VGG16, "relu5_3"), 13);
        assert_eq!(convs_up_to(VGG16, "relu3_4"), 13, "a layer that is not there");
        assert!(is_of("conv3.weight", &(0..4)) && !is_of("conv4.bias", &(0..4)) && !is_of("head0", &(0..4)));
        let mut network = network("vgg19");
        network.tensors.retain(|name, _| is_of(name, &(0..convs_up_to(VGG19, "relu4_1") + 1)));
        assert_eq!(network.tensors.len(), 20);
        let chain = from_vgg19(network, "relu4_1", &Device::flex());
        assert_eq!(chain.layer("relu4_1"), Some(chain.last()));
    }

    #[test]
    fn colours_folded_into_a_convolution_are_those_before_it() {
        let device = Device::flex();
        let mut random = Random::new(1, "fold", 0);
        let numbers = Numbers { weight: random.normals(2 * 27), bias: random.normals(2) };
        let matrix = [[0.5, 0.0, 0.2], [0.0, -1.0, 0.0], [3.0, 0.1, 1.0]];
        let offset = [0.3, -0.2, 1.0];
        let x = Map::new(random.normals(3 * 30), [3, 5, 6]);
        let mut before = x.clone();
        for at in 0..30 {
            for row in 0..3 {
                before.values[row * 30 + at] =
                    (0..3).map(|c| matrix[row][c] * x.values[c * 30 + at]).sum::<f32>() + offset[row];
            }
        }
        let look = |numbers: Numbers, x: Map| {
            let chain = Chain::new(&device).conv("only", numbers, 1, Activation::None);
            chain.forward(x, 0, None, &mut |_, _| ()).values.clone()
        };
        let (plain, folded) = (look(numbers.clone(), before), look(folded(numbers, (matrix, offset)), x));
        assert!(plain.iter().zip(&folded).all(|(a, b)| (a - b).abs() < 1e-4), "{plain:?}, {folded:?}");
    }
}
