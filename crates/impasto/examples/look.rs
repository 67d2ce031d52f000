//! The features of raw pictures, as raw numbers: `look NETWORK FILE CHANNELS HEIGHT WIDTH OUT [TIMES]`.
//!
//! FILE holds bytes, picture after picture, channel after channel; OUT becomes 32-bit floats. NETWORK is `inception`,
//! `lpips-alexnet` or `lpips-vgg16`, which `impasto weights get` fetches. With TIMES it looks so often and tells how
//! many pictures it looks at in a second.

use std::time::Instant;

use burn::tensor::Device;
use impasto::features::inception::Inception;
use impasto::features::lpips::{Backbone, Lpips};
use impasto::weights::Weights;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [network, file, channels, height, width, out, times @ ..] = words.as_slice() else {
        return Err("look NETWORK FILE CHANNELS HEIGHT WIDTH OUT [TIMES]".into());
    };
    let pictures = std::fs::read(file)?;
    let [channels, height, width]: [usize; 3] = [channels.parse()?, height.parse()?, width.parse()?];
    let shape = [pictures.len() / (channels * height * width), channels, height, width];
    let times: usize = times.first().map_or(Ok(1), |times| times.parse())?;
    let look = looking(network)?;
    for _ in 0..times {
        let started = Instant::now();
        let features = look(&pictures, shape);
        println!("{:.3} pictures a second", shape[0] as f64 / started.elapsed().as_secs_f64());
        std::fs::write(out, features.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?;
    }
    Ok(())
}

/// Bytes and their shape to features.
type Look = Box<dyn Fn(&[u8], [usize; 4]) -> Vec<f32>>;

fn looking(network: &str) -> Result<Look, Box<dyn std::error::Error>> {
    let (weights, device) = (Weights::of_this_user()?, Device::flex());
    let backbone = match network {
        "inception" => {
            let inception = Inception::load(&weights, &device)?;
            return Ok(Box::new(move |pictures, shape| inception.of_bytes(pictures, shape)));
        }
        "lpips-alexnet" => Backbone::AlexNet,
        _ => Backbone::Vgg16,
    };
    let lpips = Lpips::load(&weights, backbone, &device)?;
    Ok(Box::new(move |pictures, shape| lpips.embed(pictures, shape).values))
}
