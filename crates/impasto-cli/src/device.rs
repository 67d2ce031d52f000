//! Where the tensors lie.

use anyhow::Result;
use burn::tensor::Device;

use crate::fault::usage;

/// The device of this name: `auto`, `cpu`, `gpu` or `gpu:1`.
pub(crate) fn named(name: &str) -> Result<Device> {
    match name {
        "auto" | "cpu" => Ok(Device::flex()),
        gpu if is_gpu(gpu) => Err(anyhow::anyhow!(
            "this build of impasto computes on the CPU only; leave out --device {gpu}, or give --device cpu"
        )),
        _ => {
            Err(usage(format!("there is no device \"{name}\"; there are: auto, cpu, gpu, gpu:0, gpu:1, ...")))
        }
    }
}

fn is_gpu(name: &str) -> bool {
    match name.strip_prefix("gpu") {
        Some("") => true,
        Some(rest) => rest.strip_prefix(':').is_some_and(|number| number.parse::<u8>().is_ok()),
        None => false,
    }
}
