//! Style transfer: a picture that shows what one picture shows, in the manner of others.
//!
//! By optimisation of its pixels (Gatys and others, "Image Style Transfer Using Convolutional Neural Networks", 2016), coarse to
//! fine: a small picture first, whose result is enlarged and worked on again. `loss` says what a style is, `goal` how far a
//! picture is from it, `room` and `tiles` keep large pictures within the memory, `adam` moves the pixels. Or in one pass with a network
//! that was trained for any style: `adain`; or without a network, with patches of the style: `patched`. `teacher` is the same goal for networks that learn one style (recipe `fast-style`).

mod adain;
mod adam;
mod colour;
mod error;
mod goal;
mod loss;
mod patched;
mod room;
mod sight;
mod teacher;
#[cfg(test)]
mod tests;
mod tiles;
mod wasserstein;

use impasto_system::Span;

use impasto_data::{Picture, squeezed};
use impasto_nn::Precision;

pub use adain::{AnyStyle, Decoder};
pub use colour::{as_transparent_as, blended, in_colours_of};
pub use error::StyleError;
pub(crate) use goal::Apart;
pub use loss::Loss;
pub use patched::paint_with_patches;
pub use sight::{SIGHTS, Sight};
pub(crate) use sight::{is_there, one_pass, usual};
pub use teacher::Aids;
pub(crate) use teacher::{Aim, AnyTeacher, Lesson, Teacher};

use crate::features::map::Map;
use adam::Walk;
use goal::{Content, Goal, Region, seen};
use loss::Target;
use room::{tiled, tiled_style};

/// A style.
#[derive(Debug, Clone)]
pub struct Style {
    /// A picture in it.
    pub picture: Picture,
    /// What it counts beside the others.
    pub weight: f64,
    /// Where it is to be: white is here, black is not. As large as the content.
    pub mask: Option<Picture>,
}

/// How to go about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The longest side of the result.
    pub size: usize,
    /// Steps at that size; smaller pictures, which cost less, get more.
    pub steps: usize,
    /// How much of the style: 0 is the content, 1 the style alone.
    pub strength: f64,
    /// What a style is.
    pub loss: Loss,
    /// The longest side of a style against that of the result.
    pub style_size: f64,
    /// Only the light is changed.
    pub keep_colours: bool,
    /// Bytes that may be used, about.
    pub memory: u64,
    /// What is drawn by chance comes from it.
    pub seed: u64,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            size: 512,
            steps: Self::steps_at(512),
            strength: 0.5,
            loss: Loss::Gram,
            style_size: 1.0,
            keep_colours: false,
            memory: 2_000_000_000,
            seed: 1,
        }
    }
}

impl Order {
    /// Steps at the full size where nothing is said of them: as many as 512 pixels need, and a third fewer for each doubling. What
    /// is broad has been painted at smaller sizes by then.
    pub fn steps_at(size: usize) -> usize {
        const STEPS: f64 = 60.0;
        (STEPS * MORE.powf((512.0 / size.max(1) as f64).log2().min(0.0))).round() as usize
    }
}

/// How far the work is at one size.
struct Stand {
    /// Height and width that are worked on.
    size: [usize; 2],
    /// Steps done at this size, and how many there are; none where there are no steps.
    step: [usize; 2],
    /// How far the picture was from the goal when that was last known.
    loss: Option<f64>,
}

impl Stand {
    /// Reports it, with the picture so far where somebody looks; the answer is whether to go on.
    fn report(&self, span: &mut Span<'_>, share: f64, picture: &dyn Fn() -> Picture) -> bool {
        let Self { size: [height, width], step: [step, steps], loss } = *self;
        let mut figures = vec![("width", width as f64), ("height", height as f64)];
        if steps > 0 {
            figures.extend([("step", step as f64), ("steps", steps as f64)]);
        }
        figures.extend(loss.map(|loss| ("loss", loss)));
        let goes_on = span.measured(share, &figures);
        if span.monitor().wants_preview() {
            span.monitor().preview(&picture().preview());
        }
        goes_on
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Stylised {
    /// The picture, at its full size.
    pub picture: Picture,
    /// How far it was from the goal at its last size, if anybody looked.
    pub loss: Option<f64>,
    /// Steps of all sizes.
    pub steps: usize,
    /// Tiles of the last size.
    pub tiles: usize,
    /// Whether it was stopped before the end.
    pub stopped: bool,
}

/// The longest side of a result that anybody may ask for.
pub const LARGEST: usize = 16_384;
/// From one size to the next.
const BETWEEN: usize = 2;
/// The first step's length, of pixels in [0, 1]; it falls to a tenth.
const RATE: f64 = 0.02;
/// What differences between neighbouring pixels count.
const SMOOTH: f64 = 4.0;
/// A smaller size gets so many times the steps of the next one.
const MORE: f64 = 1.5;

/// Paints the content in the styles. The span hears after each step and after each tile of one; where the work is stopped,
/// the picture so far is the answer.
///
/// # Errors
/// When a picture is too small, masks don't fit, or the memory does not suffice.
pub fn stylise(
    sight: &Sight,
    content: &Picture,
    styles: &[Style],
    order: &Order,
    span: &mut Span<'_>,
) -> Result<Stylised, StyleError> {
    let full = size_of(content, order.size);
    check(sight, content, styles, full)?;
    let plan = plan(sight, full, order.steps);
    check_memory(sight, styles, &plan, order)?;
    let cost = |size: [usize; 2], steps: f64| cost(styles.len(), size, steps);
    let work: f64 = plan.iter().map(|(size, steps)| cost(*size, *steps as f64)).sum();
    let (mut done, mut steps) = (0.0, 0);
    let mut last: Option<Stylised> = None;
    let mut before: Option<Picture> = None;
    for (size, planned) in plan {
        let mut scene = Scene::new(content, styles, size, order);
        let so_far =
            || last.as_ref().map_or_else(|| scene.shown(scene.content.clone()), |last| last.picture.clone());
        Stand { size, step: [0, planned], loss: None }.report(span, done / work, &so_far);
        let looking = &mut span.part(done / work..(done + cost(size, 0.0)) / work);
        let Some(goal) = scene.goal(sight, styles, order, looking)? else {
            let (picture, loss) = (so_far(), last.as_ref().and_then(|last| last.loss));
            last = Some(Stylised { picture, loss, steps, tiles: 1, stopped: true });
            break;
        };
        let start =
            before.take().map_or_else(|| scene.content.clone(), |smaller| colour::numbers(&smaller, size));
        scene.forget();
        let mut walk = Walk::new(start);
        let mut loss = None;
        let mut stopped = false;
        for step in 0..planned {
            let share = |step: usize| (done + cost(size, step as f64)) / work;
            let between = &mut span.part(share(step)..share(step + 1));
            let seen = goal.look(&walk.pixels, steps as u64, between);
            stopped = seen.is_none_or(|(apart, gradient)| {
                loss = Some(apart.sum());
                walk.step(gradient, rate(step as f64 / planned as f64));
                steps += 1;
                let stand = Stand { size, step: [step + 1, planned], loss };
                !stand.report(span, share(step + 1), &|| scene.shown(walk.average()))
            });
            if stopped {
                break;
            }
        }
        done += cost(size, planned as f64);
        let picture = scene.shown(walk.average());
        last = Some(Stylised { picture, loss, steps, tiles: goal.tiles.len(), stopped });
        if stopped {
            break;
        }
        before = Some(colour::picture(walk.average()));
    }
    let done = last.ok_or(StyleError::Nothing)?;
    Ok(Stylised { picture: squeezed(done.picture, full[1], full[0]), ..done })
}

/// Refuses what does not fit into the memory, before the work begins.
fn check_memory(
    sight: &Sight,
    styles: &[Style],
    plan: &[([usize; 2], usize)],
    order: &Order,
) -> Result<(), StyleError> {
    for (size, _) in plan {
        tiled(sight, styles, *size, order)?;
        styles.iter().try_for_each(|style| tiled_style(sight, style, *size, order).map(|_| ()))?;
    }
    Ok(())
}

/// What looking at the contents and styles and so many steps cost at this size, in steps of a pixel.
fn cost(styles: usize, size: [usize; 2], steps: f64) -> f64 {
    // A look at a content or a style has no way back: about a third of a step.
    let looks = (1 + styles) as f64 / 3.0;
    area(size) as f64 * (looks + steps)
}

/// The content at one size, as it is worked on.
struct Scene {
    /// In colour.
    colours: Option<Map>,
    /// As the network sees it.
    content: Map,
    /// How much of each pixel belongs to any style, where masks say so.
    cover: Option<Vec<f32>>,
}

impl Scene {
    fn new(content: &Picture, styles: &[Style], size: [usize; 2], order: &Order) -> Self {
        let map = colour::numbers(content, size);
        let cover = cover(styles, size);
        match order.keep_colours {
            true => Self { content: colour::greyed(&map), colours: Some(map), cover },
            false => Self { content: map, colours: None, cover },
        }
    }

    /// Lets go of the content, once the goal is known, unless it will be seen through masks.
    fn forget(&mut self) {
        if self.cover.is_none() {
            self.content = Map::default();
        }
    }

    /// What has become of it, as a picture. Where no style is to be, it is the content.
    fn shown(&self, mut result: Map) -> Picture {
        if let Some(cover) = &self.cover {
            let area = result.area();
            let values = result.values.iter_mut().zip(&self.content.values).enumerate();
            values.for_each(|(at, (value, own))| *value = own + cover[at % area] * (*value - own));
        }
        match &self.colours {
            Some(colours) => colour::picture(colour::coloured(result, colours)),
            None => colour::picture(result),
        }
    }

    fn goal<'a>(
        &self,
        sight: &'a Sight,
        styles: &[Style],
        order: &Order,
        span: &mut Span<'_>,
    ) -> Result<Option<Goal<'a>>, StyleError> {
        let size = self.content.size();
        let precision = Precision::quickest();
        let tiles = tiled(sight, styles, size, order)?;
        let mut look = |number: usize, map: &Map, loss, tiles, wants_content| {
            let share = |number: usize| number as f64 / (1 + styles.len()) as f64;
            let part = &mut span.part(share(number)..share(number + 1));
            seen(sight, map, loss, (tiles, precision), wants_content, part)
        };
        let Some((_, target)) = look(0, &self.content, Loss::MeanStd, tiles.clone(), true) else {
            return Ok(None);
        };
        let mut targets = Vec::with_capacity(styles.len());
        for (number, style) in styles.iter().enumerate() {
            let (own, tiles) = tiled_style(sight, style, size, order)?;
            let mut map = colour::numbers(&style.picture, own);
            if order.keep_colours {
                map = colour::lit_like(&map, &self.content);
            }
            let Some((statistics, _)) = look(number + 1, &map, order.loss, tiles, false) else {
                return Ok(None);
            };
            targets.push(statistics.into_iter().map(|all| all.target()).collect());
        }
        let regions = regions(sight, styles, targets, size);
        let strength = order.strength.clamp(1e-3, 1.0);
        let counts = sight.balance * (1.0 - strength) / strength;
        let content = Content::new(counts, target);
        let smooth = SMOOTH;
        let Order { loss, seed, .. } = *order;
        Ok(Some(Goal { sight, loss, precision, tiles, content, regions, smooth, seed }))
    }
}

/// Styles without masks are one region with the mean of their statistics; with masks, each has its own.
fn regions(sight: &Sight, styles: &[Style], targets: Vec<Vec<Target>>, size: [usize; 2]) -> Vec<Region> {
    let layers = sight.style.len();
    let total: f64 = styles.iter().map(|style| style.weight).sum();
    if styles.iter().any(|style| style.mask.is_some()) {
        let region = |(style, targets): (&Style, Vec<Target>)| {
            let masks = (0..layers).map(|at| style.mask.as_ref().map(|mask| masked(sight, mask, at, size)));
            Region { counts: style.weight / total, masks: masks.collect(), targets }
        };
        return styles.iter().zip(targets).map(region).collect();
    }
    let mut each: Vec<Vec<(f64, Target)>> = (0..layers).map(|_| Vec::new()).collect();
    for (style, targets) in styles.iter().zip(targets) {
        each.iter_mut().zip(targets).for_each(|(all, target)| all.push((style.weight / total, target)));
    }
    let targets = each.into_iter().filter_map(Target::blend).collect();
    vec![Region { counts: 1.0, masks: vec![None; layers], targets }]
}

/// How much of each pixel belongs to any style; none where there are no masks.
fn cover(styles: &[Style], size: [usize; 2]) -> Option<Vec<f32>> {
    let masks: Vec<&Picture> = styles.iter().filter_map(|style| style.mask.as_ref()).collect();
    if masks.len() < styles.len() {
        return None;
    }
    let mut cover = vec![0f32; area(size)];
    for mask in masks {
        cover.iter_mut().zip(lightness(mask, size)).for_each(|(sum, light)| *sum = (*sum + light).min(1.0));
    }
    Some(cover)
}

/// A mask as a layer sees it.
fn masked(sight: &Sight, mask: &Picture, at: usize, size: [usize; 2]) -> Vec<f32> {
    lightness(mask, sight.chain.size(sight.style[at].0, size))
}

/// How light each pixel of a mask is in this size, from 0 to 1.
fn lightness(mask: &Picture, [height, width]: [usize; 2]) -> Vec<f32> {
    let small = squeezed(mask.clone(), width, height);
    small.pixels().iter().step_by(small.channels()).map(|&byte| f32::from(byte) / 255.0).collect()
}

/// What can be seen to be wrong before anything is done.
fn check(sight: &Sight, content: &Picture, styles: &[Style], full: [usize; 2]) -> Result<(), StyleError> {
    if styles.is_empty() {
        return Err(StyleError::Nothing);
    }
    let least = sight.least();
    if full.iter().any(|&side| side < least) {
        let [height, width] = full;
        return Err(StyleError::Small { width, height, least, network: sight.name() });
    }
    check_masks(content, styles)
}

fn check_masks(content: &Picture, styles: &[Style]) -> Result<(), StyleError> {
    let own = [content.width(), content.height()];
    for mask in styles.iter().filter_map(|style| style.mask.as_ref()) {
        let theirs = [mask.width(), mask.height()];
        if theirs != own {
            return Err(StyleError::Mask { mask: theirs, content: own });
        }
        if mask.pixels().iter().all(|&byte| byte == 0) {
            return Err(StyleError::Black);
        }
    }
    Ok(())
}

/// Sizes and steps, the smallest first: of all but small pictures two at least.
fn plan(sight: &Sight, full: [usize; 2], steps: usize) -> Vec<([usize; 2], usize)> {
    let mut plan = vec![(full, steps)];
    let (mut size, mut more) = (full, steps as f64);
    loop {
        let most = if plan.len() == 1 { sight.coarsest / 2 } else { sight.coarsest };
        if size.iter().all(|&side| side <= most) {
            break;
        }
        size = size.map(|side| side / BETWEEN);
        more *= MORE;
        if size.iter().any(|&side| side < sight.least()) {
            break;
        }
        plan.push((size, more.round() as usize));
    }
    plan.reverse();
    plan
}

/// The picture with this longest side.
pub fn sized(picture: &Picture, longest: usize) -> Picture {
    let [height, width] = size_of(picture, longest);
    squeezed(picture.clone(), width, height)
}

/// Height and width with this longest side.
fn size_of(picture: &Picture, longest: usize) -> [usize; 2] {
    let own = [picture.height(), picture.width()];
    let scale = longest as f64 / own.iter().copied().max().unwrap_or(1).max(1) as f64;
    own.map(|side| ((side as f64 * scale).round() as usize).max(1))
}

/// Height and width of a style whose longest side is to be so many times that of a picture. It is made no larger than it is, unless
/// more than the picture's own size is asked for: enlarged strokes are blurred ones.
fn size_of_style(style: &Picture, longest: usize, times: f64, least: usize) -> [usize; 2] {
    let own = style.width().max(style.height()) as f64 * times.max(1.0);
    let side = (longest as f64 * times).min(own).round() as usize;
    size_of(style, side.max(least)).map(|side| side.max(least))
}

fn area(size: [usize; 2]) -> usize {
    size[0] * size[1]
}

/// Half a cosine, down to a tenth.
fn rate(done: f64) -> f32 {
    (RATE * (0.55 + 0.45 * (std::f64::consts::PI * done).cos())) as f32
}
