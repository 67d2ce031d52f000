//! What a painted picture carries, and how to paint it again.

use std::path::Path;

use impasto::error::Result;
use impasto::measure::seam;
use impasto::picture::{FROM, Kind, PictureRecipe, SETTINGS, VERB, read_png, read_recipe};
use impasto::steer::{POINTS, STEERED};
use serde_json::{Value, json};

use super::again::Again;
use super::{facts, section};
use crate::voice::Voice;
use crate::words::{count, indented, named};

pub(super) fn tell(path: &Path, voice: &Voice) -> Result<()> {
    let recipe = read_recipe(path)?;
    let again = Again::of(path, &recipe);
    let command = match &again {
        Again::By(command) => Some(command.to_string()),
        Again::Unknown | Again::Never => None,
    };
    let seam = match recipe.kind {
        Kind::Sample => Some(seam(&read_png(path)?)),
        Kind::Made if recipe.extra.get(SETTINGS).is_some_and(is_tile) => Some(seam(&read_png(path)?)),
        _ => None,
    };
    let value = json!({
        "picture": path, "made_by_a_machine": true, "recipe": recipe, "again": command, "seam": seam,
    });
    voice.result(&value, &in_words(path, &recipe, &again, seam))
}

fn in_words(path: &Path, recipe: &PictureRecipe, again: &Again, seam: Option<f64>) -> String {
    let kind = match recipe.kind {
        Kind::Sample => "one picture",
        Kind::Sheet => "a sheet",
        Kind::Walk => "a walk",
        Kind::Made => "made of other pictures",
        Kind::Other => "of a kind that this version doesn't know",
    };
    let (path, version) = (named(path.display()), named(&recipe.version));
    let head = format!("{path}: {kind}, made by a machine (Impasto {version})");
    let told = [STEERED, POINTS, VERB, FROM, SETTINGS];
    let extra = recipe.extra.iter().filter(|(key, _)| !told.contains(&key.as_str()));
    let extra = extra.map(|(key, value)| format!("{key} {value}"));
    let steered = recipe.extra.get(STEERED).and_then(Value::as_str).unwrap_or_default();
    let from: Vec<String> = recipe.from().into_iter().map(|origin| origin.file).collect();
    let is_made = recipe.kind == Kind::Made;
    let painted = |text: String| if is_made { String::new() } else { text };
    let learned =
        |images| if recipe.run.is_empty() { String::new() } else { format!("{} pictures", count(images)) };
    let rows = facts(&[
        ("from", from.join(", ")),
        ("recipe", recipe.recipe.clone()),
        ("run", recipe.run.clone()),
        ("checkpoint", recipe.checkpoint.clone()),
        ("learned", learned(recipe.images)),
        // How a picture was steered begins with its seed, or the file in its place.
        ("seed", if steered.is_empty() { recipe.seed.to_string() } else { String::new() }),
        ("steered", steered.to_owned()),
        ("class", recipe.class.clone().unwrap_or_default()),
        ("truncation", painted(recipe.truncation.to_string())),
        ("prior", recipe.prior.clone()),
        ("seam", seam.map(seam_in_words).unwrap_or_default()),
        ("also", extra.collect::<Vec<_>>().join(", ")),
    ]);
    let again = match again {
        Again::By(command) => section("the same again:", &[command.to_string()]),
        Again::Unknown => "\n\nhow it was made can't be repeated by this version".to_owned(),
        Again::Never => String::new(),
    };
    format!("{head}\n{}{again}", indented(&rows))
}

/// Whether it was made to be laid side by side.
fn is_tile(settings: &Value) -> bool {
    match settings {
        Value::String(typed) => typed.contains("--tileable"),
        settings => settings["tileable"] == true,
    }
}

/// What is seen where copies are laid side by side.
fn seam_in_words(seam: f64) -> String {
    /// What chance makes of tiles that close.
    const SEEN: f64 = 1.6;
    let what = if seam <= SEEN { "as a tile it has none" } else { "it is no tile" };
    format!("{seam:.2} times the step between neighbours inside: {what}")
}
