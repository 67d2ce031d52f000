//! What some recipes learn from beside pictures: the network that looks at styles, and perhaps one style. A recipe never sees a
//! file, so both are opened here and handed in, and a copy of the style lies in the run folder: a training goes on wherever the
//! style is by then.

use std::path::Path;

use burn::tensor::Device;
use impasto_data::{Channels, Limits, Picture, decode};

use super::TrainError;
use crate::config::{Config, NETWORK, STYLE};
use crate::picture::{png_bytes, write_png};
use crate::recipe::Recipe;
use crate::run::{Run, sha256};
use crate::style::{Aids, Sight, is_there, usual};
use crate::weights::Weights;
use impasto_system::{Existing, read_bounded};

/// The copy in the run folder.
const COPY: &str = "style.png";
/// A style may be no larger, in bytes.
const LARGEST: u64 = 1 << 30;

/// A network that looks at styles, and the style, where it is one.
pub(super) struct Model {
    picture: Option<Picture>,
    network: String,
}

/// Whether the style of these settings, if they have one, is there, and the network that looks at it: to be asked before
/// long work.
///
/// # Errors
/// When no style is named, or it can't be read, or the network is missing.
pub fn check_style(config: &Config) -> Result<(), TrainError> {
    let Some(network) = config.network() else { return Ok(()) };
    config.style().map(named).transpose()?;
    Ok(is_there(network, &Weights::of_this_user()?)?)
}

impl Model {
    /// The style of these settings, if they have one. Its whole path and the network's name are put into them, so that they
    /// say the same in another folder and when other networks have been added.
    pub(super) fn find(config: &mut Config) -> Result<Option<Self>, TrainError> {
        let Some(asked) = config.network().map(str::to_owned) else { return Ok(None) };
        let network = if asked.is_empty() { usual(&Weights::of_this_user()?).to_owned() } else { asked };
        let mut picture = None;
        if let Some(path) = config.style().map(str::to_owned) {
            picture = Some(named(&path)?);
            let whole = Path::new(&path).canonicalize().ok();
            let whole = whole.and_then(|whole| whole.into_os_string().into_string().ok()).unwrap_or(path);
            config.table.insert(STYLE.into(), whole.into());
        }
        config.table.insert(NETWORK.into(), network.clone().into());
        Ok(Some(Self { picture, network }))
    }

    /// What a run has learned with so far.
    pub(super) fn of(run: &Run, config: &Config) -> Result<Option<Self>, TrainError> {
        let Some(network) = config.network().map(str::to_owned) else { return Ok(None) };
        let copy = || open(&run.path().join(COPY), "put the style's picture there again");
        Ok(Some(Self { picture: config.style().map(|_| copy()).transpose()?, network }))
    }

    /// What names the style, whatever its file is called.
    pub(super) fn hash(&self) -> Result<String, TrainError> {
        self.picture
            .as_ref()
            .map_or_else(|| Ok(String::new()), |picture| Ok(sha256(&png_bytes(picture, &[])?)))
    }

    /// Lays a copy of the style into the run folder.
    pub(super) fn keep(&self, run: &Run) -> Result<(), TrainError> {
        self.picture
            .as_ref()
            .map_or(Ok(()), |picture| Ok(write_png(&run.path().join(COPY), picture, &[], Existing::Replace)?))
    }

    /// Hands it to a recipe.
    pub(super) fn give(&self, recipe: &mut dyn Recipe, device: &Device) -> Result<(), TrainError> {
        let sight = Sight::named(&self.network, &Weights::of_this_user()?, device)?;
        Ok(recipe.equip(Aids { style: self.picture.clone(), sight })?)
    }
}

/// The style of this path in the settings.
fn named(path: &str) -> Result<Picture, TrainError> {
    match path {
        "" => Err(TrainError::NoStyle),
        path => open(Path::new(path), "check the path that the setting style gives"),
    }
}

fn open(path: &Path, remedy: &'static str) -> Result<Picture, TrainError> {
    let bad = |why: String| TrainError::BadStyle { path: path.to_path_buf(), why, remedy };
    let bytes = read_bounded(path, LARGEST).map_err(|error| bad(error.source.to_string()))?;
    decode(&bytes, Channels::Rgb, [255; 3], &Limits::default()).map_err(|flaw| bad(flaw.why))
}
