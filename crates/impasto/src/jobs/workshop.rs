//! What is not a request's own: where to compute, and where networks lie.

use burn::tensor::Device;

use crate::device;
use crate::error::{Error, ErrorKind, Result};
use crate::weights::Weights;

/// Where jobs are done. What stands in the environment is read here, and nowhere below.
#[derive(Debug)]
pub struct Workshop {
    device: Device,
    device_name: String,
    /// Or why there is no place for them, which only those need to know who want one.
    weights: Result<Weights, (ErrorKind, String)>,
}

impl Workshop {
    /// This user's, computing on the device of this name.
    ///
    /// # Errors
    /// For a device that isn't there.
    pub fn of_this_user(device: &str) -> Result<Self> {
        let weights = Weights::of_this_user().map_err(|error| {
            let error = Error::from(error);
            (error.kind(), error.sentence().to_owned())
        });
        Ok(Self { device: device::open(device)?, device_name: device.to_owned(), weights })
    }

    /// One that computes here, with these networks.
    pub fn new(device: Device, weights: Weights) -> Self {
        Self { device, device_name: "auto".to_owned(), weights: Ok(weights) }
    }

    /// Where to compute.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// What that was called when it was asked for.
    pub fn device_name(&self) -> &str {
        &self.device_name
    }

    /// The networks that the user has added.
    ///
    /// # Errors
    /// Where there is no place for them.
    pub fn weights(&self) -> Result<&Weights> {
        self.weights.as_ref().map_err(|(kind, sentence)| Error::new(*kind, sentence.clone()))
    }
}
