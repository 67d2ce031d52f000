//! Styles that are given as pictures.

use std::path::Path;
use std::time::Instant;

use impasto_data::{Channels, Picture};
use impasto_system::{Monitor, Span, Stage};
use serde_json::json;

use super::preview::{Current, Previews};
use super::{StyleMethod, StyleRequest, StyledPicture};
use crate::error::{Error, Hint, Result};
use crate::jobs::batch::{Item, make_all, paths_of};
use crate::jobs::open::{open, open_as_it_is};
use crate::jobs::{BatchReport, Choice, Job, RunUsed, Workshop};
use crate::paint::Painter;
use crate::picture::{Origin, PictureRecipe, check_free, is_film, write_painting};
use crate::style::{AnyStyle, Sight, Style, Stylised, as_transparent_as, paint_with_patches, stylise};

/// What paints.
enum Tool {
    Steps(Sight),
    Pass(AnyStyle),
    /// The same with a decoder that a run has learned.
    Run(AnyStyle),
    Patches,
}

impl Tool {
    /// How it is asked for; a run is asked for by its name.
    fn method(&self) -> Option<StyleMethod> {
        match self {
            Self::Steps(_) => Some(StyleMethod::Optimise),
            Self::Pass(_) => Some(StyleMethod::Adain),
            Self::Patches => Some(StyleMethod::Patches),
            Self::Run(_) => None,
        }
    }

    fn name(&self) -> &'static str {
        self.method().map_or("any-style", Choice::name)
    }

    fn network(&self) -> Option<&'static str> {
        match self {
            Self::Steps(sight) => Some(sight.name()),
            Self::Pass(any) | Self::Run(any) => Some(any.network()),
            Self::Patches => None,
        }
    }
}

/// The styles, where they come from, and where their masks do.
#[derive(Default)]
struct Given {
    styles: Vec<Style>,
    origins: Vec<Origin>,
    masks: Vec<Origin>,
}

/// A content that was opened.
struct Content {
    picture: Picture,
    origin: Origin,
}

impl StyleRequest {
    pub(super) fn with_given(
        &self,
        painter: Option<&Painter>,
        workshop: &Workshop,
        monitor: &mut dyn Monitor,
    ) -> Result<BatchReport<StyledPicture>> {
        self.check_content()?;
        let given = self.given()?;
        let items = self.files.open(monitor, opened)?;
        let places = self.files.places(&items, "png")?;
        let tool = self.tool(painter, workshop)?;
        let current = Current::default();
        let previews = &mut Previews::new(monitor, self.preview.as_deref(), &current);
        let report = make_all(Stage::Styling, &places, previews, |number, place, span| {
            let item = &items[number];
            let recipe = self.recipe(&tool, painter, item, &given);
            current.recipe.replace(recipe.clone());
            let since = Instant::now();
            let done = self.painted(&tool, item, &given.styles, span)?;
            // What was painted is kept, even where its preview could not be.
            let picture = as_transparent_as(&item.content.picture, &done.picture);
            write_painting(place, &picture, &recipe, self.files.existing())?;
            Ok(Some(self.report(&tool, painter, item, place, &done, since.elapsed().as_secs_f64())))
        })?;
        match current.failed.into_inner() {
            Some(error) => Err(error.into()),
            None => Ok(report),
        }
    }

    /// Refuses films, and a preview that would overwrite something.
    fn check_content(&self) -> Result<()> {
        if self.files.pictures.iter().any(|path| is_film(path)) {
            let train = Hint::recipe("train one", Some("fast-style"), &[("set", "style=PICTURE")]);
            let name = Hint::set("name one", "run", Some("RUN"));
            return Err(Error::usage("a film is painted with a run that has learned a style")
                .hint(name)
                .hint(train));
        }
        let preview = self.preview.as_deref();
        preview.map_or(Ok(()), |preview| Ok(check_free(preview, self.files.force)?))
    }

    /// The styles with their weights and masks.
    fn given(&self) -> Result<Given> {
        let paths = paths_of(&self.styles)?;
        let weights = fitting(&self.style_weights, paths.len(), "style_weights")?;
        let mask_paths = fitting(&self.mask, paths.len(), "mask")?;
        let mut given = Given::default();
        for (at, path) in paths.iter().enumerate() {
            let (picture, origin) = open(path, Channels::Rgb, [255; 3])?;
            given.origins.push(origin);
            let mut mask = None;
            if let Some(path) = mask_paths.get(at) {
                let (picture, origin) = open(path, Channels::Grey, [0; 3])?;
                given.masks.push(origin);
                mask = Some(picture);
            }
            given.styles.push(Style { picture, weight: weights.get(at).copied().unwrap_or(1.0), mask });
        }
        Ok(given)
    }

    fn tool(&self, painter: Option<&Painter>, workshop: &Workshop) -> Result<Tool> {
        let device = workshop.device();
        if let Some(painter) = painter
            && let Some(skill) = painter.skills().restyle
        {
            let network = painter.config().network().unwrap_or_default();
            return Ok(Tool::Run(AnyStyle::learned(skill.decoder(), network, workshop.weights()?, device)?));
        }
        Ok(match (self.method(), self.network.as_deref()) {
            (StyleMethod::Patches, _) => Tool::Patches,
            (StyleMethod::Adain, _) => Tool::Pass(AnyStyle::load(workshop.weights()?, device)?),
            (StyleMethod::Optimise, Some(name)) => {
                Tool::Steps(Sight::named(name, workshop.weights()?, device)?)
            }
            (StyleMethod::Optimise, None) => Tool::Steps(Sight::usual(workshop.weights()?, device)?),
        })
    }

    fn painted(
        &self,
        tool: &Tool,
        item: &Item<Content>,
        styles: &[Style],
        span: &mut Span<'_>,
    ) -> Result<Stylised> {
        let (picture, order) = (&item.content.picture, self.order());
        Ok(match tool {
            Tool::Steps(sight) => stylise(sight, picture, styles, &order, span)?,
            Tool::Pass(any) | Tool::Run(any) => any.stylise(picture, styles, &order)?,
            Tool::Patches => paint_with_patches(picture, styles, &order, span)?,
        })
    }

    /// What a picture carries.
    fn recipe(
        &self,
        tool: &Tool,
        painter: Option<&Painter>,
        item: &Item<Content>,
        given: &Given,
    ) -> PictureRecipe {
        let from = [std::slice::from_ref(&item.content.origin), &given.origins].concat();
        let settings = self.settings(tool.method(), tool.network());
        let how = match tool {
            Tool::Steps(sight) => format!("{}, {}, {}", tool.name(), sight.name(), self.order().loss.name()),
            _ => tool.name().to_owned(),
        };
        let mut recipe = match painter {
            Some(painter) => painter.made_recipe(Self::NAME, &from, self.seed, settings),
            None => PictureRecipe::made(Self::NAME, &how, &from, self.seed, settings),
        };
        if !given.masks.is_empty() {
            recipe.extra.insert("masks".into(), json!(given.masks));
        }
        recipe
    }

    fn report(
        &self,
        tool: &Tool,
        painter: Option<&Painter>,
        item: &Item<Content>,
        place: &Path,
        done: &Stylised,
        seconds: f64,
    ) -> StyledPicture {
        StyledPicture {
            path: place.display().to_string(),
            picture: item.shown(),
            styles: self.styles.iter().map(|style| style.display().to_string()).collect(),
            method: tool.name().to_owned(),
            network: tool.network().map(str::to_owned),
            run: painter.map(RunUsed::of),
            width: done.picture.width(),
            height: done.picture.height(),
            frames: 1,
            loss: done.loss,
            steps: done.steps,
            tiles: done.tiles,
            seconds,
            stopped: done.stopped,
        }
    }
}

fn opened(path: &Path) -> Result<Content> {
    let (picture, origin) = open_as_it_is(path)?;
    Ok(Content { picture, origin })
}

/// One for each style, or none at all.
fn fitting<'a, T>(given: &'a [T], styles: usize, key: &str) -> Result<&'a [T]> {
    if given.is_empty() || given.len() == styles {
        return Ok(given);
    }
    let (values, styles) =
        (given.len(), if styles == 1 { "1 style".into() } else { format!("{styles} styles") });
    let values = if values == 1 { "1 value".into() } else { format!("{values} values") };
    Err(Error::usage(format!("{key} has {values} for {styles}: give one for each style")))
}
