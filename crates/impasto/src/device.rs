//! Where the tensors lie.

use burn::tensor::Device;

use crate::error::{Error, Hint, Result};

/// The device of this name: `auto`, `cpu`, `gpu` or `gpu:1`.
pub fn open(name: &str) -> Result<Device> {
    match name {
        "auto" | "cpu" => Ok(Device::flex()),
        gpu if is_gpu(gpu) => Err(Error::refused("this build of impasto computes on the CPU only")
            .hint(Hint::set("compute there", "device", Some("cpu")))),
        _ => Err(Error::usage(format!(
            "there is no device \"{name}\"; there are: auto, cpu, gpu, gpu:0, gpu:1, ..."
        ))),
    }
}

fn is_gpu(name: &str) -> bool {
    match name.strip_prefix("gpu") {
        Some("") => true,
        Some(rest) => rest.strip_prefix(':').is_some_and(|number| number.parse::<u8>().is_ok()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_device_that_is_not_there_is_refused_and_an_unknown_one_is_wrong_usage() {
        assert!(open("auto").is_ok() && open("cpu").is_ok());
        assert_eq!(open("gpu:1").unwrap_err().kind(), ErrorKind::Refused);
        for name in ["", "abacus", "gpu:", "gpu:x", "gpux"] {
            assert_eq!(open(name).unwrap_err().kind(), ErrorKind::Usage, "{name}");
        }
    }
}
