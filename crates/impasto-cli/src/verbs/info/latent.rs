//! What a `.latent` file holds.

use std::path::Path;

use impasto::error::Result;
use impasto::shell::Command;
use impasto::steer::LatentFile;
use serde_json::json;

use super::{facts, section};
use crate::voice::Voice;
use crate::words::{count, indented, named, short};

pub(super) fn tell(path: &Path, voice: &Voice) -> Result<()> {
    let latent = LatentFile::read(path)?;
    let LatentFile { run, checkpoint, images, recipe, source, class, psnr, distance, eye, .. } = &latent;
    let rows = facts(&[
        ("repaints", source.clone()),
        ("recipe", recipe.clone()),
        ("run", run.clone()),
        ("checkpoint", checkpoint.clone()),
        ("learned", format!("{} pictures", count(*images))),
        ("class", class.clone().unwrap_or_default()),
        ("nearness", format!("{psnr:.1} dB, {} apart in {eye} features", short(*distance))),
    ]);
    let sample = Command::new("sample").word("RUN").with_path("--latent", path).with("--out", "again.png");
    let next = section("look at it:", &[sample.to_string()]);
    let text = format!("{}: the latent of a picture\n{}{next}", named(path.display()), indented(&rows));
    voice.result(&json!({ "latent": path, "file": latent }), &text)
}
