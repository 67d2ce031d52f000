//! Variations in what a run has learned.

use impasto_data::{Channels, Crop, Picture, Preparation, prepare};
use impasto_system::{Monitor, Span, Warning, WarningKind};

use super::make::{Made, in_turn};
use super::plan::Plan;
use super::{Item, Original, VaryRequest};
use crate::error::Result;
use crate::jobs::Workshop;
use crate::paint::{Painter, Point, Taste};
use crate::picture::{PictureRecipe, with_channels};
use crate::steer::{Axis, Directions, PerceptualMetric, Search, invert, remember, variation};

/// Random latents that are tried before a search.
const STARTS: usize = 64;
/// The share of a variation's work that is the search for the latents of its originals.
const SEARCHED: f64 = 0.95;

/// A run that paints variations.
pub(super) struct LatentPainter {
    painter: Painter,
    metric: PerceptualMetric,
    axes: Vec<Axis>,
    search: Search,
    /// The points of originals that were looked for so far.
    points: Vec<Point>,
}

impl LatentPainter {
    pub(super) fn new(
        painter: Painter,
        steps: usize,
        workshop: &Workshop,
        monitor: &mut dyn Monitor,
    ) -> Result<Self> {
        painter.skill()?;
        let metric = PerceptualMetric::usual(workshop.weights()?, painter.device())?;
        let axes = match Directions::of(painter.run())? {
            Some(directions) => {
                let stale = directions.staleness(&painter);
                stale.into_iter().for_each(|stale| {
                    monitor.warn(&Warning::new(WarningKind::Uncertain, stale));
                });
                directions.check(&painter)?;
                directions.axes
            }
            None => Vec::new(),
        };
        let search = Search { steps, starts: STARTS, seed: 1 };
        Ok(Self { painter, metric, axes, search, points: Vec::new() })
    }

    /// The run.
    pub(super) fn painter(&self) -> &Painter {
        &self.painter
    }

    /// A variation of all originals, most like the one whose turn it is. None where it was stopped.
    pub(super) fn variation(
        &mut self,
        originals: &[Item<Original>],
        number: usize,
        seed: u64,
        (request, plan): (&VaryRequest, Plan),
        span: &mut Span<'_>,
    ) -> Result<Option<Made>> {
        // All originals are looked for before the first variation.
        for original in originals.iter().skip(self.points.len()) {
            let share = |points: usize| SEARCHED * points as f64 / originals.len() as f64;
            let part = &mut span.part(share(self.points.len())..share(self.points.len() + 1));
            let Some(point) = self.point(&original.content.picture, part)? else { return Ok(None) };
            self.points.push(point);
        }
        let order = in_turn(number, originals.len());
        let points: Vec<Point> = order.iter().map(|&original| self.points[original].clone()).collect();
        let levels = self.painter.skill()?.levels();
        let point = variation(&points, &self.axes, plan.strength, seed, levels, |seed| {
            self.painter.point(seed, None, Taste::default()).unwrap_or_else(|_| points[0].clone())
        });
        let mut recipe = request.recipe(plan, order.iter().map(|&original| &originals[original]), seed);
        let picture = self.painted(&point, &mut recipe, "a variation")?;
        Ok(Some(Made { picture, seen: order.clone(), originals: order, recipe, jump: None }))
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
        let found = invert(&self.painter, &self.metric, &picture, None, &self.search, span)?;
        Ok(span.goes_on().then_some(found.point))
    }
}

/// A picture as a run sees it.
fn seen(picture: &Picture, preparation: &Preparation) -> Picture {
    let crop = if preparation.crop == Crop::Random { Crop::Center } else { preparation.crop };
    let preparation = Preparation { flip: false, crop, ..preparation.clone() };
    let all = with_channels(picture, 4, [255; 3]);
    let picture = match preparation.channels {
        Channels::Rgba => all.premultiplied(),
        channels => with_channels(&all, channels.count(), preparation.background),
    };
    prepare(picture, &preparation)
}
