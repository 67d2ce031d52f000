//! What can be asked for when a picture is painted in a style.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::jobs::{Choice, Files, UseRun};
use crate::style::{LARGEST, Loss, Order, SIGHTS};

/// Paint what pictures show in the style of others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StyleRequest {
    /// What goes in and out.
    pub files: Files,
    /// Pictures in the style, or folders of them; none with a run that knows its style.
    #[serde(default)]
    pub styles: Vec<PathBuf>,
    /// What each style counts beside the others; none: all the same.
    #[serde(default)]
    pub style_weights: Vec<f64>,
    /// Where each style is to be: a picture as large as the content, white where the style is; none: everywhere.
    #[serde(default)]
    pub mask: Vec<PathBuf>,
    /// Which way; by itself patches, or optimise where a network, a loss or steps are asked for.
    #[serde(default)]
    pub method: Option<StyleMethod>,
    /// How much of the style: 0 is the content, 1 the style alone.
    #[serde(default)]
    pub strength: Option<f64>,
    /// Whether only light and dark take the style.
    #[serde(default)]
    pub keep_colours: bool,
    /// The longest side of the result.
    #[serde(default)]
    pub size: Option<usize>,
    /// The longest side of the styles against that.
    #[serde(default)]
    pub style_size: Option<f64>,
    /// Steps of optimise at the full size.
    #[serde(default)]
    pub steps: Option<usize>,
    /// What a style is for optimise.
    #[serde(default)]
    pub loss: Option<Loss>,
    /// What network sees styles; by itself the first of vgg19, vgg16 and builtin that is there.
    #[serde(default)]
    pub network: Option<String>,
    /// How many bytes of memory may be used, about.
    #[serde(default = "memory")]
    pub memory: u64,
    /// What is drawn by chance comes from it.
    #[serde(default = "crate::jobs::first_seed")]
    pub seed: u64,
    /// Where the picture so far is written every few seconds.
    #[serde(default)]
    pub preview: Option<PathBuf>,
    /// A run that paints.
    #[serde(default)]
    pub run: Option<UseRun>,
}

/// How a picture is painted without a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StyleMethod {
    /// Step by step, on the pixels themselves.
    Optimise,
    /// In one pass, by adaptive instance normalisation.
    Adain,
    /// With patches of the styles, without a network.
    Patches,
}

impl Choice for StyleMethod {
    const ALL: &'static [Self] = &[Self::Optimise, Self::Adain, Self::Patches];

    fn name(self) -> &'static str {
        match self {
            Self::Optimise => "optimise",
            Self::Adain => "adain",
            Self::Patches => "patches",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Optimise => "Step by step, on the pixels themselves",
            Self::Adain => "In one pass, by adaptive instance normalisation",
            Self::Patches => "With patches of the styles, without a network",
        }
    }
}

impl Choice for Loss {
    const ALL: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        Self::name(self)
    }

    fn about(self) -> &'static str {
        match self {
            Self::Gram => "Products of features, as in the first paper",
            Self::MeanStd => "Their means and deviations: quicker",
            Self::Wasserstein => "Their whole distributions",
        }
    }
}

fn memory() -> u64 {
    Order::default().memory
}

impl StyleRequest {
    /// The way that was asked for, or that fits what was asked for.
    pub(super) fn method(&self) -> StyleMethod {
        let optimises = self.network.is_some() || self.loss.is_some() || self.steps.is_some();
        self.method.unwrap_or(if optimises { StyleMethod::Optimise } else { StyleMethod::Patches })
    }

    /// Refuses what is out of range.
    pub(super) fn check(&self) -> Result<()> {
        let is_in =
            |value: Option<f64>, from: f64, to: f64| value.is_none_or(|value| (from..=to).contains(&value));
        let wrong = match () {
            () if !is_in(self.strength, 0.0, 1.0) => "strength must be from 0 to 1",
            () if !is_in(self.style_size, 0.1, 4.0) => "style_size must be from 0.1 to 4",
            () if !self.style_weights.iter().all(|weight| *weight > 0.0 && weight.is_finite()) => {
                "style_weights must be numbers above 0"
            }
            () if self.size.is_some_and(|size| !(16..=LARGEST).contains(&size)) => {
                return Err(Error::usage(format!("size must be from 16 to {LARGEST}")));
            }
            () if self.steps == Some(0) || self.memory == 0 => "steps and memory must be above 0",
            () if self.network.as_deref().is_some_and(|name| !SIGHTS.contains(&name)) => {
                return Err(Error::usage(format!("network must be one of {}", SIGHTS.join(", "))));
            }
            () => return Ok(()),
        };
        Err(Error::usage(wrong))
    }

    pub(super) fn order(&self) -> Order {
        let one_pass = self.method == Some(StyleMethod::Adain) || self.run.is_some();
        let usual = if one_pass { 1.0 } else { Order::default().strength };
        let size = self.size.unwrap_or(Order::default().size);
        Order {
            size,
            steps: self.steps.unwrap_or_else(|| Order::steps_at(size)),
            strength: self.strength.unwrap_or(usual),
            loss: self.loss.unwrap_or_default(),
            style_size: self.style_size.unwrap_or(1.0),
            keep_colours: self.keep_colours,
            memory: self.memory,
            seed: self.seed,
        }
    }

    /// What a picture carries: all that it depends on beside the pictures. `network` is that of optimise.
    pub(super) fn settings(&self, method: Option<StyleMethod>, network: Option<&str>) -> Value {
        let order = self.order();
        let mut settings = Map::new();
        let mut set = |key: &str, value: Value| settings.insert(key.to_owned(), value);
        if let Some(method) = method {
            set("method", json!(method));
        }
        set("size", json!(order.size));
        set("strength", json!(order.strength));
        set("style_size", json!(order.style_size));
        if let Some(network) = network.filter(|_| method == Some(StyleMethod::Optimise)) {
            set("network", json!(network));
            set("loss", json!(order.loss));
            set("steps", json!(order.steps));
            set("memory", json!(order.memory));
        }
        if !self.style_weights.is_empty() {
            set("style_weights", json!(self.style_weights));
        }
        if !self.mask.is_empty() {
            let name = |mask: &PathBuf| mask.file_name().unwrap_or_default().to_string_lossy().into_owned();
            set("mask", json!(self.mask.iter().map(name).collect::<Vec<_>>()));
        }
        if order.keep_colours {
            set("keep_colours", json!(true));
        }
        settings.into()
    }
}
