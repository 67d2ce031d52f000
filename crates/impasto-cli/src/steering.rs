//! The flags by which pictures are steered, and what they make of points.

use anyhow::Result;
use clap::Args;
use impasto::paint::{Painter, Point, Taste};
use impasto::steer::{Handles, Mix, Move, Source, Wish, point_of};

use crate::voice::Voice;

/// What can be asked of any point.
#[derive(Debug, Default, Args)]
pub(crate) struct Steering {
    /// Mix in other pictures: 17:0.3 goes 30 % of the way to seed 17, 17@2.. takes the levels from 2 on (the finer ones)
    /// from it; a .latent file or a painted picture may stand for the seed
    #[arg(long = "mix", value_name = "SEED[:SHARE][@LEVELS]", value_delimiter = ',')]
    mixes: Vec<Mix>,
    /// Move along axes that `impasto directions` has found, in steps of their usual spread: axis3=+2,smile=-1
    #[arg(long = "move", value_name = "AXIS=STEPS", value_delimiter = ',')]
    moves: Vec<Move>,
}

impl Steering {
    /// All of it.
    pub(crate) fn wish(&self) -> Wish {
        Wish { mixes: self.mixes.clone(), moves: self.moves.clone() }
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
        let handles = Handles::new(&wish, painter, weights, taste, &mut |warning| voice.warn(warning))?;
        Ok(Self { class, taste, wish, handles })
    }

    /// The point that a source names on this way.
    pub(crate) fn point(&self, source: &Source, painter: &Painter, voice: &Voice) -> Result<Point> {
        let weights = self.class.as_ref().map(|class| &class.weights[..]);
        let warn = &mut |warning: &str| voice.warn(warning);
        Ok(self.handles.turn(point_of(source, painter, weights, self.taste, warn)?))
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
        let mixes =
            self.wish.mixes.iter().map(|mix| format!("--mix {}", crate::words::typed(mix.to_string())));
        let moves = self.wish.moves.iter().map(|one| format!("--move {one}"));
        mixes.chain(moves).collect()
    }
}
