//! Variations of points: near the originals, and each another one.

use impasto_random::Random;

use super::axes::Axis;
use super::levels::Levels;
use super::movement::moved;
use crate::paint::Point;

/// How far towards a random point a strength of 1 goes.
const NOISE: f64 = 0.7;
/// How many deviations along an axis.
const STEPS: f64 = 1.5;
/// Axes that a variation is moved along.
const AXES: usize = 2;

/// A variation of the first of these points: crossed with one of the others, where there are some; moved along some of the axes, where
/// there are some; and then towards a point that is drawn by `stranger`.
///
/// # Panics
/// When there are no points.
pub fn variation(
    originals: &[Point],
    axes: &[Axis],
    strength: f64,
    seed: u64,
    levels: usize,
    stranger: impl FnOnce(u64) -> Point,
) -> Point {
    let mut random = Random::new(seed, "child", 0);
    let (first, others) = originals.split_first().expect("a variation has an original");
    let mut point = first.clone();
    if !others.is_empty() {
        let other = random.pick(others);
        point = point.towards(other, strength * random.between(0.3, 0.7));
    }
    let order = random.permutation(axes.len());
    for axis in order.iter().take(AXES).map(|&number| &axes[number as usize]) {
        point = moved(&point, axis, STEPS * strength * random.normal(), Levels::default(), levels);
    }
    let stranger = Point { classes: point.classes.clone(), ..stranger(random.bits()) };
    point.towards(&stranger, NOISE * strength)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(seed: u64) -> Point {
        Point::new(Random::new(seed, "point", 0).normals(32), vec![1.0, 0.0])
    }

    fn apart(a: &Point, b: &Point) -> f32 {
        a.latent.iter().zip(&b.latent).map(|(a, b)| (a - b).powi(2)).sum()
    }

    #[test]
    fn strength_is_how_far_a_variation_is_from_its_original() {
        let axis = Axis { name: None, direction: point(9).latent, deviation: 0.1, share: 1.0 };
        for axes in [vec![], vec![axis]] {
            let far = [0.0, 0.2, 0.5, 0.9].map(|strength| {
                let varied = variation(&[point(1)], &axes, strength, 3, 1, point);
                assert_eq!(varied.classes, [1.0, 0.0]);
                apart(&varied, &point(1))
            });
            assert_eq!(far[0], 0.0);
            assert!(far.windows(2).all(|pair| pair[0] < pair[1]), "{far:?}");
            assert!(far[3] < apart(&point(1), &point(2)), "it is still nearer than a stranger");
        }
    }

    #[test]
    fn a_variation_of_two_lies_between_them_and_each_seed_is_another_variation() {
        let originals = [point(1), point(2)];
        let near = |seed| variation(&originals, &[], 0.8, seed, 1, |_| point(1));
        assert!(apart(&near(5), &originals[1]) < apart(&originals[0], &originals[1]));
        assert!(near(5) != near(6) && near(5) == near(5));
    }
}
