//! What the networks of Real-ESRGAN (2021) consist of, in the order in which a picture passes them.

use super::fit::{Need, Order, Spelling};

/// Channels between the layers of all of them.
pub(crate) const WIDTH: usize = 64;
/// Channels that a dense block's convolutions add.
pub(crate) const GROWTH: usize = 32;
/// Convolutions of the plain one.
pub(crate) const PLAIN: usize = 18;
/// Blocks of the large one, and of that for drawings.
pub(crate) const BLOCKS: [usize; 2] = [23, 6];

/// The plain one: convolutions with an activation after all but the last, which makes 4 x 4 pixels of 3 colours.
pub(super) fn animevideo() -> Vec<Need> {
    let outputs = |number: usize| if number == PLAIN - 1 { 3 * 16 } else { WIDTH };
    let layer = |number: usize| {
        let inputs = if number == 0 { 3 } else { WIDTH };
        let slope = (number < PLAIN - 1).then(|| need(format!("prelu{number}.slope"), &[WIDTH]));
        conv(number, inputs, outputs(number)).into_iter().chain(slope)
    };
    (0..PLAIN).flat_map(layer).collect()
}

/// The large one.
pub(super) fn x4plus() -> Vec<Need> {
    residual(BLOCKS[0])
}

/// The large one for drawings.
pub(super) fn x4plus_anime() -> Vec<Need> {
    residual(BLOCKS[1])
}

/// Three dense blocks of five convolutions a block, one before and five after them.
fn residual(blocks: usize) -> Vec<Need> {
    let dense = [0, 1, 2, 3, 4].map(|at| (WIDTH + at * GROWTH, if at == 4 { WIDTH } else { GROWTH }));
    let end = [(WIDTH, WIDTH), (WIDTH, WIDTH), (WIDTH, WIDTH), (WIDTH, WIDTH), (WIDTH, 3)];
    let sizes = std::iter::once((3, WIDTH)).chain(dense.repeat(3 * blocks)).chain(end);
    sizes.enumerate().flat_map(|(number, (inputs, outputs))| conv(number, inputs, outputs)).collect()
}

fn conv(number: usize, inputs: usize, outputs: usize) -> [Need; 2] {
    [
        need(format!("conv{number}.weight"), &[outputs, inputs, 3, 3]),
        need(format!("conv{number}.bias"), &[outputs]),
    ]
}

fn need(name: String, shape: &[usize]) -> Need {
    Need::new(shape, vec![Spelling { name, order: Order::Same }])
}

#[cfg(test)]
mod tests {
    use super::super::fit::parameters;
    use super::*;

    #[test]
    fn they_have_the_published_numbers_of_parameters() {
        assert_eq!(parameters(&animevideo()), 621_424);
        assert_eq!(parameters(&x4plus()), 16_697_987);
        assert_eq!(parameters(&x4plus_anime()), 4_467_779);
    }
}
