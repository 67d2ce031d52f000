//! What a comparison has found: the figures, how they were made, and what they mean. Everything a page needs.

use impasto_data::Picture;
use serde::Serialize;

use super::figures::{Details, Figures};
use super::modes::Modes;
use super::perceptual::Perceptual;
use super::verdict::Finding;

/// A comparison of two sets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// All figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// What LPIPS says, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lpips: Option<Perceptual>,
    /// How the classes are painted, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modes: Option<Modes>,
    /// What they mean, the most important first.
    pub verdict: Vec<Finding>,
    /// What must be known to read them rightly.
    pub warnings: Vec<String>,
    /// How they were made: figures with the same protocol can be compared.
    pub protocol: Protocol,
    /// The names of the classes, where the real set has some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
    /// What single pictures are like.
    #[serde(skip)]
    pub details: Details,
    /// Pictures to show.
    #[serde(skip)]
    pub gallery: Gallery,
}

/// How figures were made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Protocol {
    /// The network's name.
    pub features: String,
    /// All that its numbers depend on.
    pub network: String,
    /// Whether figures are those that papers publish, as far as the features go.
    pub standard: bool,
    /// The generated side.
    pub generated: SideOf,
    /// The real side.
    pub real: SideOf,
    /// How pictures of both sides were made equal before the network saw them.
    pub pictures: String,
    /// The seed of every choice: pictures, subsets, clusters, bootstraps.
    pub seed: u64,
    /// How each figure is computed.
    pub methods: Vec<&'static str>,
    /// The version of Impasto.
    pub version: &'static str,
}

/// One side, as it was used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SideOf {
    /// Where.
    pub path: String,
    /// `pictures`, or `painted by a run`.
    pub kind: &'static str,
    /// How many pictures were compared.
    pub count: usize,
    /// The size of most of them before they were made equal.
    pub size: [usize; 2],
    /// What names the pictures, wherever they lie.
    pub identity: String,
}

/// How each figure is computed, for the protocol.
pub const METHODS: &[&str] = &[
    "fid: Frechet distance, f64, trace of the root as a nuclear norm",
    "kid: unbiased, kernel (x.y/d + 1)^3, mean of 100 subsets of up to 1000; interval: 200 bootstraps over pictures",
    "precision, recall: k = 3; density, coverage: k = 5; intervals: 1000 bootstraps over the pictures counted",
    "copies: what is left of a thumbnail (64 x 64, also in a mirror) when a real one is laid over it (moved, scaled, brighter), by the cube root of what is left of that one beside its own set; nearer than 99% of the real pictures are to each other, twins left out, and between 0.008 and 0.15",
    "clusters: k-means++ on the real features; entropies in bits, divergences in nats",
];

/// Pictures to show.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gallery {
    /// Some generated pictures.
    pub generated: Vec<Picture>,
    /// Some real ones.
    pub real: Vec<Picture>,
    /// The generated pictures nearest to a real one, each with that one.
    pub nearest: Vec<Shown>,
    /// The most typical generated pictures.
    pub most_typical: Vec<Shown>,
    /// The least typical.
    pub least_typical: Vec<Shown>,
    /// Real pictures that nothing generated lies beside.
    pub missing: Vec<Shown>,
}

/// A picture that is shown for a reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The picture.
    pub picture: Picture,
    /// Its path in the set, or its seed.
    pub name: String,
    /// The nearest real picture and its name, where that matters.
    pub beside: Option<(Picture, String)>,
    /// The score or density that it is shown for.
    pub figure: f64,
}
