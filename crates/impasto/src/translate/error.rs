//! What can go wrong with translating.

use std::path::PathBuf;

use crate::paint::PaintError;
use crate::shell::Command;

/// A picture can't be translated.
#[derive(Debug, thiserror::Error)]
pub enum TranslateError {
    /// The run can't be opened.
    #[error(transparent)]
    Paint(#[from] PaintError),
    /// The run has another skill.
    #[error(
        "run {} (recipe {recipe}) paints from seeds and translates nothing; paint with it ({}), or train one that translates: \
         impasto train FOLDER --recipe paired", run.display(), Command::new("sample").path(run)
    )]
    Paints {
        /// The run.
        run: PathBuf,
        /// Its recipe.
        recipe: String,
    },
    /// The run needs a style beside the picture.
    #[error(
        "run {} paints in the style of any picture: {}", run.display(),
        Command::new("style").word("PICTURE").word("STYLE").with_path("--run", run).word("--out").word("FILE")
    )]
    NoStyle {
        /// The run.
        run: PathBuf,
    },
    /// The run does something else.
    #[error(
        "run {run} (recipe {recipe}) {does}, and this needs one of recipe {wanted}; train one: impasto train FOLDER --recipe \
         {wanted}; or leave out --run"
    )]
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
    #[error(
        "run {run} makes pictures {own} times as large, and {asked} times were asked for; give --times {own}, or train one for \
         it: impasto train FOLDER --recipe enlarge --preset {}", if *asked == 4 { "four" } else { "twice" }
    )]
    Times {
        /// The run.
        run: String,
        /// What it does,
        own: usize,
        /// and what was asked for.
        asked: usize,
    },
    /// The picture has colours, and the run has seen none.
    #[error(
        "`{picture}` has colours, and run {run} knows only grey; train one that knows colours: impasto train FOLDER --recipe \
         {recipe} --channels rgb; or leave out --run"
    )]
    OnlyGrey {
        /// The picture.
        picture: String,
        /// The run.
        run: String,
        /// Its recipe.
        recipe: String,
    },
    /// The picture is transparent somewhere, and the run knows nothing of that.
    #[error(
        "`{picture}` is transparent in places, and run {run} knows only what is opaque; train one that knows transparency: \
         impasto train FOLDER --recipe {recipe} --alpha; or leave out --run"
    )]
    OnlyOpaque {
        /// The picture.
        picture: String,
        /// The run.
        run: String,
        /// Its recipe.
        recipe: String,
    },
    /// The picture has colours.
    #[error(
        "`{picture}` has colours, and run {run} translates from {given}; give it such a picture, or let one be made of this: \
         --make"
    )]
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
         drawing, or let the edges of this picture be found: --make"
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
        "run {run} fills holes, and nothing says where `{picture}` has any; give a picture of the same size that is white \
         where holes are: --mask FILE; or try it with holes at random: --make"
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
    #[error("run {run} translates from {given}, which have no mask; leave out --mask")]
    UselessMask {
        /// The run.
        run: String,
        /// What it translates from.
        given: String,
    },
    /// The run makes no children.
    #[error(
        "run {run} translates from {given} and makes no variations; translate with it (impasto translate PICTURE --run RUN), or \
         train one that makes them: impasto train FOLDER --recipe variations"
    )]
    NoVariations {
        /// The run.
        run: String,
        /// What it translates from.
        given: String,
    },
    /// What it translates from can't be made.
    #[error(
        "run {run} translates from pictures as they are, so there is nothing to make of them first; leave out --make"
    )]
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
