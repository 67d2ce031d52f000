//! The canvas that motifs draw on: always 100 wide and 100 high, whatever the picture's size in pixels.
//!
//! A thin layer over `tiny-skia` that hides its options: a degenerate path draws nothing, edges are always smoothed,
//! and every angle goes through `libm`, so that a picture does not depend on the system's own sine.

use tiny_skia::{
    FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Mask, Paint, Path, PathBuilder, Pixmap, Point,
    RadialGradient, Rect, Shader, SpreadMode, Stroke, Transform,
};

use super::colour::Colour;
use crate::Picture;

/// Where on the canvas: across and down, 0 to 100.
pub(super) type At = (f32, f32);

/// What a shape is filled with.
#[derive(Debug, Clone)]
pub(super) enum Ink {
    /// One colour.
    Flat(Colour),
    /// One colour, seen through: 0 nothing, 1 opaque.
    Glaze(Colour, f32),
    /// Colours along a line, each with its place on it (0 to 1) and its opacity.
    Along(At, At, Vec<(f32, Colour, f32)>),
    /// Colours from a centre outward to a radius, each with its place and its opacity.
    Around(At, f32, Vec<(f32, Colour, f32)>),
}

impl From<Colour> for Ink {
    fn from(colour: Colour) -> Self {
        Self::Flat(colour)
    }
}

/// From one colour to another along a line.
pub(super) fn blend(from: At, to: At, start: Colour, end: Colour) -> Ink {
    Ink::Along(from, to, vec![(0.0, start, 1.0), (1.0, end, 1.0)])
}

/// A light that is `strength` opaque in its centre and gone at its radius.
pub(super) fn glow(centre: At, radius: f32, colour: Colour, strength: f32) -> Ink {
    let falling = vec![(0.0, colour, strength), (0.35, colour, strength * 0.5), (1.0, colour, 0.0)];
    Ink::Around(centre, radius, falling)
}

impl Ink {
    fn shader(&self) -> Shader<'static> {
        let solid = |colour, opacity| Shader::SolidColor(skia(colour, opacity));
        let stops = |list: &[(f32, Colour, f32)]| -> Vec<GradientStop> {
            list.iter().map(|&(at, colour, opacity)| GradientStop::new(at, skia(colour, opacity))).collect()
        };
        let (pad, still) = (SpreadMode::Pad, Transform::identity());
        match self {
            Self::Flat(colour) => solid(*colour, 1.0),
            Self::Glaze(colour, opacity) => solid(*colour, *opacity),
            Self::Along(from, to, list) => {
                LinearGradient::new(point(*from), point(*to), stops(list), pad, still)
                    .unwrap_or_else(|| solid(list[0].1, list[0].2))
            }
            Self::Around(centre, radius, list) => {
                let centre = point(*centre);
                RadialGradient::new(centre, 0.0, centre, *radius, stops(list), pad, still)
                    .unwrap_or_else(|| solid(list[0].1, list[0].2))
            }
        }
    }
}

fn point((x, y): At) -> Point {
    Point::from_xy(x, y)
}

fn skia(colour: Colour, opacity: f32) -> tiny_skia::Color {
    let [red, green, blue] = colour.to_rgb();
    tiny_skia::Color::from_rgba8(red, green, blue, (opacity.clamp(0.0, 1.0) * 255.0 + 0.5) as u8)
}

/// How something stands on the canvas: moved, turned, stretched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pose(Transform);

impl Pose {
    /// Its own origin put at this place.
    pub(super) fn at((x, y): At) -> Self {
        Self(Transform::from_translate(x, y))
    }

    /// Turned clockwise, in radians.
    pub(super) fn turned(self, angle: f32) -> Self {
        let (sine, cosine) = (libm::sinf(angle), libm::cosf(angle));
        Self(self.0.pre_concat(Transform::from_row(cosine, sine, -sine, cosine, 0.0, 0.0)))
    }

    /// Stretched along its own axes.
    pub(super) fn scaled(self, across: f32, down: f32) -> Self {
        Self(self.0.pre_scale(across, down))
    }

    /// Slanted: `by` across for each unit down.
    pub(super) fn slanted(self, by: f32) -> Self {
        Self(self.0.pre_concat(Transform::from_row(1.0, 0.0, by, 1.0, 0.0, 0.0)))
    }
}

/// A picture being drawn.
#[derive(Debug)]
pub(super) struct Canvas {
    pixels: Pixmap,
    /// From canvas units to pixels, through every pose in force.
    view: Transform,
    window: Option<Mask>,
    has_ground: bool,
}

impl Canvas {
    /// A black canvas of `size` pixels each way.
    ///
    /// # Panics
    /// When `size` is 0 or absurd; callers check it first.
    pub(super) fn new(size: u32) -> Self {
        let pixels = Pixmap::new(size, size).expect("the size was checked before");
        let scale = size as f32 / 100.0;
        Self { pixels, view: Transform::from_scale(scale, scale), window: None, has_ground: true }
    }

    /// A transparent one that is never covered: only what stands on the ground is drawn.
    ///
    /// # Panics
    /// As `new`.
    pub(super) fn without_ground(size: u32) -> Self {
        Self { has_ground: false, ..Self::new(size) }
    }

    /// Covers everything, as ground or as light.
    pub(super) fn cover(&mut self, ink: impl Into<Ink>) {
        let whole = Rect::from_ltrb(-10.0, -10.0, 110.0, 110.0).map(PathBuilder::from_rect);
        self.fill_behind(&whole, ink);
    }

    /// Fills a shape that belongs to the ground.
    pub(super) fn fill_behind(&mut self, shape: &Option<Path>, ink: impl Into<Ink>) {
        if self.has_ground {
            self.fill(shape, ink);
        }
    }

    /// Fills a shape.
    pub(super) fn fill(&mut self, shape: &Option<Path>, ink: impl Into<Ink>) {
        let Some(path) = shape else { return };
        let paint = paint(&ink.into());
        self.pixels.fill_path(path, &paint, FillRule::Winding, self.view, self.window.as_ref());
    }

    /// Draws along a shape's outline with a round brush.
    pub(super) fn stroke(&mut self, shape: &Option<Path>, width: f32, ink: impl Into<Ink>) {
        let Some(path) = shape else { return };
        let paint = paint(&ink.into());
        let brush =
            Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        self.pixels.stroke_path(path, &paint, &brush, self.view, self.window.as_ref());
    }

    /// Draws in the units of something that stands on the canvas in a pose of its own.
    pub(super) fn posed(&mut self, pose: Pose, draw: impl FnOnce(&mut Self)) {
        let before = self.view;
        self.view = before.pre_concat(pose.0);
        draw(self);
        self.view = before;
    }

    /// Draws only inside a shape.
    pub(super) fn inside(&mut self, shape: &Option<Path>, draw: impl FnOnce(&mut Self)) {
        let Some(path) = shape else { return };
        let Some(mut window) = Mask::new(self.pixels.width(), self.pixels.height()) else { return };
        window.fill_path(path, FillRule::Winding, true, self.view);
        let before = self.window.replace(window);
        draw(self);
        self.window = before;
    }

    /// The finished picture, RGB; with alpha where it has no ground.
    pub(super) fn finish(self) -> Picture {
        let (width, height) = (self.pixels.width() as usize, self.pixels.height() as usize);
        if !self.has_ground {
            return Picture::new(width, height, 4, self.pixels.take()).straight();
        }
        let rgb = self.pixels.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect();
        Picture::new(width, height, 3, rgb)
    }
}

fn paint(ink: &Ink) -> Paint<'static> {
    Paint { shader: ink.shader(), anti_alias: true, ..Paint::default() }
}
