//! `impasto style --run`: one pass with a run that has learned a style, for pictures and for films.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use anyhow::{Result, anyhow};
use impasto::picture::{Film, Origin, PictureRecipe, write_painting, write_timed};
use impasto::run::atomic::read_bounded;
use impasto::style::{blended, sized};
use impasto::translate::{Translator, Way};
use impasto_data::{Frame, Limits, Picture, decode, frames};
use serde::Serialize;

use super::StyleVerb;
use crate::fault::usage;
use crate::progress::Progress;
use crate::voice::Voice;
use crate::words::{count, counted, duration, typed};
use crate::{device, painting, stop, translating, works};

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
    /// Of painting, without files.
    seconds: f64,
}

/// A content that was opened.
struct Content {
    path: PathBuf,
    origin: Origin,
    /// One for a picture that stands still.
    frames: Vec<Frame>,
}

impl Content {
    fn is_film(&self) -> bool {
        self.frames.len() > 1
    }

    /// Its result's ending, where nothing else is said.
    fn ending(&self) -> &'static str {
        let is_gif = self.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gif"));
        if is_gif && self.is_film() { "gif" } else { "png" }
    }
}

impl StyleVerb {
    /// Paints all contents with a run.
    pub(super) fn pass(&self, run: &Path, voice: &Voice) -> Result<()> {
        if let Some(style) = self.styles.first() {
            return Err(usage(format!(
                "the run {} has learned its style, so {} can't go with --run: leave it out; to paint several contents give a \
                 folder of them",
                run.display(),
                style.display()
            )));
        }
        let translator = self.translator(run, voice)?;
        let files = works::files(std::slice::from_ref(&self.content))?;
        // All of them before the first is painted: a bad one is known at once.
        let contents: Vec<Content> =
            files.iter().map(|file| self.opened(file, &translator)).collect::<Result<_>>()?;
        let places = self.results(&contents)?;
        for Content { path, frames, .. } in &contents {
            translator.input(&path.display().to_string(), &frames[0].picture, Way::AsItIs)?;
        }
        let mut progress = Progress::new(voice);
        let stopped = stop::on_interrupt_saying(translating::STOPPING, progress.teller())?;
        let total = contents.iter().map(|content| content.frames.len()).sum();
        let (mut done, mut all) = (0, Vec::with_capacity(contents.len()));
        for (content, place) in contents.iter().zip(&places) {
            let next = &mut || {
                done += 1;
                progress.count("painting", done, total);
                !stopped.load(Ordering::Relaxed)
            };
            let Some(passed) = self.paint_all(&translator, content, place, next)? else { break };
            all.push(passed);
            if stopped.load(Ordering::Relaxed) {
                break;
            }
        }
        progress.finish();
        let left = contents.len() - all.len();
        if left > 0 {
            voice.warn(&format!("stopped: {} not painted", counted(left, "picture was", "pictures were")));
        }
        voice.results(&all, &in_words(&all))
    }

    /// The run, if it has learned a style.
    fn translator(&self, run: &Path, voice: &Voice) -> Result<Translator> {
        let device = device::named(&self.device)?;
        let painter = painting::open(run, self.checkpoint.as_deref(), &device, voice)?;
        let config = painter.config();
        if config.style().is_none() {
            return Err(anyhow!(
                "run {} (recipe {}) has learned no style; train one that does: impasto train CONTENTS --recipe fast-style --set \
                 style=PICTURE; what this one can do says impasto info {}",
                run.display(),
                config.common.recipe,
                typed(run)
            ));
        }
        Ok(Translator::new(painter)?)
    }

    /// A content with the colours that the run knows, in the size that was asked for.
    fn opened(&self, path: &Path, translator: &Translator) -> Result<Content> {
        let preparation = translator.painter().config().preparation();
        let (channels, background, limits) =
            (preparation.channels, preparation.background, Limits::default());
        let bytes = read_bounded(path, works::LARGEST)?;
        let origin = Origin::of(path, &bytes);
        let all = frames(&bytes, channels, background, &limits).and_then(|frames| match frames {
            Some(frames) => Ok(frames),
            None => {
                Ok(vec![Frame { picture: decode(&bytes, channels, background, &limits)?, milliseconds: 0.0 }])
            }
        });
        let all = all.map_err(|flaw| works::unreadable(path, &flaw))?;
        let prepared = |frame: Frame| {
            let picture = self.size.map_or(frame.picture.clone(), |size| sized(&frame.picture, size));
            Frame { picture: picture.straight(), ..frame }
        };
        let frames = all.into_iter().map(prepared).collect();
        Ok(Content { path: path.to_path_buf(), origin, frames })
    }

    /// Where results go; nothing is overwritten.
    fn results(&self, contents: &[Content]) -> Result<Vec<PathBuf>> {
        let names: Vec<String> = contents.iter().map(|content| works::stem(&content.path)).collect();
        if let [only] = contents
            && only.is_film()
            && self.out.extension().is_some()
            && !self.content.is_dir()
        {
            if ending(&self.out).eq_ignore_ascii_case("mp4") {
                return Err(usage(
                    "films keep the time of each frame, which MP4 can't: name the file .gif or .png",
                ));
            }
            Film::for_path(&self.out, self.force)?;
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
        Ok(all.concat())
    }

    /// Paints a picture or a film and writes it; none when it was stopped within a film.
    fn paint_all(
        &self,
        translator: &Translator,
        content: &Content,
        place: &Path,
        next: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Passed>> {
        let since = Instant::now();
        let mut painted = Vec::with_capacity(content.frames.len());
        for frame in &content.frames {
            painted.push(self.paint_one(translator, &content.path, &frame.picture)?);
            if !next() && painted.len() < content.frames.len() {
                return Ok(None);
            }
        }
        let seconds = since.elapsed().as_secs_f64();
        let recipe = self.recipe_of(translator, content);
        match content.is_film() {
            true => {
                let times: Vec<f64> = content.frames.iter().map(|frame| frame.milliseconds).collect();
                write_timed(place, &painted, &times, Some(&recipe), self.force)?;
            }
            false => write_painting(place, &painted[0], &recipe)?,
        }
        let (run, checkpoint) = translating::names(translator);
        Ok(Some(Passed {
            path: place.display().to_string(),
            content: content.path.display().to_string(),
            run,
            checkpoint,
            width: painted[0].width(),
            height: painted[0].height(),
            frames: painted.len(),
            seconds,
        }))
    }

    fn paint_one(&self, translator: &Translator, path: &Path, content: &Picture) -> Result<Picture> {
        let input = translator.input(&path.display().to_string(), content, Way::AsItIs)?;
        let made = translator.translate(input, &mut |_, _| ())?;
        Ok(self.strength.map_or(made.clone(), |strength| blended(content, &made, strength)))
    }

    /// What a result carries.
    fn recipe_of(&self, translator: &Translator, content: &Content) -> PictureRecipe {
        let size = self.size.map(|size| format!("--size {size}"));
        let strength = self.strength.map(|strength| format!("--strength {strength}"));
        let settings: Vec<String> = [size, strength].into_iter().flatten().collect();
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
        format!("{}: {} x {}, {frames}one pass, {}", one.path, one.width, one.height, duration(one.seconds))
    };
    let lines: Vec<String> = all.iter().map(told).collect();
    let is_png = |one: &&Passed| one.path.to_lowercase().ends_with("png");
    let next = all.iter().find(is_png).map_or_else(String::new, |one| {
        format!("\n\nhow it was made: impasto info {}", typed(Path::new(&one.path)))
    });
    format!("{}{next}", lines.join("\n"))
}
