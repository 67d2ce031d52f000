//! One variation.

use impasto_data::{Channels, Crop, Picture, Preparation, prepare};
use impasto_system::Span;

use super::helper::Helper;
use super::plan::Plan;
use super::{Item, Original, VaryMethod, VaryRequest};
use crate::collage::{self, Collage, collage};
use crate::error::Result;
use crate::patches::Raster;
use crate::patches::generate::{self, generate};
use crate::picture::PictureRecipe;

/// A variation before it is written.
pub(super) struct Made {
    pub(super) picture: Picture,
    /// Which of the originals it has, by number; the first is the one that it is most like.
    pub(super) originals: Vec<usize>,
    /// Those of them that can be seen in it.
    pub(super) seen: Vec<usize>,
    pub(super) recipe: PictureRecipe,
    /// The jump of gradients along a collage's joins.
    pub(super) jump: Option<f64>,
}

impl VaryRequest {
    /// The variation of this number; nothing where the work is stopped.
    pub(super) fn make(
        &self,
        plan: Plan,
        originals: &[Item<Original>],
        helper: Option<&mut Helper>,
        number: usize,
        span: &mut Span<'_>,
    ) -> Result<Option<Made>> {
        let seed = self.seed.wrapping_add(number as u64);
        match (plan.method, helper) {
            (VaryMethod::Patches, _) => self.patches(plan, originals, number, seed, span),
            (VaryMethod::Latent, Some(Helper::Painter(painter))) => {
                painter.variation(originals, number, seed, (self, plan), span)
            }
            (_, helper) => self.collage(plan, originals, helper.as_deref(), number, seed, span),
        }
    }

    fn patches(
        &self,
        plan: Plan,
        originals: &[Item<Original>],
        number: usize,
        seed: u64,
        span: &mut Span<'_>,
    ) -> Result<Option<Made>> {
        let original = number % originals.len();
        let source = &originals[original].content.picture;
        let (width, height) =
            self.size.map_or((source.width(), source.height()), |size| (size.width, size.height));
        let wish = generate::Wish { width, height, strength: plan.strength, tileable: self.tileable, seed };
        let Some(made) = generate(&Raster::of(source), &wish, span)? else { return Ok(None) };
        let recipe = self.recipe(plan, [&originals[original]], seed);
        let all = vec![original];
        Ok(Some(Made { picture: made.picture(), originals: all.clone(), seen: all, recipe, jump: None }))
    }

    fn collage(
        &self,
        plan: Plan,
        originals: &[Item<Original>],
        helper: Option<&Helper>,
        number: usize,
        seed: u64,
        span: &mut Span<'_>,
    ) -> Result<Option<Made>> {
        let order = in_turn(number, originals.len());
        let first = &originals[order[0]];
        let raster = |&original: &usize| Raster::of(&originals[original].content.picture);
        // A single picture lends pieces to itself.
        let donors: Vec<usize> = if order.len() > 1 { order[1..].to_vec() } else { order.clone() };
        let rasters: Vec<Raster> = donors.iter().map(raster).collect();
        let lent: Vec<&Raster> = rasters.iter().collect();
        let wish = collage::Wish { strength: plan.strength, join: plan.join, tried: collage::TRIED, seed };
        let base = Raster::of(&self.sized(&first.content.picture));
        let Some(made) = collage(&base, &lent, &wish, span) else { return Ok(None) };
        let mut seen = vec![order[0]];
        seen.extend(made.donors.iter().map(|&donor| donors[donor]).filter(|&one| one != order[0]));
        let mut recipe = self.recipe(plan, order.iter().map(|&original| &originals[original]), seed);
        let pasted = made.picture.picture();
        let again = match helper {
            None => Some(pasted),
            Some(Helper::Painter(painter)) => painter.repainted(&pasted, &mut recipe, span)?,
            Some(Helper::Harmoniser(harmoniser)) => {
                harmoniser.harmonised(&first.shown(), &pasted, plan.strength, &mut recipe, span)?
            }
        };
        let Some(picture) = again else { return Ok(None) };
        // A run that paints has a size of its own; else the joins are where they were.
        let jump = match (plan.searches, helper) {
            (false, Some(_)) => Collage { picture: Raster::of(&picture), ..made }.jump(),
            _ => made.jump(),
        };
        Ok(Some(Made { picture, originals: order, seen, recipe, jump: Some(jump) }))
    }

    /// The middle of a picture, in the size that was asked for.
    fn sized(&self, picture: &Picture) -> Picture {
        let Some(size) = self.size else { return picture.clone() };
        let channels = match picture.channels() {
            1 => Channels::Grey,
            3 => Channels::Rgb,
            _ => Channels::Rgba,
        };
        let preparation = Preparation { crop: Crop::Center, ..Preparation::of(size, channels) };
        prepare(picture.clone().premultiplied(), &preparation).straight()
    }
}

/// All originals by number, beginning with the one whose turn it is.
pub(super) fn in_turn(number: usize, count: usize) -> Vec<usize> {
    (0..count).map(|step| (number + step) % count).collect()
}
