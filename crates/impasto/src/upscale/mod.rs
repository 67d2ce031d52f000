//! Pictures made larger by a published network: those of Real-ESRGAN (Wang and others, "Real-ESRGAN: Training Real-World Blind
//! Super-Resolution with Pure Synthetic Data", 2021), which the user adds.
//!
//! [`Upscaler`] cuts a picture into tiles (`tiles`), each of which a network (`network`) makes four times as large; less is that made
//! smaller. What is hidden behind transparency gets colours from around it first (`hidden`), and alpha is enlarged without a network.
//! [`drawing`] says which pictures are drawn.

pub mod drawing;
mod hidden;
mod network;
#[cfg(test)]
mod tests;
mod tiles;

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
use impasto_data::Picture;
use impasto_nn::{tensor, values};
use impasto_system::Span;

use crate::patches::enlarge::enlarged;
use crate::patches::{Edge, Filter, Raster};
use crate::picture::{as_rgb, to_chw};
use crate::weights::{Weights, WeightsError, esrgan};
use network::{Plain, Residual};
use tiles::Tiles;

/// How many times as large the networks make a picture.
const TIMES: usize = 4;

/// A network that makes pictures larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpscaleNetwork {
    /// The small one, learned from drawn films.
    Animevideo,
    /// The large one, learned from photographs.
    X4plus,
    /// The large one with fewer blocks, learned from drawings.
    X4plusAnime,
}

impl UpscaleNetwork {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Animevideo, Self::X4plus, Self::X4plusAnime];

    /// What it is called among the options of `enlarge`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Animevideo => "animevideo",
            Self::X4plus => "x4plus",
            Self::X4plusAnime => "x4plus-anime",
        }
    }

    /// What it is called among the networks that the user adds.
    pub fn weights_name(self) -> &'static str {
        match self {
            Self::Animevideo => "realesrgan-animevideo",
            Self::X4plus => "realesrgan-x4plus",
            Self::X4plusAnime => "realesrgan-x4plus-anime",
        }
    }
}

impl fmt::Display for UpscaleNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for UpscaleNetwork {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|network| network.name() == name)
            .ok_or_else(|| format!("no network `{name}`"))
    }
}

/// A network, loaded.
#[derive(Debug)]
pub struct Upscaler {
    network: UpscaleNetwork,
    layers: Layers,
    tiles: Tiles,
    sha256: String,
    device: Device,
}

#[derive(Debug)]
enum Layers {
    Plain(Plain),
    Residual(Box<Residual>),
}

impl Upscaler {
    /// The network that the user has added.
    ///
    /// # Errors
    /// When it was not added, or is damaged.
    pub fn open(network: UpscaleNetwork, weights: &Weights, device: &Device) -> Result<Self, WeightsError> {
        Ok(Self::from_weights(network, weights.read(network.weights_name())?, device))
    }

    fn from_weights(network: UpscaleNetwork, weights: crate::weights::Network, device: &Device) -> Self {
        let sha256 = weights.about.sha256;
        let residual = |blocks| Layers::Residual(Box::new(Residual::new(blocks, &weights.tensors, device)));
        let (layers, tiles) = match network {
            UpscaleNetwork::Animevideo => {
                (Layers::Plain(Plain::new(&weights.tensors, device)), Tiles::FOR_PLAIN)
            }
            UpscaleNetwork::X4plus => (residual(esrgan::BLOCKS[0]), Tiles::FOR_RESIDUAL),
            UpscaleNetwork::X4plusAnime => (residual(esrgan::BLOCKS[1]), Tiles::FOR_RESIDUAL),
        };
        Self { network, layers, tiles, sha256, device: device.clone() }
    }

    /// Which network it is.
    pub fn network(&self) -> UpscaleNetwork {
        self.network
    }

    /// The checksum of its weights.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Bytes that are in use while a picture is enlarged, at most.
    pub fn memory(&self, picture: &Picture, times: usize) -> u64 {
        let side = self.tiles.largest() as u64;
        // What a layer of the network sees and makes, joined parts of a block included, and the picture before it is bytes.
        let channels = match self.layers {
            Layers::Plain(_) => 4 * esrgan::WIDTH,
            Layers::Residual(_) => 10 * esrgan::WIDTH,
        } as u64;
        let large = (picture.width() * picture.height() * times * times) as u64;
        let alpha = if picture.channels() == 4 { 20 } else { 0 };
        side * side * 4 * (channels + 12 * 16) + large * (2 * picture.channels() as u64 + alpha)
    }

    /// The picture so many times as large on each side, up to four; nothing where the work is stopped.
    pub fn enlarged(&self, picture: &Picture, times: usize, span: &mut Span<'_>) -> Option<Picture> {
        let seen = if picture.channels() == 4 { hidden::filled(picture) } else { as_rgb(picture, [255; 3]) };
        let colours = self.tiles.apply(&seen, times, &mut |tile| self.tile(tile, times), span)?;
        match picture.channels() {
            1 => Some(grey(&colours)),
            4 => with_alpha(&colours, picture, times, span),
            _ => Some(colours),
        }
    }

    /// A tile through the network, and as large as asked for.
    fn tile(&self, tile: &Picture, times: usize) -> Picture {
        let shape = [1, 3, tile.height(), tile.width()];
        let values_in = to_chw(tile).iter().map(|value| (value + 1.0) / 2.0).collect();
        let x = tensor(values_in, shape, &self.device);
        let made = match &self.layers {
            Layers::Plain(layers) => layers.forward(x),
            Layers::Residual(layers) => layers.forward(x),
        };
        let [_, _, height, width] = made.dims();
        let planes = values(made);
        let pixels = (0..height * width).flat_map(|at| [0, 1, 2].map(|c| planes[c * height * width + at]));
        let raster = Raster::new(width, height, 3, pixels.map(|value| value.clamp(0.0, 1.0)).collect());
        raster.resized(times * tile.width(), times * tile.height(), Filter::Cubic, Edge::Still).picture()
    }
}

fn grey(picture: &Picture) -> Picture {
    let mean = |pixel: &[u8]| (pixel.iter().map(|&part| u16::from(part)).sum::<u16>() / 3) as u8;
    let pixels = picture.pixels().chunks_exact(3).map(mean).collect();
    Picture::new(picture.width(), picture.height(), 1, pixels)
}

/// The colours with the alpha of the picture, enlarged without a network.
fn with_alpha(colours: &Picture, picture: &Picture, times: usize, span: &mut Span<'_>) -> Option<Picture> {
    let alpha = picture.pixels().chunks_exact(4).map(|pixel| f32::from(pixel[3]) / 255.0).collect();
    let alpha = Raster::new(picture.width(), picture.height(), 1, alpha);
    let alpha = enlarged(&alpha, times, &mut span.part(1.0..1.0))?.picture();
    let pixels = colours.pixels().chunks_exact(3).zip(alpha.pixels());
    let pixels = pixels.flat_map(|(colour, &alpha)| match alpha {
        0 => [0; 4],
        alpha => [colour[0], colour[1], colour[2], alpha],
    });
    Some(Picture::new(colours.width(), colours.height(), 4, pixels.collect()))
}
