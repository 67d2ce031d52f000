//! Pictures in the style of others: with a style that is given (`given`), or with a run that has learned one (`learned`),
//! which paints films too.

mod content;
mod given;
mod learned;
mod preview;
mod request;

use impasto_system::Monitor;
use serde::Serialize;

use super::{BatchReport, Job, RunUsed, Workshop};
use crate::error::{Error, Hint, Result};
pub use request::{StyleMethod, StyleRequest};

/// A picture, or a film, that was painted in a style.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StyledPicture {
    /// Where it was written.
    pub path: String,
    /// What it shows.
    pub picture: String,
    /// The styles that were given.
    pub styles: Vec<String>,
    /// How it was painted: the name of a method, or of a recipe.
    pub method: String,
    /// What looked at the styles; none where they were only cut to pieces.
    pub network: Option<String>,
    /// The run that painted.
    #[serde(flatten)]
    pub run: Option<RunUsed>,
    /// Pixels across,
    pub width: usize,
    /// and down.
    pub height: usize,
    /// 1 for a picture.
    pub frames: usize,
    /// How far it is from what was asked for; none where nobody measured.
    pub loss: Option<f64>,
    /// Steps that were made.
    pub steps: usize,
    /// Tiles of the last size.
    pub tiles: usize,
    /// Seconds that it took.
    pub seconds: f64,
    /// Whether it was stopped before its end.
    pub stopped: bool,
}

impl Job for StyleRequest {
    const NAME: &'static str = "style";
    type Report = BatchReport<StyledPicture>;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        self.check()?;
        let painter = self.run.as_ref().map(|run| run.open(workshop, monitor)).transpose()?;
        let painter = match painter {
            Some(painter) if painter.skills().restyle.is_none() => {
                return self.with_learned(painter, monitor);
            }
            painter => painter,
        };
        if self.styles.is_empty() {
            let style = Hint::set("give one", "styles", Some("PICTURE"));
            return Err(Error::usage("no style is given: name at least one picture in it").hint(style));
        }
        self.with_given(painter.as_ref(), workshop, monitor)
    }
}
