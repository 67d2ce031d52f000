//! What a training has before it has a folder: its networks, made by its seed, and where it comes from.

use std::path::Path;

use burn::tensor::Device;
use impasto_data::Dataset;

use super::TrainError;
use super::aids::Model;
use super::origin::Origin;
use super::summary::about;
use crate::config::Config;
use crate::paint::scene;
use crate::recipe::Recipe;
use crate::recipes::{self, Purpose};
use crate::run::About;
use crate::settings::{ConfigError, check_precision};

pub(super) struct Beginning {
    pub(super) recipe: Box<dyn Recipe>,
    pub(super) model: Option<Model>,
    pub(super) about: About,
    /// What was taken from the run that it starts from, in words.
    pub(super) origin: Option<String>,
}

impl Beginning {
    /// That of these settings; what they name is found, and its whole path is put into them.
    pub(super) fn of(config: &mut Config, data: &Dataset, device: &Device) -> Result<Self, TrainError> {
        let classes = data.classes().len();
        check_precision(config.common.precision)?;
        let model = Model::find(config)?;
        let scene = scene(config, classes, Some(config.common.seed), device);
        let mut recipe = recipes::build(config, &scene, Purpose::Training)?;
        if config.common.conditional && classes == 0 {
            return Err(TrainError::NoClasses);
        }
        let mut about = about(config, data, device);
        let mut named = data.fingerprint().to_owned();
        if let Some(model) = &model {
            model.give(recipe.as_mut(), device)?;
            named += &model.hash()?;
            about.id = config.identity(&named);
        }
        let found = origin(config)?;
        let mut words = None;
        if let Some(found) = found {
            about.id = config.identity(&format!("{named}{}", found.hash()?));
            words = Some(found.give(recipe.as_mut())?);
        }
        Ok(Self { recipe, model, about, origin: words })
    }
}

/// The run that a training starts from, if it starts from one.
fn origin(config: &Config) -> Result<Option<Origin>, TrainError> {
    let from = &config.common.from;
    let frozen = config.table.get("freeze").and_then(toml::Value::as_integer).unwrap_or(0);
    if from.is_empty() && frozen > 0 {
        let why = "freeze is for trainings that start from another run: layers with random weights would never learn; name that run, or set it to 0";
        return Err(ConfigError::Value(why.into()).into());
    }
    Ok((!from.is_empty()).then(|| Origin::find(Path::new(from))).transpose()?)
}
