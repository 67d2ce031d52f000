//! Trains the network behind `--features builtin` and writes `crates/impasto/src/features/builtin.safetensors`.
//!
//!     cargo run --release --example builtin_features -- SETS crates/impasto/src/features/builtin.safetensors
//!
//! SETS is a folder with `cifar10`, `fashion-mnist`, `mnist`, `fluent-emoji` and `noto-emoji`, as `impasto data get`
//! makes them. It takes about 10 minutes of one core (6,000 steps of 64); a third argument sets the number of steps. What
//! lies in the repository was made so: 66% of CIFAR-10's, 82% of Fashion-MNIST's and 94% of MNIST's test pictures are
//! classified rightly among the classes of their set.
//!
//! One head tells all classes of all sets apart (each emoji is a class of its own), so that what a picture shows
//! matters; the other tells how a picture was damaged (blurred, noisy, in blocks, ...), so that it also matters how well
//! it is painted. Both read the features and nothing else.

mod damage;
mod diet;
mod net;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use burn::module::Module;
use burn::tensor::Device;
use impasto_nn::{Average, Init, Mode, Optimiser, OptimiserKind, OptimiserSettings, Precision, number};
use impasto_random::Random;

use diet::Diet;
use net::Net;

const SEED: u64 = 20;
const STEPS: u64 = 6000;
/// How much of the damage head's loss counts beside that of the classes.
const DAMAGE_SHARE: f64 = 0.7;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(sets), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: builtin_features SETS OUT.safetensors [STEPS]".into());
    };
    let steps = arguments.next().map_or(Ok(STEPS), |text| text.parse())?;
    let device = Device::flex();
    let diet = Diet::open(&PathBuf::from(sets))?;
    let net = train(&diet, steps, &device);
    for (name, share) in diet.exam(&net, &device)? {
        println!("{name}: {:.1}% right", 100.0 * share);
    }
    net::write(&net, &diet, &device, &PathBuf::from(out))
}

/// Gives the averaged network.
fn train(diet: &Diet, steps: u64, device: &Device) -> Net {
    let mut net = Net::new(diet.classes(), &mut Init::drawn(Random::new(SEED, "net", 0), device)).train();
    let mut average = Average::new(&net, 0.998);
    let mut optimiser = Optimiser::new(OptimiserSettings {
        kind: OptimiserKind::Adam,
        rate: 1e-3,
        beta1: 0.9,
        beta2: 0.999,
        ..OptimiserSettings::default()
    });
    let precision = Precision::quickest();
    let started = Instant::now();
    for step in 0..steps {
        let mut random = Random::new(SEED, "step", step);
        let meal = diet.meal(&mut random, device);
        let [classes, damages] = precision.during(|| {
            let (_, logits) = net.forward(meal.pictures.clone(), &mut Mode::Training(&mut random));
            let [classes, damages] = meal.losses(logits);
            let losses = [classes.clone(), damages.clone()].map(|loss| number(loss.inner()));
            let gradients = (classes + damages.mul_scalar(DAMAGE_SHARE)).backward();
            optimiser.step_averaged(&mut net, gradients, &mut average, step);
            losses
        });
        if (step + 1) % 100 == 0 {
            let seconds = started.elapsed().as_secs_f64();
            println!("step {}: classes {classes:.3}, damages {damages:.3}, {seconds:.0} s", step + 1);
        }
    }
    average.network().clone()
}
