//! `impasto style --run`: one pass with a run that has learned a style, for pictures and for films.

use std::path::{Path, PathBuf};
use std::time::Instant;

use impasto::error::{Error, Hint, Result};
use impasto::paint::Painter;
use impasto::picture::PictureRecipe;
use impasto::style::{blended, in_colours_of};
use impasto::translate::{Translator, Way};
use impasto_data::Picture;
use impasto_system::{Existing, Monitor, Span, Stage, Unit};
use serde::Serialize;

use super::StyleVerb;
use super::content::{Canvas, Content, Eyes};
use crate::console::Console;
use crate::voice::Voice;
use crate::words::{count, counted, duration, info_of, listed};
use crate::{translating, works};

/// One picture, or film, that was written.
#[derive(Debug, Serialize)]
struct Passed {
    path: String,
    content: String,
    run: String,
    checkpoint: String,
    width: usize,
    height: usize,
    /// 1 for a picture.
    frames: usize,
    seconds: f64,
    /// Whether Ctrl-C ended a film before its end.
    stopped: bool,
}

impl StyleVerb {
    /// Paints all contents with a run.
    pub(super) fn pass(&self, painter: Painter, voice: &Voice) -> Result<()> {
        let translator = self.translator(painter)?;
        let files = works::files(std::slice::from_ref(&self.content))?;
        let preparation = translator.painter().config().preparation();
        let eyes =
            Eyes { channels: preparation.channels, background: preparation.background, size: self.size };
        // All of them before the first is painted: a bad one is known at once.
        let contents: Vec<Content> =
            files.iter().map(|file| Content::open(file, eyes)).collect::<Result<_>>()?;
        let places = self.results(&contents)?;
        for content in &contents {
            translator.input(&content.path.display().to_string(), &content.first, Way::AsItIs)?;
        }
        works::make_room_for(&places)?;
        let mut console = Console::stoppable(voice, translating::STOPPING);
        let counts: Vec<usize> = contents.iter().map(Content::count).collect();
        // One whose length nobody knows makes the sum unknown.
        let total = if counts.contains(&0) { 0 } else { counts.iter().sum() };
        let (mut done, mut all) = (0, Vec::with_capacity(contents.len()));
        for (content, place) in contents.iter().zip(&places) {
            let next = &mut || {
                done += 1;
                // Films may be longer than they say.
                let total = if total == 0 { 0 } else { total.max(done) };
                let monitor: &mut dyn Monitor = &mut console;
                monitor.count(Stage::Styling, Unit::Pictures, done, total)
            };
            all.push(self.paint_all(&translator, content, place, next)?);
            if console.should_stop() {
                break;
            }
        }
        console.finish();
        let left = contents.len() - all.len();
        if left > 0 {
            voice.incomplete(&format!(
                "stopped: {} not painted",
                counted(left, "picture was", "pictures were")
            ));
        }
        voice.results(&all, &in_words(&all))
    }

    /// The run, if it has learned a style.
    fn translator(&self, painter: Painter) -> Result<Translator> {
        let run = painter.run().path();
        let config = painter.config();
        if config.style().is_none() {
            let recipe = &config.common.recipe;
            let error = Error::refused(format!(
                "run {} (recipe {recipe}) has learned no style; see `{}` for what it can do",
                run.display(),
                info_of(run)
            ));
            let train = Hint::recipe("train one that does", Some("fast-style"), &[("set", "style=PICTURE")]);
            return Err(error.hint(train));
        }
        if let Some(style) = self.styles.first() {
            return Err(Error::usage(format!(
                "the run {} has learned its style, so {} can't go with --run: leave it out; to paint several contents give a \
                 folder of them",
                run.display(),
                style.display()
            )));
        }
        if let Some(flag) = self.about_styles() {
            return Err(Error::usage(format!(
                "{flag} is about styles that are given, and the run {} has its own",
                run.display()
            )));
        }
        Ok(Translator::new(painter)?)
    }

    /// Where results go; nothing is overwritten.
    fn results(&self, contents: &[Content]) -> Result<Vec<PathBuf>> {
        let names: Vec<String> = contents.iter().map(|content| works::stem(&content.path)).collect();
        if let [only] = contents
            && only.moves()
            && self.out.extension().is_some()
            && !self.content.is_dir()
        {
            only.check_place(&self.out, self.force)?;
            return works::places(&self.out, &ending(&self.out), &names, self.force);
        }
        if let Some(wrong) = self.wrong_ending() {
            return Err(wrong);
        }
        // All together first: two of one name would be one file.
        works::places(&self.out, "png", &names, true)?;
        let all: Vec<Vec<PathBuf>> = contents
            .iter()
            .zip(&names)
            .map(|(content, name)| {
                works::places(&self.out, content.ending(), std::slice::from_ref(name), self.force)
            })
            .collect::<Result<_>>()?;
        let all = all.concat();
        let mut films = contents.iter().zip(&all).filter(|(content, _)| content.moves());
        films.try_for_each(|(content, place)| content.check_place(place, self.force))?;
        Ok(all)
    }

    /// Paints a picture or a film and writes it; a film that was stopped has the frames so far.
    fn paint_all(
        &self,
        translator: &Translator,
        content: &Content,
        place: &Path,
        next: &mut dyn FnMut() -> bool,
    ) -> Result<Passed> {
        let since = Instant::now();
        let recipe = self.recipe_of(translator, content);
        let mut canvas = Canvas::new(content, place, &recipe, Existing::forced(self.force));
        let mut size = [content.first.width(), content.first.height()];
        let mut frames = content.frames()?.peekable();
        let mut stopped = false;
        while let Some(frame) = frames.next() {
            let painted = self.paint_one(translator, &content.path, &frame?)?;
            size = [painted.width(), painted.height()];
            canvas.add(painted)?;
            if !next() {
                stopped = frames.peek().is_some();
                break;
            }
        }
        let count = canvas.finish()?;
        let (run, checkpoint) = translating::names(translator);
        Ok(Passed {
            path: place.display().to_string(),
            content: content.path.display().to_string(),
            run,
            checkpoint,
            width: size[0],
            height: size[1],
            frames: count,
            seconds: since.elapsed().as_secs_f64(),
            stopped,
        })
    }

    fn paint_one(&self, translator: &Translator, path: &Path, content: &Picture) -> Result<Picture> {
        let input = translator.input(&path.display().to_string(), content, Way::AsItIs)?;
        let mut made = translator.translate(input, &mut Span::unwatched())?;
        if self.keep_colours {
            made = in_colours_of(content, &made);
        }
        Ok(self.strength.map_or(made.clone(), |strength| blended(content, &made, strength)))
    }

    /// What a result carries.
    fn recipe_of(&self, translator: &Translator, content: &Content) -> PictureRecipe {
        let size = self.size.map(|size| format!("--size {size}"));
        let strength = self.strength.map(|strength| format!("--strength {strength}"));
        let colours = self.keep_colours.then(|| "--keep-colours".to_owned());
        let settings: Vec<String> = [size, strength, colours].into_iter().flatten().collect();
        let origin = std::slice::from_ref(&content.origin);
        translator.painter().made_recipe("style", origin, self.seed, &settings.join(" "))
    }
}

fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().into_owned()
}

fn in_words(all: &[Passed]) -> String {
    let told = |one: &Passed| {
        let frames =
            if one.frames > 1 { format!("{} frames, ", count(one.frames as u64)) } else { String::new() };
        let stopped = if one.stopped { " (stopped: the frames so far)" } else { "" };
        let seconds = duration(one.seconds);
        format!("{}: {} x {}, {frames}one pass, {seconds}{stopped}", one.path, one.width, one.height)
    };
    let lines: Vec<String> = all.iter().map(told).collect();
    let next =
        all.first().map_or_else(String::new, |one| format!("\n\nhow it was made: {}", info_of(&one.path)));
    format!("{}{next}", listed(&lines))
}
