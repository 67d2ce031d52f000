//! Losses against closed forms and finite differences.

use super::*;
use impasto_random::Random;

fn drawn(shape: [usize; 3], key: u64) -> Map {
    let values = Random::new(1, "loss", key).normals(shape.iter().product());
    Map::new(values.iter().map(|value| value.abs() + 0.1).collect(), shape)
}

fn whole(map: &Map) -> Place {
    Place { corner: [0, 0], whole: map.size() }
}

fn target(loss: Loss, map: &Map) -> Target {
    Statistic::of(loss, map, None, whole(map)).target()
}

fn distance(loss: Loss, map: &Map, mask: Option<&[f32]>, target: &Target) -> (f64, Pull) {
    Statistic::of(loss, map, mask, whole(map)).compare(target, (1, 2))
}

#[test]
fn gram_is_the_papers_formula() {
    let map = Map::new(vec![1.0, 2.0, 3.0, 4.0], [2, 1, 2]);
    let Target::Products(matrix) = target(Loss::Gram, &map) else { panic!("products") };
    assert_eq!(matrix, [2.5, 5.5, 5.5, 12.5]);
    let other = Target::Products(vec![2.5, 5.5, 5.5, 10.5]);
    let size = 2.5f64.powi(2) + 2.0 * 5.5f64.powi(2) + 10.5f64.powi(2);
    assert!((distance(Loss::Gram, &map, None, &other).0 - 4.0 / size).abs() < 1e-9);
}

#[test]
fn mean_and_deviation_are_those_of_the_channel() {
    let map = Map::new(vec![1.0, 3.0], [1, 1, 2]);
    let Target::Moments { means, deviations } = target(Loss::MeanStd, &map) else { panic!("moments") };
    assert!((means[0] - 2.0).abs() < 1e-9 && (deviations[0] - 1.0).abs() < 1e-5);
}

#[test]
fn every_loss_is_nothing_at_the_style_itself_and_more_elsewhere() {
    let (style, other) = (drawn([3, 5, 4], 1), drawn([3, 6, 6], 2));
    for loss in Loss::ALL {
        let target = target(loss, &style);
        assert!(distance(loss, &style, None, &target).0 < 1e-9, "{loss:?}");
        assert!(distance(loss, &other, None, &target).0 > 1e-3, "{loss:?}");
    }
}

#[test]
fn gradients_agree_with_finite_differences_with_and_without_a_mask() {
    let (map, goal) = (drawn([4, 7, 9], 3), drawn([4, 8, 5], 4));
    let mask: Vec<f32> = Random::new(2, "mask", 0).uniforms(63, 0.0, 1.0);
    let way = Random::new(3, "way", 0).normals(4 * 63);
    for loss in Loss::ALL {
        for mask in [None, Some(&mask[..])] {
            let target = target(loss, &goal);
            let at = |step: f32| {
                let mut moved = map.clone();
                moved.values.iter_mut().zip(&way).for_each(|(value, way)| *value += step * way);
                distance(loss, &moved, mask, &target).0
            };
            let pull = distance(loss, &map, mask, &target).1;
            let gradient = pull.gradient(&map, mask);
            let along: f64 = gradient.values.iter().zip(&way).map(|(a, b)| f64::from(a * b)).sum();
            let found = (at(2e-3) - at(-2e-3)) / 4e-3;
            // The transport's map has steps.
            let most = if loss == Loss::Wasserstein { 0.05 } else { 0.01 };
            assert!((along - found).abs() < most * found.abs() + 1e-3, "{loss:?}: {along} against {found}");
        }
    }
}

#[test]
fn parts_add_up_to_the_whole() {
    use crate::features::map::Window;
    let (map, goal) = (drawn([3, 6, 8], 5), drawn([3, 5, 5], 6));
    for loss in Loss::ALL {
        let part = |columns: std::ops::Range<usize>| {
            let place = Place { corner: [0, columns.start], whole: map.size() };
            Statistic::of(loss, &map.cut(&Window { rows: 0..6, columns }), None, place)
        };
        let mut sum = part(0..3);
        sum.add(part(3..8));
        let target = target(loss, &goal);
        let [one, other] = [sum.compare(&target, (1, 2)).0, distance(loss, &map, None, &target).0];
        assert!((one - other).abs() < 1e-6 * other.max(1e-3), "{loss:?}: {one}, {other}");
    }
}

#[test]
fn blends_are_means_of_statistics() {
    let (a, b) = (drawn([2, 4, 4], 7), drawn([2, 4, 4], 8));
    let Some(Target::Products(mix)) =
        Target::blend(vec![(0.25, target(Loss::Gram, &a)), (0.75, target(Loss::Gram, &b))])
    else {
        panic!("products")
    };
    let (Target::Products(a), Target::Products(b)) = (target(Loss::Gram, &a), target(Loss::Gram, &b)) else {
        panic!("products")
    };
    assert!(mix.iter().zip(a.iter().zip(&b)).all(|(mix, (a, b))| (mix - 0.25 * a - 0.75 * b).abs() < 1e-6));
}
