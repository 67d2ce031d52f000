//! What some recipes learn from beside pictures: a style, and the network that looks at it. A recipe never sees a file, so the
//! style is opened here and handed in, and a copy lies in the run folder: a training goes on wherever the style is by then.

use std::path::Path;

use burn::tensor::Device;
use impasto_data::{Channels, Limits, Picture, decode};

use super::TrainError;
use crate::config::{Config, STYLE};
use crate::picture::{png_bytes, write_png};
use crate::recipe::Recipe;
use crate::run::atomic::read_bounded;
use crate::run::{Run, sha256};
use crate::style::{Aids, Sight, is_there, usual};
use crate::weights::Weights;

/// The copy in the run folder.
const COPY: &str = "style.png";
/// A style may be no larger, in bytes.
const LARGEST: u64 = 1 << 30;

/// A style that was opened.
pub(super) struct Model {
    picture: Picture,
    network: String,
}

/// Whether the style of these settings, if they have one, is there, and the network that looks at it: to be asked before
/// long work.
///
/// # Errors
/// When no style is named, or it can't be read, or the network is missing.
pub fn check_style(config: &Config) -> Result<(), TrainError> {
    let Some(path) = config.style() else { return Ok(()) };
    named(path)?;
    Ok(is_there(network(config), &Weights::of_this_user())?)
}

impl Model {
    /// The style of these settings, if they have one. Its whole path and the network's name are put into them, so that they
    /// say the same in another folder and when other networks have been added.
    pub(super) fn find(config: &mut Config) -> Result<Option<Self>, TrainError> {
        let Some(path) = config.style().map(str::to_owned) else { return Ok(None) };
        let picture = named(&path)?;
        let asked = network(config).to_owned();
        let network = if asked.is_empty() { usual(&Weights::of_this_user()).to_owned() } else { asked };
        let whole = Path::new(&path).canonicalize().ok();
        let whole = whole.and_then(|whole| whole.into_os_string().into_string().ok()).unwrap_or(path);
        config.table.insert(STYLE.into(), whole.into());
        config.table.insert("network".into(), network.clone().into());
        Ok(Some(Self { picture, network }))
    }

    /// The style that a run has learned so far.
    pub(super) fn of(run: &Run, config: &Config) -> Result<Option<Self>, TrainError> {
        if config.style().is_none() {
            return Ok(None);
        }
        let picture = open(&run.path().join(COPY), "put the style's picture there again")?;
        Ok(Some(Self { picture, network: network(config).to_owned() }))
    }

    /// What names it, whatever its file is called.
    pub(super) fn hash(&self) -> Result<String, TrainError> {
        Ok(sha256(&png_bytes(&self.picture, &[])?))
    }

    /// Lays a copy into the run folder.
    pub(super) fn keep(&self, run: &Run) -> Result<(), TrainError> {
        Ok(write_png(&run.path().join(COPY), &self.picture, &[])?)
    }

    /// Hands it to a recipe.
    pub(super) fn give(&self, recipe: &mut dyn Recipe, device: &Device) -> Result<(), TrainError> {
        let sight = Sight::named(&self.network, &Weights::of_this_user(), device)?;
        Ok(recipe.equip(Aids { style: self.picture.clone(), sight })?)
    }
}

fn network(config: &Config) -> &str {
    config.table.get("network").and_then(toml::Value::as_str).unwrap_or_default()
}

/// The style of this path in the settings.
fn named(path: &str) -> Result<Picture, TrainError> {
    match path {
        "" => Err(TrainError::NoStyle),
        path => open(Path::new(path), "check the path: --set style=PICTURE"),
    }
}

fn open(path: &Path, remedy: &'static str) -> Result<Picture, TrainError> {
    let bad = |why: String| TrainError::BadStyle { path: path.to_path_buf(), why, remedy };
    let bytes = read_bounded(path, LARGEST).map_err(|error| bad(error.source.to_string()))?;
    decode(&bytes, Channels::Rgb, [255; 3], &Limits::default()).map_err(|flaw| bad(flaw.why))
}
