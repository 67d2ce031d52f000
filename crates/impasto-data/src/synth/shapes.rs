//! The shapes that motifs are made of. `None` is a shape with no extent; the canvas draws nothing for it.

use std::f32::consts::TAU;

use tiny_skia::{Path, PathBuilder, Rect};

use super::canvas::At;

/// The unit vector at an angle in radians, clockwise from the right.
pub(super) fn direction(angle: f32) -> At {
    (libm::cosf(angle), libm::sinf(angle))
}

/// The place at a distance and angle from a centre.
pub(super) fn away((x, y): At, distance: f32, angle: f32) -> At {
    let (across, down) = direction(angle);
    (x + distance * across, y + distance * down)
}

/// A circle.
pub(super) fn disc(centre: At, radius: f32) -> Option<Path> {
    oval(centre, radius, radius)
}

/// An upright ellipse by its two radii.
pub(super) fn oval((x, y): At, across: f32, down: f32) -> Option<Path> {
    PathBuilder::from_oval(Rect::from_ltrb(x - across, y - down, x + across, y + down)?)
}

/// Several ellipses as one shape, each a centre and two radii.
pub(super) fn ovals(list: &[(At, f32, f32)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for &((x, y), across, down) in list {
        path.push_oval(Rect::from_ltrb(x - across, y - down, x + across, y + down)?);
    }
    path.finish()
}

/// Straight lines through points, closed.
pub(super) fn polygon(points: &[At]) -> Option<Path> {
    let mut path = PathBuilder::new();
    trace(&mut path, points);
    path.close();
    path.finish()
}

/// Several polygons as one shape; where they turn in the same sense they add up.
pub(super) fn polygons(list: &[Vec<At>]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for points in list {
        trace(&mut path, points);
        path.close();
    }
    path.finish()
}

/// Straight lines through points, left open.
pub(super) fn line(points: &[At]) -> Option<Path> {
    let mut path = PathBuilder::new();
    trace(&mut path, points);
    path.finish()
}

fn trace(path: &mut PathBuilder, points: &[At]) {
    for (index, &(x, y)) in points.iter().enumerate() {
        if index == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
}

/// A smooth line through points (Catmull and Rom's spline), left open.
pub(super) fn curve(points: &[At]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let last = points.len().checked_sub(1)?;
    path.move_to(points[0].0, points[0].1);
    for index in 0..last {
        let before = points[index.saturating_sub(1)];
        let after = points[(index + 2).min(last)];
        spline(&mut path, before, points[index], points[index + 1], after);
    }
    path.finish()
}

/// A smooth closed shape through points.
pub(super) fn blob(points: &[At]) -> Option<Path> {
    let count = points.len();
    let first = points.first()?;
    let mut path = PathBuilder::new();
    path.move_to(first.0, first.1);
    for index in 0..count {
        let at = |step: usize| points[(index + count + step - 1) % count];
        spline(&mut path, at(0), at(1), at(2), at(3));
    }
    path.close();
    path.finish()
}

/// One piece of Catmull and Rom's spline, from `from` to `to`.
fn spline(path: &mut PathBuilder, before: At, from: At, to: At, after: At) {
    path.cubic_to(
        from.0 + (to.0 - before.0) / 6.0,
        from.1 + (to.1 - before.1) / 6.0,
        to.0 - (after.0 - from.0) / 6.0,
        to.1 - (after.1 - from.1) / 6.0,
        to.0,
        to.1,
    );
}

/// A smooth line through points as the upper edge of ground that reaches down to the canvas's foot and beyond.
pub(super) fn ground(edge: &[At]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let last = edge.len().checked_sub(1)?;
    path.move_to(edge[0].0, 120.0);
    path.line_to(edge[0].0, edge[0].1);
    for index in 0..last {
        let before = edge[index.saturating_sub(1)];
        spline(&mut path, before, edge[index], edge[index + 1], edge[(index + 2).min(last)]);
    }
    path.line_to(edge[last].0, 120.0);
    path.close();
    path.finish()
}

/// A petal or leaf from the origin to the right: `fullness` 0 ends in a point, 1 in a broad round.
pub(super) fn petal(length: f32, width: f32, fullness: f32) -> Option<Path> {
    let half = width * 0.67;
    let (near, far) = (length * (0.22 + 0.12 * fullness), length * (0.66 + 0.36 * fullness));
    let shoulder = half * (0.55 + 0.55 * fullness);
    let mut path = PathBuilder::new();
    path.move_to(0.0, 0.0);
    path.cubic_to(near, -half, far, -shoulder, length, 0.0);
    path.cubic_to(far, shoulder, near, half, 0.0, 0.0);
    path.close();
    path.finish()
}

/// A ragged round: `waves` gentle bumps of `depth` (a share of the radius) around a circle.
pub(super) fn ruffle(radius: f32, waves: usize, depth: f32, phase: f32) -> Option<Path> {
    let steps = waves * 4;
    let points: Vec<At> = (0..steps)
        .map(|step| {
            let angle = TAU * step as f32 / steps as f32;
            let bump = 1.0 + depth * libm::sinf(angle * waves as f32 + phase);
            away((0.0, 0.0), radius * bump, angle)
        })
        .collect();
    blob(&points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_nothing_are_none_rather_than_a_panic() {
        assert!(curve(&[]).is_none() && blob(&[]).is_none() && ground(&[]).is_none());
        assert!(polygon(&[]).is_none() && line(&[(1.0, 1.0)]).is_none());
        assert!(oval((0.0, 0.0), -1.0, 1.0).is_none());
    }

    #[test]
    fn a_petal_reaches_exactly_its_length() {
        let bounds = petal(30.0, 10.0, 0.5).expect("a petal").compute_tight_bounds().expect("its bounds");
        assert!((bounds.right() - 30.0).abs() < 0.5 && bounds.left().abs() < 0.5);
    }
}
