//! How much work a step of `painter` is, and how much memory it takes, by its settings: estimates, good enough to choose
//! which few settings are worth timing. What is told to people is timed.

use crate::config::Config;

/// What one value that is read, altered and written costs, in products: measured between narrow and wide networks.
const PASS: f64 = 100.0;
/// How often each value of a network's stages is kept in memory during a step, with its gradients: measured.
const KEPT: f64 = 9.0;
/// Copies of each weight: itself, gradient, two moments; the average of one of the two networks.
const COPIES: f64 = 4.5;
/// The program itself, and the pictures of a judge.
const BASE: f64 = 150e6;

/// A network in numbers, for one picture.
struct Size {
    products: f64,
    values: f64,
    weights: f64,
}

impl Size {
    fn of(config: &Config) -> Self {
        let number = |key: &str| config.table.get(key).and_then(toml::Value::as_integer).unwrap_or(32) as f64;
        // The last number of a list holds for all further stages.
        let of_stage = |key: &str, stage: usize, otherwise: f64| {
            let list = config.table.get(key).and_then(toml::Value::as_array);
            let number =
                list.and_then(|list| list.get(stage).or(list.last())).and_then(toml::Value::as_integer);
            number.map_or(otherwise, |number| number as f64)
        };
        let preparation = config.preparation();
        let (mut width, mut height) = (preparation.width, preparation.height);
        let mut size = Self { products: 0.0, values: 0.0, weights: 0.0 };
        for stage in 0.. {
            let (channels, blocks) = (of_stage("widths", stage, 32.0), of_stage("blocks", stage, 1.0));
            let pixels = (width * height) as f64;
            let weights = (2.0 * blocks * 9.0 + 2.0) * channels * channels;
            size.weights += weights;
            size.products += weights * pixels;
            size.values += (2.0 * blocks + 3.0) * channels * pixels;
            if width.min(height) <= 7 {
                size.weights += channels * pixels * number("latent");
                break;
            }
            (width, height) = (width.div_ceil(2), height.div_ceil(2));
        }
        size
    }
}

/// Work of a step, in no unit.
pub(super) fn work(config: &Config) -> f64 {
    let Size { products, values, .. } = Size::of(config);
    config.common.batch as f64 * (products + PASS * values)
}

/// Bytes of memory that a training takes.
pub(super) fn memory(config: &Config) -> f64 {
    let Size { values, weights, .. } = Size::of(config);
    BASE + 4.0 * (config.common.batch as f64 * KEPT * values + 2.0 * COPIES * weights)
}
