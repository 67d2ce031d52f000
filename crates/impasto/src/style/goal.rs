//! What a picture should be: how far it is from showing the content in the styles, and the gradient of that for its pixels.
//!
//! A picture is looked at tile by tile. Statistics of all tiles decide; where there is more than one, a second look gives the
//! gradients, because what was seen first no longer fits into memory.

use impasto_system::Span;

use std::collections::BTreeMap;
use std::sync::Arc;

use impasto_nn::Precision;

use super::loss::{Loss, Place, Pull, Statistic, Target};
use super::sight::Sight;
use super::tiles::Tile;
use crate::features::chain::Trail;
use crate::features::map::Map;

/// What is looked for at one size.
pub(super) struct Goal<'a> {
    pub(super) sight: &'a Sight,
    pub(super) loss: Loss,
    pub(super) precision: Precision,
    pub(super) tiles: Vec<Tile>,
    pub(super) content: Content,
    pub(super) regions: Vec<Region>,
    /// What differences between neighbours count.
    pub(super) smooth: f64,
    pub(super) seed: u64,
}

/// What is to be shown.
pub(super) struct Content {
    /// What it counts.
    counts: f64,
    /// What its layer sees of it.
    seen: Arc<Map>,
    /// The sum of the squares of that.
    square: f64,
}

impl Content {
    pub(super) fn new(counts: f64, seen: Arc<Map>) -> Self {
        let square = seen.values.iter().map(|&value| f64::from(value * value)).sum::<f64>().max(1e-6);
        Self { counts, seen, square }
    }
}

/// Where a style is to be, and what it is.
#[derive(Clone)]
pub(super) struct Region {
    /// Its share of what all styles count.
    pub(super) counts: f64,
    /// For each style layer, the weights of its places; none where all count the same.
    pub(super) masks: Vec<Option<Vec<f32>>>,
    /// For each style layer.
    pub(super) targets: Vec<Target>,
}

/// Of each region and style layer.
type Gathered = Vec<Vec<Statistic>>;

/// A look at a tile.
struct View {
    maps: BTreeMap<usize, Arc<Map>>,
    trail: Trail,
}

/// How far a picture is from a goal, in parts.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Apart {
    pub(crate) style: f64,
    pub(crate) content: f64,
    /// Differences between neighbours.
    pub(crate) smooth: f64,
}

impl Apart {
    /// All of it.
    pub(crate) fn sum(self) -> f64 {
        self.style + self.content + self.smooth
    }
}

impl Goal<'_> {
    /// How far a picture is, and the gradient for its pixels. `step` tells apart what is drawn by chance. There is
    /// no answer where the work is stopped between two of several tiles.
    pub(super) fn look(&self, pixels: &Map, step: u64, span: &mut Span<'_>) -> Option<(Apart, Map)> {
        match self.tiles.as_slice() {
            [tile] => Some(self.look_once(pixels, tile, step)),
            tiles => self.precision.during(|| self.look_twice(pixels, tiles, step, span)),
        }
    }

    /// The same where one tile is the whole picture.
    pub(super) fn look_once(&self, pixels: &Map, tile: &Tile, step: u64) -> (Apart, Map) {
        self.precision.during(|| {
            let mut gradient = Map::zeros(pixels.shape());
            let smooth = roughness(pixels, self.smooth, &mut gradient);
            let view = self.view(pixels, tile, true);
            let (style, pulls) = self.compare(self.gather(&view, tile), step);
            let content = self.pull(view, tile, &pulls, &mut gradient);
            (Apart { style, content, smooth }, gradient)
        })
    }

    /// First what all tiles have, then what pulls at each.
    fn look_twice(
        &self,
        pixels: &Map,
        tiles: &[Tile],
        step: u64,
        span: &mut Span<'_>,
    ) -> Option<(Apart, Map)> {
        // A second look goes back too, and takes about twice as long as a first one.
        let third = 1.0 / (3 * tiles.len()) as f64;
        let mut sums = Vec::new();
        for (number, tile) in tiles.iter().enumerate() {
            add(&mut sums, self.gather(&self.view(pixels, tile, false), tile));
            span.reached((number + 1) as f64 * third).then_some(())?;
        }
        let (style, pulls) = self.compare(sums, step);
        let mut gradient = Map::zeros(pixels.shape());
        let smooth = roughness(pixels, self.smooth, &mut gradient);
        let mut content = 0.0;
        for (number, tile) in tiles.iter().enumerate() {
            content += self.pull(self.view(pixels, tile, true), tile, &pulls, &mut gradient);
            span.reached((tiles.len() + 2 * (number + 1)) as f64 * third).then_some(())?;
        }
        Some((Apart { style, content, smooth }, gradient))
    }

    fn view(&self, pixels: &Map, tile: &Tile, keeps: bool) -> View {
        let mut view = View { maps: BTreeMap::new(), trail: Trail::default() };
        let maps = &mut view.maps;
        let part = if self.tiles.len() == 1 { pixels.clone() } else { pixels.cut(&tile.outer) };
        let is_compared = |layer: usize| {
            layer == self.sight.content || self.sight.style.iter().any(|(own, _)| *own == layer)
        };
        let mut seen = |layer: usize, map: &Arc<Map>| {
            if is_compared(layer) {
                maps.insert(layer, map.clone());
            }
        };
        let trail = keeps.then_some(&mut view.trail);
        self.sight.chain.forward(part, self.sight.last(), trail, &mut seen);
        view
    }

    /// For each region and style layer what this tile answers for.
    fn gather(&self, view: &View, tile: &Tile) -> Gathered {
        let of = |region: &Region| {
            let layers = self.sight.style.iter().zip(&region.masks);
            let layer = |((layer, _), mask): (&(usize, f64), &Option<Vec<f32>>)| {
                let (map, mask, place) = self.inside(view, tile, *layer, mask.as_deref());
                Statistic::of(self.loss, &map, mask.as_deref(), place)
            };
            layers.map(layer).collect()
        };
        self.regions.iter().map(of).collect()
    }

    /// What a tile answers for of a layer, its mask, and where it lies.
    fn inside(
        &self,
        view: &View,
        tile: &Tile,
        layer: usize,
        mask: Option<&[f32]>,
    ) -> (Arc<Map>, Option<Vec<f32>>, Place) {
        let chain = &self.sight.chain;
        let map = &view.maps[&layer];
        if self.tiles.len() == 1 {
            let place = Place { corner: [0, 0], whole: map.size() };
            return (map.clone(), mask.map(<[f32]>::to_vec), place);
        }
        let window = tile.inside_whole(chain, layer);
        let whole = chain.size(layer, self.size());
        let mask = mask.map(|mask| Map::new(mask.to_vec(), [1, whole[0], whole[1]]).cut(&window).values);
        let place = Place { corner: [window.rows.start, window.columns.start], whole };
        (Arc::new(map.cut(&tile.inside(chain, layer))), mask, place)
    }

    /// Height and width of the picture.
    fn size(&self) -> [usize; 2] {
        let last = self.tiles.last().map(|tile| &tile.inner);
        last.map_or([0, 0], |window| [window.rows.end, window.columns.end])
    }

    /// How far all tiles together are from the styles, and for each region and style layer what pulls there.
    fn compare(&self, sums: Gathered, step: u64) -> (f64, Vec<Vec<(f64, Pull)>>) {
        let mut distance = 0.0;
        let mut pulls = Vec::with_capacity(self.regions.len());
        for (region, sums) in self.regions.iter().zip(sums) {
            let mut own = Vec::with_capacity(region.targets.len());
            let layers = self.sight.style.iter().zip(&region.targets).zip(sums);
            for (at, (((_, counts), target), sum)) in layers.enumerate() {
                let (apart, pull) = sum.compare(target, (self.seed, step * 64 + at as u64));
                distance += counts * region.counts * apart;
                own.push((counts * region.counts, pull));
            }
            pulls.push(own);
        }
        (distance, pulls)
    }

    /// Adds a tile's gradient, and tells how far its content is.
    fn pull(&self, view: View, tile: &Tile, pulls: &[Vec<(f64, Pull)>], gradient: &mut Map) -> f64 {
        let View { mut maps, trail } = view;
        let mut content = 0.0;
        let mut given = |layer: usize| {
            // What is no longer needed goes at once.
            let maps =
                View { maps: BTreeMap::from([(layer, maps.remove(&layer)?)]), trail: Trail::default() };
            let mut sum: Option<Map> = None;
            if layer == self.sight.content {
                let (distance, own) = self.toward_content(&maps, tile);
                content += distance;
                sum = own;
            }
            let at = self.sight.style.iter().position(|(own, _)| *own == layer);
            for (region, pulls) in self.regions.iter().zip(pulls) {
                let Some(at) = at else { break };
                let (map, mask, _) = self.inside(&maps, tile, layer, region.masks[at].as_deref());
                let (counts, pull) = &pulls[at];
                let mut own = pull.gradient(&map, mask.as_deref());
                own.values.iter_mut().for_each(|value| *value *= *counts as f32);
                match sum.as_mut() {
                    Some(sum) => sum.add(&own),
                    None => sum = Some(own),
                }
            }
            Some(self.spread(sum?, tile, layer, maps.maps[&layer].shape()))
        };
        let own = self.sight.chain.back(trail, &mut given);
        gradient.add_at(&own, tile.corner());
        content
    }

    /// How far what a tile answers for is from the content, and the gradient.
    fn toward_content(&self, view: &View, tile: &Tile) -> (f64, Option<Map>) {
        let Content { counts, seen: goal, square } = &self.content;
        if *counts == 0.0 {
            return (0.0, None);
        }
        let layer = self.sight.content;
        let (map, ..) = self.inside(view, tile, layer, None);
        let goal = match self.tiles.len() {
            1 => goal.clone(),
            _ => Arc::new(goal.cut(&tile.inside_whole(&self.sight.chain, layer))),
        };
        let mut apart = Map::clone(&map);
        apart.values.iter_mut().zip(&goal.values).for_each(|(value, goal)| *value -= goal);
        let distance = apart.values.iter().map(|&value| f64::from(value * value)).sum::<f64>();
        let factor = (2.0 * counts / square) as f32;
        apart.values.iter_mut().for_each(|value| *value *= factor);
        (counts * distance / square, Some(apart))
    }

    /// What a tile answers for among all that it looks at, where nothing pulls.
    fn spread(&self, inner: Map, tile: &Tile, layer: usize, shape: [usize; 3]) -> Map {
        if self.tiles.len() == 1 {
            return inner;
        }
        let window = tile.inside(&self.sight.chain, layer);
        let mut all = Map::zeros(shape);
        all.add_at(&inner, [window.rows.start, window.columns.start]);
        all
    }
}

/// What the layers of a whole picture see: of the style layers statistics, of the content layer everything, if that is wanted.
pub(super) fn seen(
    sight: &Sight,
    pixels: &Map,
    loss: Loss,
    (tiles, precision): (Vec<Tile>, Precision),
    wants_content: bool,
    span: &mut Span<'_>,
) -> Option<(Vec<Statistic>, Arc<Map>)> {
    let masks = vec![None; sight.style.len()];
    let region = Region { counts: 1.0, masks, targets: Vec::new() };
    let goal = Goal {
        sight,
        loss,
        precision,
        tiles,
        content: Content::new(0.0, Arc::default()),
        regions: vec![region],
        smooth: 0.0,
        seed: 0,
    };
    let [height, width] = sight.chain.size(sight.content, pixels.size());
    let channels = if wants_content { sight.chain.channels(sight.content) } else { 0 };
    let mut content = Map::zeros([channels, height, width]);
    let mut sums = Vec::new();
    for (number, tile) in goal.tiles.iter().enumerate() {
        precision.during(|| {
            let view = goal.view(pixels, tile, false);
            if wants_content {
                let (part, _, place) = goal.inside(&view, tile, sight.content, None);
                content.add_at(&part, place.corner);
            }
            add(&mut sums, goal.gather(&view, tile));
        });
        if goal.tiles.len() > 1 {
            span.reached((number + 1) as f64 / goal.tiles.len() as f64).then_some(())?;
        }
    }
    Some((sums.pop()?, Arc::new(content)))
}

/// The same of a picture that fits into memory as it is.
pub(super) fn seen_whole(
    sight: &Sight,
    pixels: &Map,
    loss: Loss,
    precision: Precision,
    wants_content: bool,
) -> (Vec<Statistic>, Arc<Map>) {
    let tiles = (vec![Tile::whole(pixels.size())], precision);
    seen(sight, pixels, loss, tiles, wants_content, &mut Span::unwatched()).unwrap_or_default()
}

/// Adds what another tile has at once: the products of a tile take more than a megabyte.
fn add(sums: &mut Gathered, more: Gathered) {
    if sums.is_empty() {
        *sums = more;
        return;
    }
    let layers = sums.iter_mut().flatten().zip(more.into_iter().flatten());
    layers.for_each(|(sum, more)| sum.add(more));
}

/// The mean square of differences between neighbours, times what it counts; its gradient is added.
fn roughness(pixels: &Map, counts: f64, gradient: &mut Map) -> f64 {
    let [_, height, width] = pixels.shape();
    let share = counts / pixels.values.len().max(1) as f64;
    let factor = (2.0 * share) as f32;
    let mut sum = 0.0;
    for (plane, slopes) in
        pixels.values.chunks_exact(height * width).zip(gradient.values.chunks_exact_mut(height * width))
    {
        let mut pair = |a: usize, b: usize| {
            let apart = plane[a] - plane[b];
            slopes[a] += factor * apart;
            slopes[b] -= factor * apart;
            f64::from(apart * apart)
        };
        for at in 0..plane.len() {
            if at % width + 1 < width {
                sum += pair(at, at + 1);
            }
            if at + width < plane.len() {
                sum += pair(at, at + width);
            }
        }
    }
    share * sum
}
