//! Ways in which painted pictures go wrong, done to good ones.

use impasto::features::builtin::SIDE;
use impasto_random::Random;

const AREA: usize = SIDE * SIDE;
/// How many ways there are, "not at all" among them.
pub(crate) const KINDS: usize = 8;

/// Damages a picture, `[3, SIDE, SIDE]` in [-1, 1]; `other` is one to mix in.
pub(crate) fn damage(kind: usize, picture: &mut [f32], other: &[f32], random: &mut Random) {
    match kind {
        1 => (0..1 + random.below(4)).for_each(|_| blur(picture)),
        2 => {
            let strength = random.between(0.05, 0.5);
            picture.iter_mut().for_each(|value| *value += (strength * random.normal()) as f32);
        }
        3 => blocks(picture, 2 << random.below(2)),
        4 => {
            let (height, across) = (random.between(0.04, 0.4) as f32, 1 + random.below(2));
            for (at, value) in picture.iter_mut().enumerate() {
                let odd = (at % SIDE / across + at / SIDE / across) % 2 == 1;
                *value += if odd { height } else { -height };
            }
        }
        5 => swap(picture, random),
        6 => {
            let share = random.between(0.3, 0.7) as f32;
            picture.iter_mut().zip(other).for_each(|(value, other)| *value += share * (other - *value));
        }
        7 => {
            for plane in picture.chunks_exact_mut(AREA) {
                let mean = plane.iter().sum::<f32>() / AREA as f32;
                let contrast = random.between(0.3, 0.8) as f32;
                let shift = random.between(-0.4, 0.4) as f32;
                plane.iter_mut().for_each(|value| *value = mean + contrast * (*value - mean) + shift);
            }
        }
        _ => {}
    }
    picture.iter_mut().for_each(|value| *value = value.clamp(-1.0, 1.0));
}

/// Each pixel becomes the mean of itself and its eight neighbours.
fn blur(picture: &mut [f32]) {
    for plane in picture.chunks_exact_mut(AREA) {
        let old = plane.to_vec();
        let near = |at: usize| at.saturating_sub(1)..=(at + 1).min(SIDE - 1);
        for (at, value) in plane.iter_mut().enumerate() {
            let (x, y) = (at % SIDE, at / SIDE);
            let around = near(y).flat_map(|y| near(x).map(move |x| y * SIDE + x));
            let (sum, count) = around.fold((0.0, 0.0), |(sum, count), at| (sum + old[at], count + 1.0));
            *value = sum / count;
        }
    }
}

/// Squares of one colour.
fn blocks(picture: &mut [f32], side: usize) {
    for plane in picture.chunks_exact_mut(AREA) {
        for corner in
            (0..AREA).filter(|at| (at % SIDE).is_multiple_of(side) && (at / SIDE).is_multiple_of(side))
        {
            let inside = (0..side * side).map(|i| corner + i / side * SIDE + i % side);
            let mean = inside.clone().map(|at| plane[at]).sum::<f32>() / (side * side) as f32;
            inside.for_each(|at| plane[at] = mean);
        }
    }
}

/// Two squares change places.
fn swap(picture: &mut [f32], random: &mut Random) {
    let side = 8 + random.below(7);
    let mut corner = || random.below(SIDE - side) * SIDE + random.below(SIDE - side);
    let (one, other) = (corner(), corner());
    let old = picture.to_vec();
    for at in 0..3 * side * side {
        let (plane, row, column) = (at / (side * side), at / side % side, at % side);
        let place = plane * AREA + row * SIDE + column;
        picture[place + one] = old[place + other];
        picture[place + other] = old[place + one];
    }
}
