//! What can go wrong with translating.

use std::path::PathBuf;

use crate::error::{Class, Classify, ErrorKind, Hint};
use crate::paint::PaintError;

/// A picture can't be translated.
#[derive(Debug, thiserror::Error)]
pub enum TranslateError {
    /// The run can't be opened.
    #[error(transparent)]
    Paint(#[from] PaintError),
    /// The run has another skill.
    #[error(
        "run {} (recipe {recipe}) paints from seeds and translates nothing", run.display()
    )]
    Paints {
        /// The run.
        run: PathBuf,
        /// Its recipe.
        recipe: String,
    },
    /// The run needs a style beside the picture.
    #[error(
        "run {} paints in the style of any picture, so it needs a style beside each", run.display()
    )]
    NoStyle {
        /// The run.
        run: PathBuf,
    },
    /// The run does something else.
    #[error("run {run} (recipe {recipe}) {does}, and this needs one of recipe {wanted}")]
    OtherKind {
        /// The run.
        run: String,
        /// Its recipe.
        recipe: String,
        /// What it does, in words.
        does: String,
        /// The recipe that does what was asked for.
        wanted: &'static str,
    },
    /// The run makes pictures larger, but not so much.
    #[error("run {run} makes pictures {own} times as large, and {asked} times were asked for")]
    Times {
        /// The run.
        run: String,
        /// What it does,
        own: usize,
        /// and what was asked for.
        asked: usize,
    },
    /// The picture has colours, and the run has seen none.
    #[error("`{picture}` has colours, and run {run} knows only grey")]
    OnlyGrey {
        /// The picture.
        picture: String,
        /// The run.
        run: String,
        /// Its recipe.
        recipe: String,
    },
    /// The picture is transparent somewhere, and the run knows nothing of that.
    #[error("`{picture}` is transparent in places, and run {run} knows only what is opaque")]
    OnlyOpaque {
        /// The picture.
        picture: String,
        /// The run.
        run: String,
        /// Its recipe.
        recipe: String,
    },
    /// The picture has colours.
    #[error("`{picture}` has colours, and run {run} translates from {given}; give it such a picture")]
    Colours {
        /// The picture.
        picture: String,
        /// The run.
        run: String,
        /// What it translates from.
        given: String,
    },
    /// The picture is no drawing.
    #[error(
        "`{picture}` is dark all over ({bright}% of it are light), and run {run} translates from dark lines on white; give it a \
         drawing"
    )]
    NoLines {
        /// The picture.
        picture: String,
        /// The run.
        run: String,
        /// The share that is light.
        bright: usize,
    },
    /// It isn't said where the holes are.
    #[error(
        "run {run} fills holes, and nothing says where `{picture}` has any; a mask is a picture of the same size that is \
         white where holes are"
    )]
    NoMask {
        /// The picture.
        picture: String,
        /// The run.
        run: String,
    },
    /// The picture of the holes has another size.
    #[error("`{picture}` is {} x {}, and its mask {} x {}; both must have one size", of[0], of[1], mask[0], mask[1])]
    MaskSize {
        /// The picture.
        picture: String,
        /// Its width and height.
        of: [usize; 2],
        /// Those of the mask.
        mask: [usize; 2],
    },
    /// There is a mask, and nothing to do with it.
    #[error("run {run} translates from {given}, which have no mask")]
    UselessMask {
        /// The run.
        run: String,
        /// What it translates from.
        given: String,
    },
    /// The run makes no children.
    #[error("run {name} translates from {given} and makes no variations")]
    NoVariations {
        /// The run's folder,
        run: PathBuf,
        /// and what it is called.
        name: String,
        /// What it translates from.
        given: String,
    },
    /// What it translates from can't be made.
    #[error("run {run} translates from pictures as they are, so there is nothing to make of them first")]
    NothingToMake {
        /// The run.
        run: String,
    },
    /// The picture is too small, or what would come out is too large.
    #[error(
        "`{picture}` is {} x {} pixels, and would become {} x {}; each side must be from {least} to {most} pixels afterwards",
        of[0], of[1], to[0], to[1]
    )]
    Size {
        /// The picture.
        picture: String,
        /// Its width and height.
        of: [usize; 2],
        /// Those of the result.
        to: [usize; 2],
        /// The shortest side of a result,
        least: usize,
        /// and the longest.
        most: usize,
    },
}

impl Classify for TranslateError {
    fn class(&self) -> Class {
        let without_run = || Hint::unset("do it without a run", "run");
        match self {
            Self::Paint(error) => error.class(),
            Self::Paints { run, .. } => ErrorKind::Usage.with([
                Hint::run("paint with it", "sample", run),
                Hint::recipe("train one that translates", Some("paired"), &[]),
            ]),
            Self::NoStyle { run } => ErrorKind::Usage.with([Hint::run("give one", "style", run)]),
            Self::OtherKind { wanted, .. } => {
                ErrorKind::Usage.with([Hint::recipe("train one", Some(wanted), &[]), without_run()])
            }
            Self::Times { own, asked, .. } => {
                let preset = if *asked == 4 { "four" } else { "twice" };
                ErrorKind::Usage.with([
                    Hint::set("have what it can do", "times", Some(&own.to_string())),
                    Hint::recipe("train one for it", Some("enlarge"), &[("preset", preset)]),
                ])
            }
            Self::OnlyGrey { recipe, .. } => ErrorKind::Usage.with([
                Hint::recipe("train one that knows colours", Some(recipe), &[("channels", "rgb")]),
                without_run(),
            ]),
            Self::OnlyOpaque { recipe, .. } => ErrorKind::Usage.with([
                Hint::recipe("train one that knows transparency", Some(recipe), &[("alpha", "true")]),
                without_run(),
            ]),
            Self::Colours { .. } => ErrorKind::Usage.with([Hint::set("have one made of this", "make", None)]),
            Self::NoLines { .. } => {
                ErrorKind::Usage.with([Hint::set("have the edges of this picture found", "make", None)])
            }
            Self::NoMask { .. } => ErrorKind::Usage.with([
                Hint::set("say where", "mask", Some("FILE")),
                Hint::set("try it with holes at random", "make", None),
            ]),
            Self::UselessMask { .. } => ErrorKind::Usage.with([Hint::unset("go on", "mask")]),
            Self::NoVariations { run, .. } => ErrorKind::Usage.with([
                Hint::run("translate with it", "translate", run),
                Hint::recipe("train one that makes them", Some("variations"), &[]),
            ]),
            Self::NothingToMake { .. } => ErrorKind::Usage.with([Hint::unset("go on", "make")]),
            Self::MaskSize { .. } | Self::Size { .. } => ErrorKind::Refused.into(),
        }
    }
}
