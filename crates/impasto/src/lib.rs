//! A painter's studio as a library: recipes that learn pictures, the training loop, run folders, and painting.
//!
//! The way through it: [`config`] resolves what was asked for, [`recipes`] builds the model, [`train`] runs it into a
//! [`run`] folder, [`paint`] paints from one. What goes wrong is an [`error::Error`].
//! `ARCHITECTURE.md` gives an overview of all crates.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod bench;
pub mod collage;
pub mod compare;
pub mod config;
pub mod device;
pub mod doctor;
pub mod error;
pub mod features;
pub mod format;
pub mod jobs;
pub mod judge;
pub mod measure;
pub mod page;
pub mod paint;
pub mod patches;
pub mod picture;
pub mod plan;
pub mod recipe;
pub mod recipes;
pub mod run;
pub mod settings;
pub mod shell;
pub mod steer;
mod stored;
pub mod style;
pub mod synthetic;
pub mod train;
pub mod translate;
pub mod tune;
pub mod upscale;
pub mod visible;
pub mod weights;
