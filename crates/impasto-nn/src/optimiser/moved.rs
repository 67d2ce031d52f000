//! One weight's step.

use burn::tensor::Tensor;
use impasto_kernels::{Beside, Rule, blend, covers, step};

use crate::{number, tensor, values};

/// Running mean and running mean of squares, each only where the rule has one.
pub(super) type Memory = [Option<Tensor<1>>; 2];

/// What a step gives.
pub(super) struct Moved<const D: usize> {
    /// The new weight.
    pub(super) weight: Tensor<D>,
    /// The average, if there was one, with the weight taken in.
    pub(super) average: Option<Tensor<1>>,
    /// The sum of the gradient's squares.
    pub(super) squares: f64,
}

/// Moves a weight against its gradient. An average comes with how much of it is kept.
pub(super) fn moved<const D: usize>(
    rule: Rule,
    weight: Tensor<D>,
    gradient: Tensor<D>,
    memory: &mut Memory,
    average: Option<(Tensor<1>, f64)>,
) -> Moved<D> {
    if covers(&weight.device()) {
        in_one_pass(rule, weight, gradient, memory, average)
    } else {
        composed(rule, weight, gradient, memory, average)
    }
}

/// Memory and average are changed in place: as their only owner gives them away, no value is copied.
fn in_one_pass<const D: usize>(
    rule: Rule,
    weight: Tensor<D>,
    gradient: Tensor<D>,
    memory: &mut Memory,
    average: Option<(Tensor<1>, f64)>,
) -> Moved<D> {
    let (size, device) = (weight.shape().num_elements(), weight.device());
    let remembered = [!matches!(rule, Rule::RootMeanSquare { .. }), !matches!(rule, Rule::Momentum { .. })];
    let [mut mean, mut square] = [0, 1].map(|slot| match memory[slot].take() {
        Some(old) => values(old),
        None => vec![0.0; if remembered[slot] { size } else { 0 }],
    });
    let (mut average, keep) = average.map_or((Vec::new(), 0.0), |(old, keep)| (values(old), keep as f32));
    let beside = Beside { mean: &mut mean, square: &mut square, average: &mut average, keep };
    let (weight, squares) = step(rule, weight, gradient, beside);
    let back = |values: Vec<f32>| (!values.is_empty()).then(|| tensor(values, [size], &device));
    *memory = [mean, square].map(back);
    Moved { weight, average: back(average), squares }
}

/// The same of Burn's operations.
fn composed<const D: usize>(
    rule: Rule,
    weight: Tensor<D>,
    gradient: Tensor<D>,
    [mean, square]: &mut Memory,
    average: Option<(Tensor<1>, f64)>,
) -> Moved<D> {
    let shape = weight.shape();
    let [weight, gradient] = [weight, gradient].map(|tensor| tensor.flatten::<1>(0, D - 1));
    let squares = number(gradient.clone().square().sum());
    let way = match rule {
        Rule::Adam { rate, root, mean: first, square: second, epsilon } => {
            let first = running(mean, gradient.clone(), first);
            let second = running(square, gradient.square(), second);
            (first / second.sqrt().mul_scalar(root).add_scalar(epsilon)).mul_scalar(rate)
        }
        Rule::Momentum { rate, mean: shares } => running(mean, gradient, shares).mul_scalar(rate),
        Rule::RootMeanSquare { rate, square: shares, epsilon } => {
            let second = running(square, gradient.clone().square(), shares);
            (gradient / second.sqrt().add_scalar(epsilon)).mul_scalar(rate)
        }
    };
    let weight = weight - way;
    let average = average.map(|(old, keep)| blend(old, weight.clone(), keep));
    Moved { weight: weight.reshape(shape), average, squares }
}

fn running(slot: &mut Option<Tensor<1>>, new: Tensor<1>, [keep, add]: [f32; 2]) -> Tensor<1> {
    let new = new.mul_scalar(add);
    let sum = match slot.take() {
        Some(old) => old.mul_scalar(keep) + new,
        None => new,
    };
    *slot = Some(sum.clone());
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use impasto_random::Random;

    type Step = fn(Rule, Tensor<2>, Tensor<2>, &mut Memory, Option<(Tensor<1>, f64)>) -> Moved<2>;

    /// Three steps, then weight, average, mean and square.
    fn walked(rule: Rule, go: Step) -> Vec<f32> {
        let mut random = Random::new(1, "moved", 0);
        let mut drawn = || tensor(random.normals(15), [3, 5], &Device::flex());
        let (mut weight, mut average, mut memory) = (drawn(), drawn().flatten(0, 1), Memory::default());
        for _ in 0..3 {
            let moved = go(rule, weight, drawn(), &mut memory, Some((average, 0.75)));
            (weight, average) = (moved.weight, moved.average.expect("an average"));
        }
        let memory = memory.into_iter().flatten().flat_map(values);
        [values(weight), values(average)].concat().into_iter().chain(memory).collect()
    }

    #[test]
    fn one_pass_gives_what_burns_operations_give() {
        let (shares, epsilon) = ([0.9, 0.1], 1e-8);
        for rule in [
            Rule::Adam { rate: 0.1, root: 1.2, mean: shares, square: [0.99, 0.01], epsilon },
            Rule::Momentum { rate: 0.1, mean: [0.5, 1.0] },
            Rule::RootMeanSquare { rate: 0.1, square: shares, epsilon },
        ] {
            let (ours, theirs) = (walked(rule, in_one_pass), walked(rule, composed));
            assert_eq!(ours.len(), theirs.len());
            let worst = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-6, "{rule:?}: {worst}");
        }
    }
}
