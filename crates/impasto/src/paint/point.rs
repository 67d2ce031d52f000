//! Points: places in what a model has learned, and ways between them.

/// A place in what a model has learned.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The latent.
    pub latent: Vec<f32>,
    /// How much of each class; empty for a model without classes.
    pub classes: Vec<f32>,
    /// A latent of its own for each level, from coarse to fine; empty where the one latent enters everywhere.
    pub levels: Vec<Vec<f32>>,
}

impl Point {
    /// A point with one latent.
    pub fn new(latent: Vec<f32>, classes: Vec<f32>) -> Self {
        Self { latent, classes, levels: Vec::new() }
    }

    /// The latent that enters at a level.
    pub fn at(&self, level: usize) -> &[f32] {
        self.levels.get(level).unwrap_or(&self.latent)
    }

    /// The point at share `t` of the way to another: latents along the great circle (Shoemake, 1985), which keeps
    /// their length typical; classes in a straight line.
    pub fn towards(&self, other: &Self, t: f64) -> Self {
        let levels = 0..self.levels.len().max(other.levels.len());
        Self {
            latent: along_the_circle(&self.latent, &other.latent, t),
            classes: blend(&self.classes, &other.classes, 1.0 - t, t),
            levels: levels.map(|level| along_the_circle(self.at(level), other.at(level), t)).collect(),
        }
    }
}

fn along_the_circle(a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    let angle = angle(a, b);
    let sine = angle.sin();
    if sine < 1e-4 {
        return blend(a, b, 1.0 - t, t);
    }
    let part = |share: f64| (share * angle).sin() / sine;
    blend(a, b, part(1.0 - t), part(t))
}

fn blend(a: &[f32], b: &[f32], of_a: f64, of_b: f64) -> Vec<f32> {
    a.iter().zip(b).map(|(&a, &b)| (f64::from(a) * of_a + f64::from(b) * of_b) as f32).collect()
}

fn angle(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths == 0.0 { 0.0 } else { (dot(a, b) / lengths).clamp(-1.0, 1.0).acos() }
}

/// Frames of a walk from key to key and back to the first, evenly spaced: a closed loop.
pub fn closed_walk(keys: &[Point], frames: usize) -> Vec<Point> {
    let place = |frame: usize| frame as f64 * keys.len() as f64 / frames as f64;
    let at = |frame: usize| {
        let place = place(frame);
        let from = (place as usize).min(keys.len() - 1);
        keys[from].towards(&keys[(from + 1) % keys.len()], place - from as f64)
    };
    if keys.is_empty() { Vec::new() } else { (0..frames).map(at).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(latent: &[f32], classes: &[f32]) -> Point {
        Point::new(latent.to_vec(), classes.to_vec())
    }

    #[test]
    fn half_way_along_the_circle_keeps_the_length() {
        let (a, b) = (point(&[2.0, 0.0], &[1.0, 0.0]), point(&[0.0, 2.0], &[0.0, 1.0]));
        let middle = a.towards(&b, 0.5);
        let root = 2f32.sqrt();
        assert!(middle.latent.iter().all(|v| (v - root).abs() < 1e-6), "{middle:?}");
        assert_eq!(middle.classes, [0.5, 0.5]);
    }

    #[test]
    fn the_ends_of_a_way_are_the_points_themselves() {
        let (a, b) = (point(&[1.0, -2.0], &[]), point(&[0.5, 3.0], &[]));
        let near = |p: &Point, q: &Point| p.latent.iter().zip(&q.latent).all(|(p, q)| (p - q).abs() < 1e-6);
        assert!(near(&a.towards(&b, 0.0), &a) && near(&a.towards(&b, 1.0), &b));
    }

    #[test]
    fn points_in_one_direction_are_joined_by_a_straight_line() {
        let (a, b) = (point(&[0.0, 0.0], &[]), point(&[2.0, 2.0], &[]));
        assert_eq!(a.towards(&b, 0.25).latent, [0.5, 0.5]);
    }

    #[test]
    fn a_walk_passes_every_key_and_closes() {
        let key = |third: f32| (third * std::f32::consts::TAU / 3.0).sin_cos();
        let keys = [0.0, 1.0, 2.0].map(key).map(|(sine, cosine)| point(&[cosine, sine], &[]));
        let walk = closed_walk(&keys, 12);
        assert_eq!(walk.len(), 12);
        for (key, frame) in keys.iter().zip([0, 4, 8]) {
            let off = angle(&key.latent, &walk[frame].latent);
            assert!(off < 1e-3, "frame {frame} is {off} off its key");
        }
        for frame in 0..12 {
            let step = angle(&walk[frame].latent, &walk[(frame + 1) % 12].latent);
            assert!((step - std::f64::consts::TAU / 12.0).abs() < 1e-3, "frame {frame} to the next: {step}");
        }
        assert!(closed_walk(&[], 5).is_empty());
    }
}
