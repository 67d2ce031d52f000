//! Any style in one pass: adaptive instance normalisation (Huang and Belongie, "Arbitrary Style Transfer in Real-time with
//! Adaptive Instance Normalization", 2017), with the published encoder and decoder, or with a decoder that a run has learned.
//!
//! What VGG19 sees of the content at relu4_1 gets, channel by channel, the mean and deviation of what it sees of the style;
//! the decoder paints a picture of it. Differs from the published program: sides of a content that are no multiple of eight are
//! continued by their mirror image and cut again (a style's rest is left out), and masks say where each of several styles is.

use burn::tensor::Device;
use impasto_data::Picture;
use impasto_nn::Precision;

use super::{Order, Sight, Style, StyleError, Stylised, area, colour, size_of, size_of_style};
use crate::features::chain::Chain;
use crate::features::map::{Map, Window};
use crate::features::vgg;
use crate::weights::Weights;

/// The two networks.
#[derive(Debug)]
pub struct AnyStyle {
    encoder: Chain,
    /// The encoder's layer that is painted from.
    layer: usize,
    name: &'static str,
    decoder: Chain,
}

/// A decoder that was learned: what a layer of the encoder sees, to a picture.
#[derive(Debug)]
pub struct Decoder(pub(crate) Chain);

/// Keeps flat channels from being divided by zero.
const EPSILON: f64 = 1e-5;
/// Bytes for each pixel: 128 channels at half the size, in and out, and the picture itself. What is larger is made in bands.
const PER_PIXEL: u64 = 300;
/// Weights and all else, in bytes.
const REST: u64 = 320_000_000;

impl AnyStyle {
    /// Loads both.
    ///
    /// # Errors
    /// When the user has not added them, or they are damaged.
    pub fn load(weights: &Weights, device: &Device) -> Result<Self, StyleError> {
        let encoder = vgg::vgg19(weights, "relu4_1", device)?;
        Ok(Self { layer: encoder.last(), encoder, name: "vgg19", decoder: vgg::decoder(weights, device)? })
    }

    /// With a decoder that was learned for the network of this name.
    ///
    /// # Errors
    /// When the user has not added that, or it is damaged.
    pub fn learned(
        decoder: Decoder,
        network: &str,
        weights: &Weights,
        device: &Device,
    ) -> Result<Self, StyleError> {
        let sight = Sight::named(network, weights, device)?.for_one_pass();
        Ok(Self { layer: sight.content, name: sight.name(), encoder: sight.chain, decoder: decoder.0 })
    }

    /// What looks at the pictures.
    pub fn network(&self) -> &'static str {
        self.name
    }

    /// The least side of a picture.
    fn least(&self) -> usize {
        2 * self.encoder.stride(self.layer)
    }

    /// Paints the content in the styles. Steps, loss and seed of the order have no part in it.
    ///
    /// # Errors
    /// When a picture is too small, masks don't fit, or the memory does not suffice.
    pub fn stylise(
        &self,
        content: &Picture,
        styles: &[Style],
        order: &Order,
    ) -> Result<Stylised, StyleError> {
        let full = size_of(content, order.size);
        self.check(content, styles, full, order.memory)?;
        let map = colour::numbers(content, full);
        let seen = self.encoded(continued(&map, self.encoder.stride(self.layer)));
        let mut looks = Vec::with_capacity(styles.len());
        for style in styles {
            let size = size_of_style(&style.picture, order.size, order.style_size, self.least());
            let mut style = colour::numbers(&style.picture, size);
            if order.keep_colours {
                style = colour::lit_like(&style, &map);
            }
            looks.push(moments(&self.encoded(style)));
        }
        let mixed = mixed(&seen, &looks, &shares(styles, seen.size()), order.strength as f32);
        let painted = Precision::quickest()
            .during(|| self.decoder.result(mixed, self.decoder.last()).cut(&whole(full)));
        let painted = if order.keep_colours { colour::coloured(painted, &map) } else { painted };
        let picture = colour::picture(painted);
        Ok(Stylised { picture, loss: None, steps: 1, tiles: 1, stopped: false })
    }

    /// A picture as the layer sees it.
    fn encoded(&self, picture: Map) -> Map {
        Precision::quickest().during(|| self.encoder.result(picture, self.layer))
    }

    fn check(
        &self,
        content: &Picture,
        styles: &[Style],
        full: [usize; 2],
        memory: u64,
    ) -> Result<(), StyleError> {
        if styles.is_empty() {
            return Err(StyleError::Nothing);
        }
        let least = self.least();
        if full.iter().any(|&side| side < least) {
            let [height, width] = full;
            return Err(StyleError::Small { width, height, least, network: self.name });
        }
        super::check_masks(content, styles)?;
        let needed = area(full) as u64 * PER_PIXEL + REST;
        if needed > memory { Err(StyleError::Memory { needed }) } else { Ok(()) }
    }
}

fn whole([height, width]: [usize; 2]) -> Window {
    Window { rows: 0..height, columns: 0..width }
}

/// Continued by its mirror image until both sides are multiples of a step, and two steps at least.
pub(super) fn continued(map: &Map, step: usize) -> Map {
    let [height, width] = map.size().map(|side| side.next_multiple_of(step).max(2 * step));
    let mirrored = |at: usize, side: usize| if at < side { at } else { (2 * side - 2).saturating_sub(at) };
    let mut values = Vec::with_capacity(3 * height * width);
    for channel in 0..map.channels {
        for row in 0..height {
            let row = map.row(channel, mirrored(row, map.height));
            values.extend((0..width).map(|column| row[mirrored(column, map.width)]));
        }
    }
    Map::new(values, [map.channels, height, width])
}

/// Each channel's mean and deviation, as PyTorch computes it: divided by one less than the count.
pub(super) fn moments(map: &Map) -> Vec<[f32; 2]> {
    let count = map.area().max(2) as f64;
    let both = |plane: &[f32]| {
        let mean = plane.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
        let square =
            plane.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / (count - 1.0);
        [mean as f32, (square + EPSILON).sqrt() as f32]
    };
    map.values.chunks_exact(map.area().max(1)).map(both).collect()
}

/// What each style counts at each place: its weight, times its mask where there are masks; together one.
fn shares(styles: &[Style], [height, width]: [usize; 2]) -> Vec<Vec<f32>> {
    let own = |style: &Style| match &style.mask {
        Some(mask) => {
            let light = super::lightness(mask, [height, width]).into_iter();
            light.map(|light| light * style.weight as f32).collect()
        }
        None => vec![style.weight as f32; height * width],
    };
    let mut all: Vec<Vec<f32>> = styles.iter().map(own).collect();
    let limits = styles.iter().any(|style| style.mask.is_some());
    for at in 0..height * width {
        let total: f32 = all.iter().map(|shares| shares[at]).sum();
        // Under masks the content may show through; without any, weights are shares of the whole.
        let total = if limits { total.max(1.0) } else { total.max(1e-6) };
        all.iter_mut().for_each(|shares| shares[at] /= total);
    }
    all
}

/// The content with the styles' moments, and the content itself where strength and shares leave some of it.
pub(super) fn mixed(content: &Map, looks: &[Vec<[f32; 2]>], shares: &[Vec<f32>], strength: f32) -> Map {
    let own = moments(content);
    let mut out = content.clone();
    let area = content.area();
    for (channel, plane) in out.values.chunks_exact_mut(area).enumerate() {
        let [mean, deviation] = own[channel];
        for (at, value) in plane.iter_mut().enumerate() {
            let plain = (*value - mean) / deviation;
            for (look, shares) in looks.iter().zip(shares) {
                let [goal, spread] = look[channel];
                let styled = plain * spread + goal;
                *value += strength * shares[at] * (styled - (plain * deviation + mean));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn drawn(shape: [usize; 3], key: u64) -> Map {
        Map::new(Random::new(1, "adain", key).normals(shape.iter().product()), shape)
    }

    fn style(weight: f64) -> Style {
        Style { picture: Picture::filled(4, 4, &[0]), weight, mask: None }
    }

    #[test]
    fn the_mixture_has_the_styles_moments_and_strength_leads_there() {
        let (content, other) = (drawn([3, 6, 5], 1), drawn([3, 7, 7], 2));
        let look = moments(&other);
        let shares = shares(&[style(2.0)], [6, 5]);
        let full = moments(&mixed(&content, std::slice::from_ref(&look), &shares, 1.0));
        for (found, goal) in full.iter().zip(&look) {
            assert!((0..2).all(|at| (found[at] - goal[at]).abs() < 1e-3), "{found:?}, {goal:?}");
        }
        assert_eq!(mixed(&content, std::slice::from_ref(&look), &shares, 0.0), content);
        let half = moments(&mixed(&content, std::slice::from_ref(&look), &shares, 0.5));
        let middle = (moments(&content)[0][0] + look[0][0]) / 2.0;
        assert!((half[0][0] - middle).abs() < 1e-4);
    }

    #[test]
    fn weights_are_shares_and_masks_leave_the_content_where_they_are_black() {
        let both = shares(&[style(3.0), style(1.0)], [1, 2]);
        assert_eq!(both, [[0.75, 0.75], [0.25, 0.25]]);
        let mask = Picture::new(2, 1, 1, vec![255, 0]);
        let masked = Style { mask: Some(mask), ..style(1.0) };
        assert_eq!(shares(&[masked], [1, 2]), [[1.0, 0.0]]);
    }

    #[test]
    fn odd_sizes_are_continued_by_their_mirror_image() {
        let map = Map::new((0..9).map(|value| value as f32).collect(), [1, 1, 9]);
        let longer = continued(&map, 8);
        assert_eq!(longer.size(), [16, 16]);
        assert_eq!(longer.row(0, 5)[8..11], [8.0, 7.0, 6.0]);
    }

    #[test]
    fn flat_channels_are_not_divided_by_nothing() {
        let flat = Map::new(vec![2.0; 12], [1, 3, 4]);
        assert!(moments(&flat)[0][1] > 0.0);
    }
}
