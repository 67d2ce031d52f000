//! Pictures made of pictures by a run, for the verbs that do, or can.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::recipe::Given;
use impasto::shell::typed_path;
use impasto::translate::Translator;

use crate::painting;
use crate::voice::Voice;
use crate::words::named;

pub(crate) const STOPPING: &str =
    "stopping after this picture: those that are done are kept; Ctrl-C once more leaves at once";

/// A run that does what could be done without one.
#[derive(Debug, Args)]
pub(crate) struct ByRun {
    /// Let a trained run do it; train one with the recipe that is called like this verb
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,
    /// Use this checkpoint: best, last, or a name such as 000010.240k [default: best; the last if none was judged]
    #[arg(long, value_name = "NAME", requires = "run")]
    checkpoint: Option<String>,
    /// Where the run computes: auto, cpu, gpu or gpu:1 [default: auto]
    #[arg(long, value_name = "DEVICE", requires = "run")]
    device: Option<String>,
}

impl ByRun {
    /// The run, if one was asked for and it is given what is `wanted`; `recipe` names the one to train.
    pub(crate) fn open(
        &self,
        recipe: &'static str,
        wanted: impl Fn(Given) -> bool,
        voice: &Voice,
    ) -> Result<Option<Translator>> {
        let Some(run) = &self.run else { return Ok(None) };
        let device = impasto::device::open(self.device.as_deref().unwrap_or("auto"))?;
        let painter = painting::open(run, self.checkpoint.as_deref(), &device, voice)?;
        Ok(Some(Translator::of_kind(painter, recipe, wanted)?))
    }
}

/// The folder of a run, and the checksum of its weights.
pub(crate) fn names(translator: &Translator) -> (String, String) {
    let painter = translator.painter();
    (painter.run().path().display().to_string(), painter.weights_hash().to_owned())
}

/// Who did it, in words: the run, as it is typed, and the beginning of the checksum of its weights.
pub(crate) fn in_words(run: &str, checkpoint: &str) -> String {
    let short: String = checkpoint.chars().take(12).collect();
    format!("by run {} (weights {})", typed_path(run), named(short))
}
