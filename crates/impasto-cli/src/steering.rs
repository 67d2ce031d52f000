//! The flags by which pictures are steered, and what they make of points.

use std::str::FromStr;

use clap::Args;
use impasto::error::{Error, Result};
use impasto::paint::{Painter, Point, Taste};
use impasto::shell::{typed, typed_path};
use impasto::steer::{Handles, Mix, Move, Source, Wish, point_of};

use crate::console::Console;
use crate::voice::Voice;

/// What can be asked of any point.
#[derive(Debug, Default, Args)]
pub(crate) struct Steering {
    /// Mix in other pictures: 17:0.3 goes 30 % of the way to seed 17, 17@2.. takes the levels from 2 on (the finer ones)
    /// from it; a .latent file or a painted picture may stand for the seed
    #[arg(long = "mix", value_name = "SEED[:SHARE][@LEVELS],...")]
    mixes: Vec<Mixes>,
    /// Move along axes that `impasto directions` has found, in steps of their usual spread: axis3=+2,smile=-1
    #[arg(long = "move", value_name = "AXIS=STEPS", value_delimiter = ',')]
    moves: Vec<Move>,
}

impl Steering {
    /// All of it.
    pub(crate) fn wish(&self) -> Wish {
        let mixes = self.mixes.iter().flat_map(|Mixes(mixes)| mixes.clone()).collect();
        Wish { mixes, moves: self.moves.clone() }
    }
}

/// What comes in, one after the other, with commas between.
#[derive(Debug, Clone)]
struct Mixes(Vec<Mix>);

impl FromStr for Mixes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        listed(text, |mix: &Mix| mix.with.is_there()).map(Self)
    }
}

/// Seeds and files with commas between.
#[derive(Debug, Clone)]
pub(crate) struct Sources(pub(crate) Vec<Source>);

impl FromStr for Sources {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        listed(text, Source::is_there).map(Self)
    }
}

/// No file's name has more commas: looking for all names that could be meant would take a time for each of them.
const COMMAS: usize = 8;

/// What stands between commas; those in the name of a file that is there part nothing.
fn listed<T: FromStr<Err = String>>(text: &str, is_there: fn(&T) -> bool) -> Result<Vec<T>, String> {
    let (mut all, mut rest) = (Vec::new(), text);
    loop {
        let commas = rest.match_indices(',').map(|(at, _)| at).chain([rest.len()]);
        let ends: Vec<usize> = commas.take(COMMAS + 1).collect();
        let is_whole = |end: &usize| rest[..*end].parse().is_ok_and(|one| is_there(&one));
        let end = ends.iter().copied().rev().find(is_whole).unwrap_or(ends[0]);
        all.push(rest[..end].parse()?);
        match rest.get(end + 1..) {
            Some(after) => rest = after,
            None => return Ok(all),
        }
    }
}

/// Classes that were asked for.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    /// As they were typed.
    pub(crate) text: String,
    /// Of every class of the run.
    pub(crate) weights: Vec<f32>,
}

impl Class {
    /// The classes in `rose`, or in `rose:0.7,daisy:0.3`.
    pub(crate) fn of(text: Option<&str>, painter: &Painter) -> Result<Option<Self>> {
        let of = |text: &str| Ok(Self { text: text.to_owned(), weights: painter.class_weights(text)? });
        text.map(of).transpose()
    }
}

/// How points are come by: what a seed or a file names, in these classes, turned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Way {
    pub(crate) class: Option<Class>,
    pub(crate) taste: Taste,
    wish: Wish,
    handles: Handles,
}

impl Way {
    pub(crate) fn new(
        painter: &Painter,
        class: Option<Class>,
        taste: Taste,
        wish: Wish,
        voice: &Voice,
    ) -> Result<Self> {
        let weights = class.as_ref().map(|class| &class.weights[..]);
        let handles = Handles::new(&wish, painter, weights, taste, &mut Console::new(voice))?;
        Ok(Self { class, taste, wish, handles })
    }

    /// Refuses a taste that would count for nothing: seeds are drawn by it, and latents are painted as they are.
    pub(crate) fn check_taste(&self, sources: &[Source], voice: &Voice) -> Result<()> {
        let flag = match (self.taste, Taste::default()) {
            (taste, usual) if taste == usual => return Ok(()),
            (taste, usual) if taste.truncation != usual.truncation => "--truncation",
            _ => "--prior",
        };
        let all = || sources.iter().chain(self.wish.mixes.iter().map(|mix| &mix.with));
        if !all().any(|source| matches!(source, Source::Seed(_))) {
            return Err(Error::usage(format!(
                "{flag} is about how seeds are drawn, and latents are painted as they are: leave it out"
            )));
        }
        if all().any(|source| matches!(source, Source::File(_))) {
            voice.ignored(&format!("{flag} counts for the seeds alone: latents are painted as they are"));
        }
        Ok(())
    }

    /// The point that a source names on this way.
    pub(crate) fn point(&self, source: &Source, painter: &Painter, voice: &Voice) -> Result<Point> {
        let weights = self.class.as_ref().map(|class| &class.weights[..]);
        Ok(self.handles.turn(point_of(source, painter, weights, self.taste, &mut Console::new(voice))?))
    }

    /// How it differs from what a seed alone paints, in words; none where it doesn't.
    pub(crate) fn words(&self, source: &Source) -> Option<String> {
        let from = match source {
            Source::Seed(_) if self.wish.is_empty() => return None,
            Source::Seed(seed) => format!("seed {seed}"),
            Source::File(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        };
        let turned = self.wish.words();
        Some(if turned.is_empty() { from } else { format!("{from}, {turned}") })
    }

    /// The flags that ask for the same turns.
    pub(crate) fn flags(&self) -> Vec<String> {
        let mixes = self.wish.mixes.iter().map(|mix| format!("--mix {}", typed_path(mix.to_string())));
        let moves = self.wish.moves.iter().map(|one| format!("--move {}", typed(one.to_string())));
        mixes.chain(moves).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_part_what_is_listed_but_not_the_names_of_files() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &str| folder.path().join(name).display().to_string();
        let path = name("a,b.latent");
        let sources = |text: &str| text.parse::<Sources>().map(|Sources(all)| all.len());
        assert_eq!(sources("7,face.latent,9"), Ok(3));
        assert_eq!(sources(&format!("7,{path},9")), Ok(4));
        std::fs::write(&path, "").unwrap();
        assert_eq!(sources(&format!("7,{path},9")), Ok(3));
        assert_eq!(sources(&path), Ok(1));
        assert!(sources("7,").is_err() && sources("").is_err());
        let Mixes(mixes) = format!("17:0.3,{path}:0.4@2..,{path}").parse().unwrap();
        assert_eq!(mixes.iter().map(|mix| mix.share).collect::<Vec<_>>(), [0.3, 0.4, 0.5]);
        assert!(mixes[1..].iter().all(|mix| mix.with == Source::File(path.clone().into())));
    }
}
