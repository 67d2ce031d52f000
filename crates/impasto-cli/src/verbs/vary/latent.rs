//! Variations in what a run has learned.

use impasto::error::Result;
use impasto::paint::{Painter, Point, Taste};
use impasto::picture::{PictureRecipe, with_channels};
use impasto::steer::{Axis, Directions, Eye, Search, child, invert, remember};
use impasto::weights::Weights;
use impasto_data::{Channels, Crop, Picture, Preparation, prepare};
use impasto_system::Span;

use super::{Made, Parent, Plan, Vary};
use crate::voice::Voice;
use crate::works;

/// Random latents that are tried before a search.
const STARTS: usize = 64;
/// The share of a child's work that is the search for its parents' latents.
const SEARCHED: f64 = 0.95;

/// A run that paints children.
pub(super) struct Studio {
    painter: Painter,
    eye: Eye,
    axes: Vec<Axis>,
    search: Search,
    /// The points of parents that were looked for so far.
    points: Vec<Point>,
}

impl Studio {
    pub(super) fn new(painter: Painter, steps: usize, voice: &Voice) -> Result<Self> {
        painter.skill()?;
        let eye = Eye::usual(&Weights::of_this_user()?, painter.device())?;
        let axes = match Directions::of(painter.run())? {
            Some(directions) => {
                directions.staleness(&painter).iter().for_each(|stale| voice.uncertain(stale));
                directions.check(&painter)?;
                directions.axes
            }
            None => Vec::new(),
        };
        Ok(Self { painter, eye, axes, search: Search { steps, starts: STARTS, seed: 1 }, points: Vec::new() })
    }

    /// The folder of the run.
    pub(super) fn run(&self) -> String {
        self.painter.run().path().display().to_string()
    }

    /// A child of all parents, most like the one whose turn it is. None where it was stopped.
    pub(super) fn child(
        &mut self,
        parents: &[Parent],
        number: usize,
        seed: u64,
        (vary, plan): (&Vary, Plan),
        span: &mut Span<'_>,
    ) -> Result<Option<Made>> {
        // All parents are looked for before the first child.
        for parent in parents.iter().skip(self.points.len()) {
            let share = |points: usize| SEARCHED * points as f64 / parents.len() as f64;
            let part = &mut span.part(share(self.points.len())..share(self.points.len() + 1));
            let Some(point) = self.point(&parent.picture, part)? else { return Ok(None) };
            self.points.push(point);
        }
        let first = number % parents.len();
        let order: Vec<usize> = (0..parents.len()).map(|step| (first + step) % parents.len()).collect();
        let points: Vec<Point> = order.iter().map(|&parent| self.points[parent].clone()).collect();
        let levels = self.painter.skill()?.levels();
        let point = child(&points, &self.axes, plan.strength, seed, levels, |seed| {
            self.painter.point(seed, None, Taste::default()).unwrap_or_else(|_| points[0].clone())
        });
        let mut recipe = vary.recipe(plan, order.iter().map(|&parent| &parents[parent]), seed);
        let picture = self.painted(&point, &mut recipe, "a variation")?;
        Ok(Some(Made { picture, seen: order.clone(), parents: order, recipe, jump: None }))
    }

    /// A picture as the run paints it: inverted and painted. None where it was stopped.
    pub(super) fn repainted(
        &self,
        picture: &Picture,
        recipe: &mut PictureRecipe,
        span: &mut Span<'_>,
    ) -> Result<Option<Picture>> {
        let Some(point) = self.point(picture, span)? else { return Ok(None) };
        self.painted(&point, recipe, "a collage").map(Some)
    }

    fn painted(&self, point: &Point, recipe: &mut PictureRecipe, what: &str) -> Result<Picture> {
        self.painter.sign(recipe);
        remember(recipe, what, std::slice::from_ref(point));
        Ok(self.painter.paint(std::slice::from_ref(point))?.remove(0))
    }

    /// The latent of a picture. None where it was stopped.
    fn point(&self, picture: &Picture, span: &mut Span<'_>) -> Result<Option<Point>> {
        let picture = seen(picture, &self.painter.config().preparation());
        let found = invert(&self.painter, &self.eye, &picture, None, &self.search, span)?;
        Ok(span.goes_on().then_some(found.point))
    }
}

/// A picture as a run sees it.
fn seen(picture: &Picture, preparation: &Preparation) -> Picture {
    let crop = if preparation.crop == Crop::Random { Crop::Center } else { preparation.crop };
    let preparation = Preparation { flip: false, crop, ..preparation.clone() };
    let all = works::with_channels(picture, 4);
    let picture = match preparation.channels {
        Channels::Rgba => all.premultiplied(),
        channels => with_channels(&all, channels.count(), preparation.background),
    };
    prepare(picture, &preparation)
}
