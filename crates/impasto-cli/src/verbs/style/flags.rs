//! What can be asked of `impasto style`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use impasto::shell::typed_path;
use impasto::style::{LARGEST, Loss, Order};

use super::Hand;
use crate::verbs::sample::one_or_more;

/// Paint what one picture shows in the manner of others
///
/// Three ways. --method patches paints with the strokes of the style itself, in the style's colours and after the content's light;
/// it takes seconds and needs no network. --method optimise moves the pixels until a network sees the style in them: it takes
/// minutes, and invents strokes. --method adain does that in one pass: quick, and coarser. Both see styles with VGG19 (impasto
/// weights get vgg19 fetches it); optimisation also with VGG16, where LPIPS was added, or with the small network in this program,
/// which sees grain and colours only. Ctrl-C keeps the picture so far.
///
/// Or in one pass with a run that has learned one style: impasto train CONTENTS --recipe fast-style --set style=PICTURE. Then
/// there is no STYLE here, pictures keep their size, and films are painted frame by frame: GIF and animated PNG, and where the
/// program ffmpeg is installed MP4, WebM and others, whose sound is kept. A run of the recipe any-style is given its styles here.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StyleVerb {
    /// What is to be shown: a picture, or a folder of them; with --run also a film
    #[arg(value_name = "CONTENT")]
    pub(super) content: PathBuf,
    /// In whose manner: pictures, or folders of them; none with a run that knows its style
    #[arg(required_unless_present = "run", value_name = "STYLE")]
    pub(super) styles: Vec<PathBuf>,
    /// A PNG file; for a folder of contents, a folder; for a film with --run, a GIF, PNG or MP4 file
    #[arg(long, value_name = "FILE|DIR")]
    pub(super) out: PathBuf,
    /// Paint with this run, which knows its style (recipe fast-style) or paints in any (any-style)
    #[arg(long, value_name = "RUN", conflicts_with_all = NOT_WITH_A_RUN)]
    pub(super) run: Option<PathBuf>,
    /// Use this checkpoint of the run: best, last, or a name such as 000010.240k [default: best]
    #[arg(long, value_name = "NAME", requires = "run")]
    pub(super) checkpoint: Option<String>,
    /// How [default: patches; optimise where --network, --loss or --steps is given]
    #[arg(long, value_enum)]
    pub(super) method: Option<Method>,
    /// What each style counts beside the others, one number for each [default: all the same]
    #[arg(long, value_name = "W,W", value_delimiter = ',', value_parser = weight)]
    pub(super) style_weights: Vec<f64>,
    /// Where a style is to be: white is here, black is not. One picture for each style, as large as the content
    #[arg(long, value_name = "FILE,FILE", value_delimiter = ',')]
    pub(super) mask: Vec<PathBuf>,
    /// How much of the style: 0 is the content, 1 the style alone [default: 0.5; for adain and --run 1]
    #[arg(long, value_name = "0..1", value_parser = share)]
    pub(super) strength: Option<f64>,
    /// Keep the content's colours: only light and dark take the style
    #[arg(long)]
    pub(super) keep_colours: bool,
    /// The longest side of the result, in pixels [default: 512; with a run that knows its style that of the content]
    #[arg(long, value_name = "N", value_parser = size)]
    pub(super) size: Option<usize>,
    /// The longest side of the styles against that: below 1 strokes and patterns become smaller. A style
    /// that is smaller is enlarged only where more than 1 is asked for [default: 1]
    #[arg(long, value_name = "X", value_parser = factor)]
    pub(super) style_size: Option<f64>,
    /// Steps at the full size; smaller sizes, which come first and cost less, get more [default: 60; above 512 pixels a third
    /// fewer for each doubling]
    #[arg(long, value_name = "N", value_parser = one_or_more)]
    pub(super) steps: Option<usize>,
    /// What a style is for optimise: products of features (gram), their means and deviations (mean-std), or whole distributions
    /// (wasserstein) [default: gram]
    #[arg(long, value_name = "LOSS", value_parser = loss)]
    pub(super) loss: Option<Loss>,
    /// What looks at styles: vgg19, vgg16 or builtin [default: the first of them that is there]
    #[arg(long, value_name = "NETWORK", value_parser = ["vgg19", "vgg16", "builtin"])]
    pub(super) network: Option<String>,
    /// How much memory may be used, about; larger pictures are worked on in tiles, without seams
    #[arg(long, default_value = "2GB", value_name = "SIZE", value_parser = memory)]
    pub(super) memory: u64,
    /// What is drawn by chance comes from it
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(super) seed: u64,
    /// Write the picture so far here, every few seconds
    #[arg(long, value_name = "FILE")]
    pub(super) preview: Option<PathBuf>,
    /// Overwrite files
    #[arg(long)]
    pub(super) force: bool,
    /// Where to compute: auto, cpu, gpu or gpu:1
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub(super) device: String,
}

const EXAMPLES: &str = "\
Examples:
  impasto style cat.jpg starry-night.jpg --out cat.png
  impasto style cat.jpg starry-night.jpg klimt.jpg --style-weights 0.7,0.3 --out cat.png
  impasto style cat.jpg starry-night.jpg --keep-colours --strength 0.7 --size 1024 --out cat.png
  impasto style cat.jpg sky.jpg fur.jpg --mask above.png,below.png --out cat.png --preview now.png
  impasto style cat.jpg starry-night.jpg --method optimise --out cat.png
  impasto style photos starry-night.jpg --method adain --strength 0.8 --out painted
  impasto train photographs --recipe fast-style --set style=starry-night.jpg --out runs/starry
  impasto style photos --run runs/starry --out painted
  impasto style cat.jpg klimt.jpg --run runs/any --strength 0.8 --out cat.png
  impasto style film.gif --run runs/starry --out painted.gif
  impasto style film.mp4 --run runs/starry --size 640 --out painted.mp4";

/// What a run has decided when it was trained, or has no use for.
const NOT_WITH_A_RUN: [&str; 5] = ["method", "steps", "loss", "network", "preview"];

/// How a picture is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Step by step, on the pixels themselves
    Optimise,
    /// In one pass, by adaptive instance normalisation
    Adain,
    /// With patches of the styles, without a network
    Patches,
}

impl Method {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Optimise => "optimise",
            Self::Adain => "adain",
            Self::Patches => "patches",
        }
    }
}

impl StyleVerb {
    /// The way that was asked for, or that fits what was asked for.
    pub(super) fn method(&self) -> Method {
        let optimises = self.network.is_some() || self.loss.is_some() || self.steps.is_some();
        self.method.unwrap_or(if optimises { Method::Optimise } else { Method::Patches })
    }

    /// What only makes sense where styles are given, if any of it was asked for.
    pub(super) fn about_styles(&self) -> Option<&'static str> {
        match () {
            () if !self.style_weights.is_empty() => Some("--style-weights"),
            () if !self.mask.is_empty() => Some("--mask"),
            () if self.style_size.is_some() => Some("--style-size"),
            () => None,
        }
    }

    pub(super) fn order(&self) -> Order {
        let one_pass = self.method == Some(Method::Adain) || self.run.is_some();
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

    /// What the picture carries: all that it depends on beside the pictures, as it is typed.
    pub(super) fn settings(&self, hand: &Hand) -> String {
        let order = self.order();
        let method = hand.method().map_or_else(String::new, |method| format!("--method {} ", method.name()));
        let mut words = vec![format!("{method}--size {}", order.size)];
        words.push(format!("--strength {} --style-size {}", order.strength, order.style_size));
        if let Hand::Steps(sight) = hand {
            words.push(format!("--network {} --loss {}", sight.name(), order.loss.name()));
            words.push(format!("--steps {} --memory {}", order.steps, order.memory));
        }
        if !self.style_weights.is_empty() {
            words.push(format!("--style-weights {}", joined(self.style_weights.iter())));
        }
        if !self.mask.is_empty() {
            let names = self.mask.iter().map(|mask| typed_path(mask.file_name().unwrap_or_default()));
            words.push(format!("--mask {}", joined(names)));
        }
        if order.keep_colours {
            words.push("--keep-colours".to_owned());
        }
        words.join(" ")
    }
}

fn joined<T: ToString>(all: impl Iterator<Item = T>) -> String {
    all.map(|one| one.to_string()).collect::<Vec<_>>().join(",")
}

fn share(text: &str) -> Result<f64, String> {
    number(text).filter(|value| (0.0..=1.0).contains(value)).ok_or_else(|| "a number from 0 to 1".to_owned())
}

fn weight(text: &str) -> Result<f64, String> {
    number(text).filter(|value| *value > 0.0).ok_or_else(|| "numbers above 0, such as 0.7,0.3".to_owned())
}

fn factor(text: &str) -> Result<f64, String> {
    number(text)
        .filter(|value| (0.1..=4.0).contains(value))
        .ok_or_else(|| "a number from 0.1 to 4".to_owned())
}

fn size(text: &str) -> Result<usize, String> {
    let size = text.parse().ok().filter(|size| (16..=LARGEST).contains(size));
    size.ok_or_else(|| format!("a whole number from 16 to {LARGEST}"))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|value: &f64| value.is_finite())
}

fn loss(text: &str) -> Result<Loss, String> {
    let names = || Loss::ALL.map(Loss::name).join(", ");
    Loss::ALL.into_iter().find(|loss| loss.name() == text).ok_or_else(|| format!("one of {}", names()))
}

/// `2GB`, `500MB`, or bytes.
fn memory(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_lowercase();
    let units = [("gb", 1e9), ("mb", 1e6), ("kb", 1e3), ("g", 1e9), ("m", 1e6), ("b", 1.0), ("", 1.0)];
    let found = units.iter().find_map(|(unit, bytes)| Some((lower.strip_suffix(unit)?, bytes)));
    let value = found.and_then(|(digits, bytes)| Some(number(digits)? * bytes));
    value
        .filter(|value| *value >= 1.0)
        .map(|value| value as u64)
        .ok_or_else(|| "a size such as 2GB or 500MB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_memory_are_read() {
        for (text, bytes) in
            [("2GB", 2_000_000_000), ("1.5gb", 1_500_000_000), ("500 MB", 500_000_000), ("77", 77)]
        {
            assert_eq!(memory(text), Ok(bytes), "{text}");
        }
        assert!(memory("much").is_err() && memory("-1GB").is_err() && memory("GB").is_err());
    }
}
