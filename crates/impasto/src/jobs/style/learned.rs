//! A run that has learned a style: one pass for each picture, and for each frame of a film.

use std::path::{Path, PathBuf};
use std::time::Instant;

use impasto_data::Picture;
use impasto_system::{Monitor, Span, Stage, Unit};
use serde_json::{Map, Value, json};

use super::content::{Canvas, Content, Seen};
use super::{StyleRequest, StyledPicture};
use crate::error::{Error, Hint, Result};
use crate::jobs::batch::{Item, make_room_for, places};
use crate::jobs::{BatchReport, Job, RunUsed};
use crate::paint::Painter;
use crate::picture::PictureRecipe;
use crate::style::{blended, in_colours_of};
use crate::translate::{Translator, Way};

impl StyleRequest {
    /// Paints all contents with a run.
    pub(super) fn with_learned(
        &self,
        painter: Painter,
        monitor: &mut dyn Monitor,
    ) -> Result<BatchReport<StyledPicture>> {
        let translator = self.translator(painter)?;
        let preparation = translator.painter().config().preparation();
        let seen =
            Seen { channels: preparation.channels, background: preparation.background, size: self.size };
        let items = self.files.open(monitor, |file| Content::open(file, seen))?;
        let places = self.film_places(&items)?;
        for item in &items {
            translator.input(&item.shown(), &item.content.first, Way::AsItIs)?;
        }
        make_room_for(&places)?;
        let counts: Vec<usize> = items.iter().map(|item| item.content.count()).collect();
        // One whose length nobody knows makes the sum unknown.
        let total = if counts.contains(&0) { 0 } else { counts.iter().sum() };
        let (mut done, mut outputs) = (0, Vec::with_capacity(items.len()));
        for (item, place) in items.iter().zip(&places) {
            let next = &mut || {
                done += 1;
                // Films may be longer than they say.
                let total = if total == 0 { 0 } else { total.max(done) };
                monitor.count(Stage::Styling, Unit::Pictures, done, total)
            };
            outputs.push(self.all_frames(&translator, item, place, next)?);
            if monitor.should_stop() {
                break;
            }
        }
        Ok(BatchReport::of(outputs, items.len(), monitor))
    }

    /// The run, if it has learned a style.
    fn translator(&self, painter: Painter) -> Result<Translator> {
        let (run, config) = (painter.run().path().display(), painter.config());
        if config.style().is_none() {
            let sentence = format!("run {run} (recipe {}) has learned no style", config.common.recipe);
            let train = Hint::recipe("train one that does", Some("fast-style"), &[("set", "style=PICTURE")]);
            return Err(Error::refused(sentence).hint(train));
        }
        if let Some(style) = self.styles.first() {
            return Err(Error::usage(format!(
                "the run {run} has learned its style, so {} can't go with it: leave it out; to paint several contents give a \
                 folder of them",
                style.display()
            )));
        }
        if let Some(key) = self.about_styles() {
            let sentence = format!("{key} is about styles that are given, and the run {run} has its own");
            return Err(Error::usage(sentence).hint(Hint::unset("paint with it", key)));
        }
        Ok(Translator::new(painter)?)
    }

    /// What only makes sense where styles are given, if any of it was asked for.
    fn about_styles(&self) -> Option<&'static str> {
        match () {
            () if !self.style_weights.is_empty() => Some("style_weights"),
            () if !self.mask.is_empty() => Some("mask"),
            () if self.style_size.is_some() => Some("style_size"),
            () => None,
        }
    }

    /// Where results go: those of films are films, each with the ending that fits it.
    fn film_places(&self, items: &[Item<Content>]) -> Result<Vec<PathBuf>> {
        let (out, force) = (self.files.out.as_path(), self.files.force);
        if let [only] = items
            && only.content.moves()
            && out.extension().is_some()
            && !self.files.pictures.iter().any(|path| path.is_dir())
        {
            only.content.check_place(out, force)?;
            let ending = out.extension().unwrap_or_default().to_string_lossy();
            return places(out, &ending, &[&only.name], force);
        }
        // All together first: two of one name would be one file.
        let names: Vec<&Path> = items.iter().map(|item| item.name.as_path()).collect();
        places(out, "png", &names, true)?;
        let place = |item: &Item<Content>| places(out, item.content.ending(), &[&item.name], force);
        let all = items.iter().map(place).collect::<Result<Vec<_>>>()?.concat();
        let mut films = items.iter().zip(&all).filter(|(item, _)| item.content.moves());
        films.try_for_each(|(item, place)| item.content.check_place(place, force))?;
        Ok(all)
    }

    /// Paints a picture or a film and writes it; a film that was stopped has the frames so far.
    fn all_frames(
        &self,
        translator: &Translator,
        item: &Item<Content>,
        place: &Path,
        next: &mut dyn FnMut() -> bool,
    ) -> Result<StyledPicture> {
        let (since, content) = (Instant::now(), &item.content);
        let recipe = self.learned_recipe(translator, content);
        let mut canvas = Canvas::new(content, place, &recipe, self.files.existing());
        let mut size = [content.first.width(), content.first.height()];
        let mut frames = content.frames()?.peekable();
        let mut stopped = false;
        while let Some(frame) = frames.next() {
            let painted = self.frame(translator, &item.shown(), &frame?)?;
            size = [painted.width(), painted.height()];
            canvas.add(painted)?;
            if !next() {
                stopped = frames.peek().is_some();
                break;
            }
        }
        let painter = translator.painter();
        Ok(StyledPicture {
            path: place.display().to_string(),
            picture: item.shown(),
            styles: Vec::new(),
            method: painter.config().common.recipe.clone(),
            network: None,
            run: Some(RunUsed::of(painter)),
            width: size[0],
            height: size[1],
            frames: canvas.finish()?,
            loss: None,
            steps: 0,
            tiles: 1,
            seconds: since.elapsed().as_secs_f64(),
            stopped,
        })
    }

    fn frame(&self, translator: &Translator, name: &str, content: &Picture) -> Result<Picture> {
        let input = translator.input(name, content, Way::AsItIs)?;
        let mut made = translator.translate(input, &mut Span::unwatched())?;
        if self.keep_colours {
            made = in_colours_of(content, &made);
        }
        Ok(self.strength.map_or(made.clone(), |strength| blended(content, &made, strength)))
    }

    /// What a result carries.
    fn learned_recipe(&self, translator: &Translator, content: &Content) -> PictureRecipe {
        let mut settings = Map::new();
        let given = [
            ("size", self.size.map(|size| json!(size))),
            ("strength", self.strength.map(|share| json!(share))),
        ];
        settings.extend(given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        if self.keep_colours {
            settings.insert("keep_colours".into(), json!(true));
        }
        let origin = std::slice::from_ref(&content.origin);
        translator.painter().made_recipe(Self::NAME, origin, self.seed, Value::Object(settings))
    }
}
