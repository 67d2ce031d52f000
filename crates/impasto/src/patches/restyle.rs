//! A picture painted with patches of others, without a network.
//!
//! After Elad and Milanfar, "Style Transfer via Texture Synthesis", 2017: from coarse to fine, each patch of the picture so far
//! becomes its nearest patch of the style, patches that overlap are averaged, and some of the content is mixed in again. The content
//! first takes the colours of the style (`palette`). Differs from the paper: patches have one size, and the pyramid has more levels
//! instead; a patch must also agree with the content's light, which guides it (Hertzmann and others, "Image Analogies", 2001); and
//! unused patches of the style are cheaper, as in `generate`, so that strokes don't repeat.

use impasto_system::Span;

use super::PatchError;
use super::codes::{Codes, SIDE, sum_of_squares};
use super::finer::finer;
use super::nearest::{Field, Keys, SETTLED, Search};
use super::palette::{LIGHT, Palette};
use super::raster::Raster;
use super::resize::{Edge, Filter};
use super::vote::Vote;

/// The shorter side of the coarsest level, for a strength of 1 and of 0: the coarser, the broader are the strokes.
const COARSEST: [f64; 2] = [36.0, 160.0];
/// A level's size over that of the next finer one.
const STEP: f64 = 0.75;
/// What the content's light counts beside a colour, for a strength of 1 and of 0.
const GUIDE: [f64; 2] = [0.45, 1.0];
/// How much of the content is mixed in again, for a strength of 1 and of 0.
const CONTENT: [f64; 2] = [0.1, 0.6];
/// Strengths act sooner than in proportion: half of them looks like half.
const SOONER: f64 = 0.6;
/// How little a patch that is used already may cost, as a mean of squares.
const ALPHA: f32 = 0.01;

/// A picture to paint with, in red, green and blue, and what it counts beside the others.
#[derive(Debug, Clone)]
pub struct Source {
    /// The picture.
    pub picture: Raster,
    /// More than 0.
    pub weight: f64,
}

/// How a picture is painted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brush {
    /// 0: the content in the style's colours; 1: the style's own strokes, wherever they lead.
    pub strength: f64,
    /// What the search is drawn from.
    pub seed: u64,
}

/// A painting.
#[derive(Debug, Clone, PartialEq)]
pub struct Painting {
    /// As large as the content.
    pub picture: Raster,
    /// Whether it was stopped before the end.
    pub stopped: bool,
}

/// Paints the content, in red, green and blue, with patches of the sources.
///
/// # Panics
/// When there are no sources.
pub fn restyled(
    content: &Raster,
    sources: &[Source],
    brush: &Brush,
    span: &mut Span<'_>,
) -> Result<Painting, PatchError> {
    let palettes: Vec<(f64, Palette)> =
        sources.iter().map(|source| (source.weight, Palette::of(&source.picture))).collect();
    let content = Palette::of(content).toward(&Palette::mixed(&palettes)).applied(content);
    let levels = levels(&content, sources, brush.strength)?;
    let work: f64 = levels.iter().map(Level::work).sum();
    let (mut done, mut made) = (0.0, None::<(Raster, Field)>);
    for (number, level) in levels.iter().enumerate() {
        let scene = Scene::new(&content, sources, level, brush);
        let (guess, start) = match &made {
            None => (scene.content.clone(), None),
            Some((made, field)) => {
                let before = &levels[number - 1];
                let sizes = [before, level].map(|level| [atlas_size(&level.sources), level.content]);
                (scene.mixed(&resized(made, level.content)), Some(finer(field, sizes[0], sizes[1], false)))
            }
        };
        let painted = scene.refine(guess, start, level.turns, [brush.seed, number as u64]);
        done += level.work();
        let so_far = || colours(&resized(&painted.0, [content.width(), content.height()]));
        let goes_on = span.reached(done / work);
        if span.monitor().wants_preview() {
            span.monitor().preview(&so_far().picture().preview());
        }
        if !goes_on || number + 1 == levels.len() {
            let picture = so_far();
            return Ok(Painting { picture, stopped: number + 1 < levels.len() });
        }
        made = Some(painted);
    }
    unreachable!("there is a level, and the last one returns")
}

/// One size of the pyramid.
struct Level {
    content: [usize; 2],
    sources: Vec<[usize; 2]>,
    /// How often patches are found and averaged.
    turns: usize,
}

impl Level {
    fn work(&self) -> f64 {
        (self.content[0] * self.content[1] * self.turns) as f64
    }
}

fn between(ends: [f64; 2], strength: f64) -> f64 {
    ends[1] + (ends[0] - ends[1]) * strength.clamp(0.0, 1.0).powf(SOONER)
}

/// From coarse to fine.
fn levels(content: &Raster, sources: &[Source], strength: f64) -> Result<Vec<Level>, PatchError> {
    assert!(!sources.is_empty(), "patches of something");
    let size = |raster: &Raster| [raster.width(), raster.height()];
    let own = size(content);
    let others: Vec<[usize; 2]> = sources.iter().map(|source| size(&source.picture)).collect();
    for &[width, height] in [&own].into_iter().chain(&others) {
        if width.min(height) < SIDE {
            return Err(PatchError::TooSmall { width, height, least: SIDE });
        }
    }
    let short = others.iter().chain([&own]).flatten().copied().min().unwrap_or(SIDE) as f64;
    let coarsest = between(COARSEST.map(f64::ln), strength).exp().min(short);
    let count = ((short / coarsest).ln() / (1.0 / STEP).ln()).round() as usize;
    let level = |number: usize| {
        let scale = STEP.powi((count - number) as i32);
        let sides = |sides: [usize; 2]| sides.map(|side| ((side as f64 * scale).round() as usize).max(SIDE));
        let turns = match sides(own)[0] * sides(own)[1] {
            0..20_000 => 5,
            20_000..SETTLED => 3,
            _ => 2,
        };
        Level { content: sides(own), sources: others.iter().copied().map(sides).collect(), turns }
    };
    Ok((0..=count).map(level).collect())
}

/// What is painted and what it is painted with, at one size, each pixel with its light as a fourth value.
struct Scene {
    content: Raster,
    /// All sources side by side.
    atlas: Raster,
    /// Where each of them lies there: its first column, its width and height, and what its patches cost.
    parts: Vec<([usize; 3], f32)>,
    /// How much of the content is mixed in again.
    share: f32,
}

impl Scene {
    fn new(content: &Raster, sources: &[Source], level: &Level, brush: &Brush) -> Self {
        let guide = between(GUIDE, brush.strength) as f32;
        let most = sources.iter().map(|source| source.weight).fold(0.0, f64::max);
        let [width, height] = atlas_size(&level.sources);
        let mut atlas = Raster::zeros(width, height, 4);
        let mut parts = Vec::with_capacity(sources.len());
        let mut left = 0;
        for (source, &size) in sources.iter().zip(&level.sources) {
            lay(&mut atlas, &guided(&resized(&source.picture, size), guide), left);
            parts.push(([left, size[0], size[1]], (most / source.weight) as f32));
            left += size[0];
        }
        let content = guided(&resized(content, level.content), guide);
        Self { content, atlas, parts, share: between(CONTENT, brush.strength) as f32 }
    }

    /// The picture so far with some of the content in it, and the content's light.
    fn mixed(&self, made: &Raster) -> Raster {
        let mut mixed = made.with(&self.content, |made, own| made + self.share * (own - made));
        let pixels = mixed.values_mut().as_chunks_mut::<4>().0.iter_mut();
        pixels.zip(self.content.values().as_chunks::<4>().0).for_each(|(mixed, own)| mixed[3] = own[3]);
        mixed
    }

    /// Replaces the guess by patches of the sources, several times.
    fn refine(
        &self,
        mut guess: Raster,
        mut start: Option<Vec<u32>>,
        turns: usize,
        [seed, number]: [u64; 2],
    ) -> (Raster, Field) {
        let atlas = Codes::of(&self.atlas);
        let mut turn = 0;
        loop {
            let queries = Codes::of(&guess);
            let seek = |queries, keys: &Keys<'_>, start: Option<&[u32]>, side: u64| {
                let number = (number * 100 + turn as u64) * 2 + side;
                let rounds = if start.is_some() { 3 } else { 5 };
                Search { queries, keys, wanted: None, rounds, seed, number }.run(start)
            };
            let mut keys = self.keys(&atlas);
            if self.content.width() * self.content.height() < SETTLED {
                let back = seek(&atlas, &Keys::all(&queries), None, 1);
                keys = keys.wanted_by(&back, sum_of_squares(ALPHA, 4));
            }
            let field = seek(&queries, &keys, start.as_deref(), 0);
            let voted = Vote { source: &self.atlas, field: &field, wrapped: false }.count(|_, _| 1.0);
            turn += 1;
            if turn == turns {
                return (voted, field);
            }
            guess = self.mixed(&voted);
            start = Some(field.matches.iter().map(|found| found.place).collect());
        }
    }

    /// Patches that lie in one source, dearer where it counts less.
    fn keys<'a>(&self, atlas: &'a Codes) -> Keys<'a> {
        if let [_] = self.parts[..] {
            return Keys::all(atlas);
        }
        let width = atlas.width();
        let rate = |x: usize, y: usize| {
            let holds = |[left, across, down]: [usize; 3]| {
                (left..(left + across + 1).saturating_sub(SIDE)).contains(&x) && y + SIDE <= down
            };
            self.parts.iter().find(|(part, _)| holds(*part)).map(|(_, rate)| *rate)
        };
        let across = atlas.across();
        let rates =
            (0..across * atlas.down()).map(|number| rate(number % across, number / across).unwrap_or(1.0));
        Keys::those(atlas, |place| rate(place % width, place / width).is_some()).rated(rates)
    }
}

/// Width and height of these sizes side by side.
fn atlas_size(sizes: &[[usize; 2]]) -> [usize; 2] {
    [sizes.iter().map(|size| size[0]).sum(), sizes.iter().map(|size| size[1]).max().unwrap_or(0)]
}

fn resized(raster: &Raster, [width, height]: [usize; 2]) -> Raster {
    raster.resized(width, height, Filter::Cubic, Edge::Still)
}

fn lay(atlas: &mut Raster, picture: &Raster, left: usize) {
    for (x, y) in (0..picture.height()).flat_map(|y| (0..picture.width()).map(move |x| (x, y))) {
        atlas.pixel_mut(left + x, y).copy_from_slice(picture.pixel(x, y));
    }
}

/// With its light as a fourth value, which counts so much.
fn guided(raster: &Raster, guide: f32) -> Raster {
    let pixels = raster.values().as_chunks::<3>().0.iter();
    let light = |pixel: &[f32; 3]| pixel.iter().zip(LIGHT).map(|(value, share)| value * share).sum::<f32>();
    let values = pixels.flat_map(|pixel| [pixel[0], pixel[1], pixel[2], guide * light(pixel)]).collect();
    Raster::new(raster.width(), raster.height(), 4, values)
}

/// Without it.
fn colours(raster: &Raster) -> Raster {
    let values = raster.values().as_chunks::<4>().0.iter().flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    Raster::new(raster.width(), raster.height(), 3, values.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;
    use impasto_system::{Recorder, Stage};

    /// A disc on a ground of another colour.
    fn disc(side: usize, inside: [f32; 3], outside: [f32; 3]) -> Raster {
        let middle = side as f32 / 2.0;
        let is_inside = |x: usize, y: usize| {
            (x as f32 - middle).powi(2) + (y as f32 - middle).powi(2) < (side as f32 / 4.0).powi(2)
        };
        let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        let values = pixels.flat_map(|(x, y)| if is_inside(x, y) { inside } else { outside });
        Raster::new(side, side, 3, values.collect())
    }

    /// Upright stripes of a dark and a light colour, so many pixels wide, with grain.
    fn striped(wide: usize, width: usize, height: usize, dark: [f32; 3], light: [f32; 3]) -> Raster {
        let mut grain = Random::new(5, "grain", 0);
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let values = pixels.flat_map(|(x, _)| if (x / wide).is_multiple_of(2) { dark } else { light });
        Raster::new(width, height, 3, values.map(|value| value + grain.between(-0.03, 0.03) as f32).collect())
    }

    fn stripes(width: usize, height: usize, dark: [f32; 3], light: [f32; 3]) -> Raster {
        striped(3, width, height, dark, light)
    }

    const RED: [f32; 3] = [0.7, 0.1, 0.1];
    const CREAM: [f32; 3] = [0.9, 0.85, 0.6];

    fn painted(content: &Raster, sources: &[Source], strength: f64) -> Raster {
        let brush = Brush { strength, seed: 1 };
        restyled(content, sources, &brush, &mut Span::unwatched()).unwrap().picture
    }

    fn source(picture: Raster) -> Source {
        Source { picture, weight: 1.0 }
    }

    fn nearest_of(pixel: &[f32], colours: &[[f32; 3]]) -> f32 {
        let apart =
            |colour: &[f32; 3]| pixel.iter().zip(colour).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        colours.iter().map(apart).fold(f32::INFINITY, f32::min)
    }

    #[test]
    fn a_painting_has_the_styles_colours_and_the_contents_light() {
        let content = disc(72, [0.1, 0.9, 0.2], [0.0, 0.1, 0.6]);
        let picture = painted(&content, &[source(striped(20, 64, 56, RED, CREAM))], 0.5);
        let pixels = || (0..72 * 72).map(|at| picture.pixel(at % 72, at / 72));
        let strange = pixels().filter(|pixel| pixel[2] > pixel[0] + 0.02).count();
        assert_eq!(strange, 0, "nothing blue is left of the content");
        let light = |x: usize, y: usize| picture.pixel(x, y).iter().sum::<f32>();
        let mean = |from: usize, to: usize| {
            let all = (from..to).flat_map(|x| (from..to).map(move |y| (x, y)));
            all.map(|(x, y)| light(x, y)).sum::<f32>() / (to - from).pow(2) as f32
        };
        assert!(mean(27, 45) > mean(0, 12) + 0.2, "{} and {}", mean(27, 45), mean(0, 12));
    }

    #[test]
    fn the_stronger_the_farther_from_the_content() {
        let hills = |key: u64, sides: [usize; 2], size: [usize; 2]| {
            let coarse = Random::new(key, "hills", 0).uniforms(sides[0] * sides[1] * 3, 0.1, 0.9);
            resized(&Raster::new(sides[0], sides[1], 3, coarse), size)
        };
        let (content, style) = (hills(1, [7, 6], [140, 120]), hills(2, [14, 12], [120, 110]));
        let plain = Palette::of(&content).toward(&Palette::of(&style)).applied(&content);
        let sources = [source(style)];
        let apart = |strength: f64| {
            let apart = painted(&content, &sources, strength).with(&plain, |a, b| (a - b).abs());
            apart.values().iter().sum::<f32>() / apart.values().len() as f32
        };
        let all = [0.05, 0.4, 1.0].map(apart);
        assert!(all[0] < all[1] && all[1] < all[2], "{all:?}");
    }

    #[test]
    fn several_sources_are_mixed_by_their_weights_and_never_across_their_edge() {
        let grey = |level: f32| disc(60, [level; 3], [level + 0.02; 3]);
        let both = |weights: [f64; 2]| {
            let pictures = [stripes(40, 44, RED, RED), stripes(52, 36, [0.1, 0.2, 0.7], [0.1, 0.2, 0.7])];
            let sources: Vec<Source> = pictures
                .into_iter()
                .zip(weights)
                .map(|(picture, weight)| Source { picture, weight })
                .collect();
            let picture = painted(&grey(0.4), &sources, 0.8);
            (0..3600).filter(|at| picture.pixel(at % 60, at / 60)[0] > 0.4).count()
        };
        assert!(
            both([20.0, 1.0]) > both([1.0, 20.0]) + 1000,
            "{} and {}",
            both([20.0, 1.0]),
            both([1.0, 20.0])
        );
        let sources = [source(stripes(40, 44, RED, RED)), source(stripes(52, 36, CREAM, CREAM))];
        let picture = painted(&disc(60, [0.9; 3], [0.1; 3]), &sources, 0.8);
        let dark =
            (0..3600).filter(|at| picture.pixel(at % 60, at / 60).iter().all(|value| *value < 0.08)).count();
        assert_eq!(dark, 0, "black lies beside the smaller one, and is no part of it");
        assert!((0..3600).any(|at| nearest_of(picture.pixel(at % 60, at / 60), &[CREAM]) < 0.1));
    }

    #[test]
    fn threads_change_nothing_and_a_stopped_painting_has_its_full_size() {
        let (content, sources) = (disc(90, [0.8; 3], [0.2; 3]), [source(stripes(80, 64, RED, CREAM))]);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| painted(&content, &sources, 0.6))
        };
        assert!(with(1) == with(3));
        let brush = Brush { strength: 1.0, seed: 1 };
        let stopped = restyled(
            &content,
            &sources,
            &brush,
            &mut Span::whole(&mut Recorder::stopping_after(1), Stage::Styling),
        )
        .unwrap();
        assert!(stopped.stopped && stopped.picture.width() == 90 && stopped.picture.height() == 90);
        let small = Raster::zeros(6, 90, 3);
        assert!(matches!(
            restyled(&small, &sources, &brush, &mut Span::unwatched()),
            Err(PatchError::TooSmall { width: 6, .. })
        ));
    }
}
