//! `impasto style`: a picture in the style of others.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{Choice, Files, StyleMethod, StyleRequest, StyledPicture, UseRun};
use impasto::style::{LARGEST, Loss, SIGHTS};

use super::sample::one_or_more;
use crate::job::{self, OnDevice, STOPPING_AFTER, choices, run_named};
use crate::voice::Voice;
use crate::words::{count, counted, duration, info_of, named, short};

/// Paint what one picture shows in the style of others
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
    content: PathBuf,
    /// Pictures in the style, or folders of them; none with a run that knows its style
    #[arg(required_unless_present = "run", value_name = "STYLE")]
    styles: Vec<PathBuf>,
    /// A PNG file; for a folder of contents, a folder; for a film with --run, a GIF, PNG or MP4 file
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// Paint with this run, which knows its style (recipe fast-style) or paints in any (any-style)
    #[arg(long, value_name = "RUN", conflicts_with_all = NOT_WITH_A_RUN)]
    run: Option<PathBuf>,
    /// Use this checkpoint of the run: best, last, or a name such as 000010.240k [default: best]
    #[arg(long, value_name = "NAME", requires = "run")]
    checkpoint: Option<String>,
    /// How [default: patches; optimise where --network, --loss or --steps is given]
    #[arg(long, value_name = "METHOD", value_parser = choices::<StyleMethod>())]
    method: Option<StyleMethod>,
    /// What each style counts beside the others, one number for each [default: all the same]
    #[arg(long, value_name = "W,W", value_delimiter = ',', value_parser = weight)]
    style_weights: Vec<f64>,
    /// Where a style is to be: white is here, black is not. One picture for each style, as large as the content
    #[arg(long, value_name = "FILE,FILE", value_delimiter = ',')]
    mask: Vec<PathBuf>,
    /// How much of the style: 0 is the content, 1 the style alone [default: 0.5; for adain and --run 1]
    #[arg(long, value_name = "0..1", value_parser = share)]
    strength: Option<f64>,
    /// Keep the content's colours: only light and dark take the style
    #[arg(long)]
    keep_colours: bool,
    /// The longest side of the result, in pixels [default: 512; with a run that knows its style that of the content]
    #[arg(long, value_name = "N", value_parser = size)]
    size: Option<usize>,
    /// The longest side of the styles against that: below 1 strokes and patterns become smaller. A style
    /// that is smaller is enlarged only where more than 1 is asked for [default: 1]
    #[arg(long, value_name = "X", value_parser = factor)]
    style_size: Option<f64>,
    /// Steps at the full size; smaller sizes, which come first and cost less, get more [default: 60; above 512 pixels a third
    /// fewer for each doubling]
    #[arg(long, value_name = "N", value_parser = one_or_more)]
    steps: Option<usize>,
    /// What a style is for optimise [default: gram]
    #[arg(long, value_name = "LOSS", value_parser = choices::<Loss>())]
    loss: Option<Loss>,
    /// What looks at styles: vgg19, vgg16 or builtin [default: the first of them that is there]
    #[arg(long, value_name = "NETWORK", value_parser = SIGHTS)]
    network: Option<String>,
    /// How much memory may be used, about; larger pictures are worked on in tiles, without seams
    #[arg(long, default_value = "2GB", value_name = "SIZE", value_parser = memory)]
    memory: u64,
    /// What is drawn by chance comes from it
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Write the picture so far here, every few seconds
    #[arg(long, value_name = "FILE")]
    preview: Option<PathBuf>,
    /// Overwrite files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    device: OnDevice,
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

const STOPPING: &str = "stopping: the picture so far is kept; Ctrl-C once more leaves at once, without it";

impl StyleVerb {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let workshop = self.device.workshop()?;
        let stopping = if self.run.is_some() { STOPPING_AFTER } else { STOPPING };
        let report = job::done(&self.request(), &workshop, stopping, voice)?;
        job::show_and(&report, in_words, report.outputs.first().map(|one| self.next(one)), voice)
    }

    fn request(&self) -> StyleRequest {
        let run = |path: &PathBuf| UseRun { path: run_named(path), checkpoint: self.checkpoint.clone() };
        let pictures = vec![self.content.clone()];
        StyleRequest {
            files: Files { pictures, out: self.out.clone(), force: self.force },
            styles: self.styles.clone(),
            style_weights: self.style_weights.clone(),
            mask: self.mask.clone(),
            method: self.method,
            strength: self.strength,
            keep_colours: self.keep_colours,
            size: self.size,
            style_size: self.style_size,
            steps: self.steps,
            loss: self.loss,
            network: self.network.clone(),
            memory: self.memory,
            seed: self.seed,
            preview: self.preview.clone(),
            run: self.run.as_ref().map(run),
        }
    }

    /// What can be done next.
    fn next(&self, one: &StyledPicture) -> String {
        match one.network.as_deref() {
            Some("builtin") if self.run.is_none() => {
                "the network in this program sees grain and colours, no strokes: --method patches paints with the style's own, and \
                 with impasto weights get vgg19 a network sees them"
                    .to_owned()
            }
            None if self.run.is_none() && self.method.is_none() => {
                "painted with the style's own strokes; --method optimise lets a network invent them (impasto weights get vgg19)"
                    .to_owned()
            }
            _ => format!("how it was made: {}", info_of(&one.path)),
        }
    }
}

fn in_words(one: &StyledPicture) -> String {
    let loss = one.loss.map_or_else(String::new, |loss| format!(", loss {}", short(loss)));
    let frames =
        if one.frames > 1 { format!("{} frames, ", count(one.frames as u64)) } else { String::new() };
    let how = match one.network.as_deref() {
        Some(network) if one.method == StyleMethod::Optimise.name() => {
            format!("{} with {}{loss}", counted(one.steps, "step", "steps"), named(network))
        }
        None if one.run.is_none() => "patches of the style".to_owned(),
        _ => format!("{frames}one pass"),
    };
    let stopped = match (one.stopped, one.frames) {
        (false, _) => "",
        (true, 1) => " (stopped)",
        (true, _) => " (stopped: the frames so far)",
    };
    let (path, seconds) = (named(&one.path), duration(one.seconds));
    format!("{path}: {} x {}, {how}, {seconds}{stopped}", one.width, one.height)
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
