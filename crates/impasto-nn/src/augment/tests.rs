use burn::tensor::Device;

use super::*;
use crate::{tensor, values};

const ALL: Policy =
    Policy { mirror: true, translate: 0.125, rotate: 10.0, scale: 1.2, colour: 0.5, cutout: 0.5 };
const NONE: Policy =
    Policy { mirror: false, translate: 0.0, rotate: 0.0, scale: 1.0, colour: 0.0, cutout: 0.0 };

fn draw(policy: Policy, count: usize, shape: [usize; 3], strength: f64) -> Drawn {
    policy.draw(&mut Random::new(1, "augment", 0), count, shape, strength)
}

fn plans(drawn: &Drawn) -> &[Plan] {
    drawn.0.as_deref().unwrap_or_default()
}

fn pictures(shape: [usize; 4]) -> Tensor<4> {
    let drawn = Random::new(2, "pictures", 0).uniforms(shape.iter().product(), -1.0, 1.0);
    tensor(drawn, shape, &Device::flex())
}

#[test]
fn without_strength_or_kinds_nothing_happens() {
    for drawn in [draw(ALL, 9, [3, 8, 8], 0.0), draw(NONE, 9, [3, 8, 8], 0.8)] {
        assert_eq!(drawn, Drawn::nothing());
        let x = pictures([2, 1, 8, 8]);
        assert_eq!(values(drawn.apply(x.clone())), values(x), "of any number and size");
    }
}

#[test]
fn each_kind_happens_as_often_as_the_strength_says_and_never_more_often_than_is_safe() {
    let kinds: [(Policy, f64); 6] = [
        // Half of those that are drawn are as they were.
        (Policy { mirror: true, ..NONE }, 0.5),
        (Policy { translate: 0.125, ..NONE }, 1.0),
        (Policy { rotate: 10.0, ..NONE }, 1.0),
        (Policy { scale: 1.2, ..NONE }, 1.0),
        // Brightness, contrast and saturation together: what is left alone keeps its ground.
        (Policy { colour: 0.5, ..NONE }, 1.0),
        (Policy { cutout: 0.5, ..NONE }, 1.0),
    ];
    for (policy, share) in kinds {
        for (strength, chance) in [(0.3, 0.3), (0.8, 0.8), (1.0, 0.8), (9.0, 0.8)] {
            let drawn = draw(policy, 4000, [1, 64, 64], strength);
            let altered = plans(&drawn).iter().filter(|plan| **plan != Plan::NOTHING).count() as f64 / 4000.0;
            assert!((altered - chance * share).abs() < 0.03, "{policy:?} at {strength}: {altered}");
        }
    }
}

#[test]
fn more_strength_adds_to_what_less_would_have_drawn() {
    let [weak, strong] =
        [0.2, 0.6].map(|strength| draw(Policy { rotate: 10.0, ..NONE }, 500, [1, 9, 9], strength));
    let both = || plans(&weak).iter().zip(plans(&strong));
    assert!(both().filter(|(weak, _)| **weak != Plan::NOTHING).all(|(weak, strong)| weak == strong));
    assert!(both().any(|(weak, strong)| weak != strong));
}

#[test]
fn places_stay_within_what_was_asked_for() {
    let drawn = draw(Policy { translate: 0.125, rotate: 10.0, scale: 1.2, ..NONE }, 2000, [1, 32, 32], 0.8);
    for plan in plans(&drawn) {
        let [xx, xy, x, yx, yy, y] = plan.place.map(f64::from);
        let smaller = (xx * yy - xy * yx).sqrt();
        assert!((1.0 / 1.2001..1.2001).contains(&smaller), "{plan:?}");
        let angle = (yx / smaller).asin().to_degrees();
        assert!(angle.abs() < 10.01 && (xx - yy).abs() < 1e-6, "{plan:?}");
        // The middle has moved by whole pixels.
        let middle = [xx * 15.5 + xy * 15.5 + x, yx * 15.5 + yy * 15.5 + y].map(|v| v - 15.5);
        let moved = [yy * middle[0] - xy * middle[1], xx * middle[1] - yx * middle[0]]
            .map(|v| v / (smaller * smaller));
        assert!(moved.iter().all(|v| (v - v.round()).abs() < 1e-4 && v.abs() < 4.01), "{moved:?}");
    }
}

#[test]
fn holes_hide_a_quarter_at_most_and_colours_leave_shapes_alone() {
    let drawn = draw(Policy { cutout: 0.5, ..NONE }, 500, [1, 20, 30], 0.8);
    let ones = Tensor::ones([500, 1, 20, 30], &Device::flex());
    let hidden: Vec<usize> = values(drawn.apply(ones))
        .chunks_exact(600)
        .map(|picture| picture.iter().filter(|&&v| v == 0.0).count())
        .collect();
    assert!(hidden.iter().all(|&count| count <= 150) && hidden.contains(&150), "{hidden:?}");
    let drawn = draw(Policy { colour: 0.5, ..NONE }, 50, [3, 4, 4], 0.8);
    assert!(plans(&drawn).iter().all(|plan| plan.place == Plan::STAY && plan.hole == [0..0, 0..0]));
}

#[test]
fn alpha_is_never_recoloured_and_grey_stays_grey() {
    let policy = Policy { colour: 0.5, ..NONE };
    let x = pictures([40, 4, 3, 3]);
    let painted = draw(policy, 40, [4, 3, 3], 0.8).apply(x.clone());
    let [before, after] = [&x, &painted].map(|x| values(x.clone().narrow(1, 3, 1)));
    assert_eq!(before, after);
    let [before, after] = [x, painted].map(|x| values(x.narrow(1, 0, 3)));
    assert_ne!(before, after);
    // A grey picture in three channels has no colour to be saturated.
    let grey = Tensor::full([40, 3, 1, 1], 0.4, &Device::flex());
    for rgb in values(draw(policy, 40, [3, 1, 1], 0.8).apply(grey)).chunks_exact(3) {
        assert!((rgb[0] - rgb[1]).abs() < 1e-6 && (rgb[0] - rgb[2]).abs() < 1e-6, "{rgb:?}");
    }
    assert_eq!(draw(policy, 40, [2, 3, 3], 0.8), Drawn::nothing(), "what two channels mean is not known");
}

#[test]
fn one_drawing_does_the_same_to_two_tensors() {
    let (x, drawn) = (pictures([6, 3, 8, 8]), draw(ALL, 6, [3, 8, 8], 0.7));
    let [one, other] = [drawn.apply(x.clone()), drawn.apply(x.clone())].map(values);
    assert_eq!(one, other);
    assert_ne!(one, values(x));
}

#[test]
fn gradients_flow_back() {
    let device = Device::flex().autodiff();
    let x = Tensor::<4>::ones([4, 3, 8, 8], &device).require_grad();
    let gradients = draw(ALL, 4, [3, 8, 8], 0.8).apply(x.clone()).sum().backward();
    let gradient = x.grad(&gradients).map(values).unwrap_or_default();
    assert!(gradient.iter().any(|&v| v != 0.0 && v != 1.0));
}

#[test]
fn strength_grows_while_the_critic_wins_and_shrinks_while_it_does_not() {
    let mut strength = Adaptive::new(0.3, 0.6);
    (0..100).for_each(|_| strength.observe(0.9, 64));
    assert!((strength.strength() - 0.364).abs() < 1e-9, "0.01 in a thousand: {}", strength.strength());
    (0..200).for_each(|_| strength.observe(0.2, 64));
    assert!((strength.strength() - 0.236).abs() < 1e-9, "{}", strength.strength());
}

#[test]
fn strength_never_leaves_its_bounds() {
    let mut strength = Adaptive::new(0.0, 0.6);
    (0..100).for_each(|_| strength.observe(-1.0, 64));
    assert_eq!(strength.strength(), 0.0);
    (0..5000).for_each(|_| strength.observe(1.0, 64));
    assert_eq!(strength.strength(), HIGHEST);
    assert!(!strength.raise());
    (0..5000).for_each(|_| strength.observe(0.0, 64));
    assert_eq!(strength.strength(), HIGHEST, "that is the floor now");
    assert_eq!(Adaptive::new(7.0, 0.6).strength(), HIGHEST);
}

#[test]
fn a_raised_strength_stays_raised() {
    let mut strength = Adaptive::new(0.25, 0.6);
    assert!(strength.raise());
    (0..1000).for_each(|_| strength.observe(0.0, 64));
    assert!((strength.strength() - 0.35).abs() < 1e-9);
    let raised = (0..9).filter(|_| strength.raise()).count();
    assert_eq!((raised, strength.strength()), (5, HIGHEST));
}

#[test]
fn a_strength_goes_on_from_its_state_anywhere() {
    let signs = |step: u64| if step % 37 < 20 { 0.9 } else { 0.25 };
    let mut whole = Adaptive::new(0.1, 0.6);
    for cut in 0..30 {
        let mut state = std::collections::BTreeMap::new();
        whole.exchange(&mut |name, value| _ = state.insert(name.to_owned(), *value));
        let mut resumed = Adaptive::new(0.0, 0.6);
        resumed.exchange(&mut |name, value| *value = state[name]);
        assert_eq!(whole, resumed, "cut at {cut}");
        whole.observe(signs(cut), 50);
    }
    let mut broken = Adaptive::new(0.0, 0.6);
    broken.exchange(&mut |_, value| *value = u64::MAX);
    broken.observe(1.0, 64);
    assert_eq!(broken.strength(), HIGHEST);
}
