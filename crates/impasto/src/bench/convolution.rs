//! The convolutions of the two DCGANs, one by one.
//!
//! A test holds this table against the weights of the recipes. Forward is the layer as a training calls it, with the
//! graph recorded; backward is the gradients of the kernel, of the bias and of what came in.

use impasto_system::Span;
use std::time::Duration;

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::layers::{Conv, ConvShape, ConvTranspose};
use impasto_nn::{Fill, Init, tensor};
use impasto_random::Random;

use super::Settings;
use super::timing::{Timing, repeat, timed};

/// One layer.
#[derive(Debug)]
pub(super) struct Convolution {
    pub(super) name: &'static str,
    way: Way,
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    /// Side of what comes in.
    size: usize,
    bias: bool,
}

/// Towards smaller pictures, or (transposed) towards larger ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Down,
    Up,
}

const BATCH: usize = 64;

pub(super) const CONVOLUTIONS: &[Convolution] = &[
    up("dcgan-28/up0", [256, 128], [5, 1], 7),
    up("dcgan-28/up1", [128, 64], [5, 2], 7),
    up("dcgan-28/up2", [64, 1], [5, 2], 14),
    down("dcgan-28/down0", [1, 64], [5, 2], 28).with_bias(),
    down("dcgan-28/down1", [64, 128], [5, 2], 14).with_bias(),
    up("dcgan-64/up0", [512, 256], [4, 2], 4),
    up("dcgan-64/up1", [256, 128], [4, 2], 8),
    up("dcgan-64/up2", [128, 64], [4, 2], 16),
    up("dcgan-64/up3", [64, 3], [4, 2], 32),
    down("dcgan-64/down0", [3, 64], [4, 2], 64).with_bias(),
    down("dcgan-64/down1", [64, 128], [4, 2], 32),
    down("dcgan-64/down2", [128, 256], [4, 2], 16),
    down("dcgan-64/down3", [256, 512], [4, 2], 8),
];

const fn up(name: &'static str, channels: [usize; 2], window: [usize; 2], size: usize) -> Convolution {
    let ([inputs, outputs], [kernel, stride]) = (channels, window);
    Convolution { name, way: Way::Up, inputs, outputs, kernel, stride, size, bias: false }
}

const fn down(name: &'static str, channels: [usize; 2], window: [usize; 2], size: usize) -> Convolution {
    Convolution { way: Way::Down, ..up(name, channels, window, size) }
}

impl Convolution {
    const fn with_bias(self) -> Self {
        Self { bias: true, ..self }
    }

    pub(super) fn summary(&self) -> String {
        let Self { way, inputs, outputs, kernel, stride, size, .. } = self;
        let kind = if *way == Way::Up { "transposed convolution" } else { "convolution" };
        let after = self.size_after();
        format!(
            "{kind} {kernel} x {kernel}, stride {stride}, {inputs} channels of {size} x {size} to {outputs} of \
             {after} x {after}, batch {BATCH}"
        )
    }

    fn size_after(&self) -> usize {
        match self.way {
            Way::Up => self.size * self.stride,
            Way::Down => self.size.div_ceil(self.stride),
        }
    }

    /// Multiplications and additions of one forward.
    fn operations(&self) -> f64 {
        // Each pixel on the smaller side meets every value of the kernel once.
        let pixels = self.size.min(self.size_after()).pow(2);
        let values = self.inputs * self.outputs * self.kernel.pow(2);
        2.0 * (BATCH * pixels * values) as f64
    }

    pub(super) fn time(&self, settings: &Settings, span: &mut Span<'_>) -> Vec<Timing> {
        let shape = ConvShape::same(self.inputs, self.outputs, self.kernel, self.stride);
        let shape = if self.bias { shape } else { shape.without_bias() };
        let mut init = Init::drawn(Random::new(1, self.name, 0), &settings.device);
        let times = match self.way {
            Way::Up => {
                let layer = ConvTranspose::new(shape, Fill::Glorot, &mut init).train();
                self.times(settings, span, |x| layer.forward(x))
            }
            Way::Down => {
                let layer = Conv::new(shape, Fill::Glorot, &mut init).train();
                self.times(settings, span, |x| layer.forward(x))
            }
        };
        let (forward, backward): (Vec<Duration>, Vec<Duration>) = times.into_iter().unzip();
        let timing = |part, share: f64, times: &[Duration]| {
            Timing::new(self.name, part, BATCH, Some(share * self.operations()), times)
        };
        // Backward is two such products: for the kernel, and for what came in.
        vec![timing("forward", 1.0, &forward), timing("backward", 2.0, &backward)]
    }

    fn times(
        &self,
        settings: &Settings,
        span: &mut Span<'_>,
        layer: impl Fn(Tensor<4>) -> Tensor<4>,
    ) -> Vec<(Duration, Duration)> {
        let shape = [BATCH, self.inputs, self.size, self.size];
        let values = Random::new(2, self.name, 0).normals(shape.iter().product());
        let x = tensor(values, shape, &settings.device).autodiff();
        repeat(settings, span, |_| {
            settings.precision.during(|| {
                let (out, forward) = timed(|| layer(x.clone().require_grad()));
                let (_gradients, backward) = timed(|| out.backward());
                (forward, backward)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use burn::tensor::Device;

    use super::super::{BenchError, step::STEPS};
    use super::*;
    use crate::paint::scene;
    use crate::recipe::{Part, Visitor};

    /// The shapes of a recipe's weights by name.
    struct Shapes(BTreeMap<String, Vec<usize>>);

    impl Visitor for Shapes {
        fn tensor(
            &mut self,
            part: Part,
            name: &str,
            shape: &[usize],
            _: &dyn Fn() -> Vec<f32>,
        ) -> Option<Vec<f32>> {
            if part == Part::State {
                self.0.insert(name.to_owned(), shape.to_vec());
            }
            None
        }

        fn counter(&mut self, _: &str, _: &mut u64) {}
    }

    #[test]
    fn the_table_is_that_of_the_recipes() -> Result<(), BenchError> {
        for network in ["dcgan-28", "dcgan-64"] {
            let Some(step) = STEPS.iter().find(|step| step.name == network) else {
                panic!("no step {network}")
            };
            let config = step.config()?;
            let mut recipe = (config.entry.build)(&config.table, &scene(&config, 0, None, &Device::flex()))?;
            let mut shapes = Shapes(BTreeMap::new());
            recipe.visit(&mut shapes);
            shapes
                .0
                .retain(|name, _| name.starts_with("generator.ups.") || name.starts_with("critic.downs."));
            let mut expected = BTreeMap::new();
            for one in CONVOLUTIONS.iter().filter(|one| one.name.starts_with(network)) {
                let number = one.name.trim_start_matches(|letter| letter != '/');
                let (layer, weight) = match one.way {
                    Way::Up => (number.replace("/up", "generator.ups."), [one.inputs, one.outputs]),
                    Way::Down => (number.replace("/down", "critic.downs."), [one.outputs, one.inputs]),
                };
                let weight = [weight[0], weight[1], one.kernel, one.kernel].to_vec();
                expected.insert(format!("{layer}.weight"), weight);
                if one.bias {
                    expected.insert(format!("{layer}.bias"), vec![one.outputs]);
                }
            }
            assert_eq!(shapes.0, expected, "{network}");
        }
        Ok(())
    }

    #[test]
    fn operations_are_two_for_each_product() {
        // 64 pictures, 14 x 14 places, 5 x 5 windows over 1 channel for each of 64 outputs
        let one = CONVOLUTIONS.iter().find(|one| one.name == "dcgan-28/down0");
        let expected = (2 * 64 * 14 * 14 * 25 * 64) as f64;
        assert_eq!(one.map(Convolution::operations), Some(expected));
        let one = CONVOLUTIONS.iter().find(|one| one.name == "dcgan-28/up1");
        assert_eq!(one.map(Convolution::operations), Some((2 * 64 * 7 * 7 * 25 * 128 * 64) as f64));
    }
}
