//! What a painted picture carries, and how to paint it again.

use std::path::Path;

use anyhow::Result;
use impasto::measure::seam;
use impasto::picture::{Kind, PictureRecipe, read_png, read_recipe};
use impasto::steer::{POINTS, STEERED};
use serde_json::{Value, json};

use super::{facts, section};
use crate::voice::Voice;
use crate::words::{count, typed};

pub(super) fn tell(path: &Path, voice: &Voice) -> Result<()> {
    let recipe = read_recipe(path)?;
    let again = again(path, &recipe);
    let seam = match recipe.kind {
        Kind::Sample => Some(seam(&read_png(path)?)),
        _ => None,
    };
    let value = json!({
        "picture": path, "made_by_a_machine": true, "recipe": recipe, "again": again, "seam": seam,
    });
    voice.result(&value, &in_words(path, &recipe, again.as_deref(), seam))
}

/// The command that paints it again.
fn again(path: &Path, recipe: &PictureRecipe) -> Option<String> {
    let extra = |key: &str| recipe.extra.get(key).map(ToString::to_string);
    match recipe.kind {
        Kind::Sample => Some(format!("impasto sample --like {} --out again.png", typed(path))),
        Kind::Sheet if recipe.extra.contains_key("count") => {
            Some(format!("impasto sample --like {} --out again.png", typed(path)))
        }
        Kind::Walk => {
            let steered = recipe.extra.get(STEERED).and_then(Value::as_str).unwrap_or_default();
            let mut command = "impasto walk RUN --out again.png".to_owned();
            if !steered.contains("--through") {
                command.push_str(&format!(" --seed {}", recipe.seed));
            }
            for key in ["frames", "keys", "fps", "size_times"] {
                let flag = key.replace('_', "-");
                command.extend(extra(key).map(|value| format!(" --{flag} {value}")));
            }
            command.push_str(&format!(" --truncation {}", recipe.truncation));
            command.extend(recipe.class.iter().map(|class| format!(" --class {}", typed(class))));
            if !steered.is_empty() {
                command.push_str(&format!(" {steered}"));
            }
            Some(command)
        }
        Kind::Sheet | Kind::Other => None,
    }
}

fn in_words(path: &Path, recipe: &PictureRecipe, again: Option<&str>, seam: Option<f64>) -> String {
    let kind = match recipe.kind {
        Kind::Sample => "one picture",
        Kind::Sheet => "a sheet",
        Kind::Walk => "a walk",
        Kind::Other => "of a kind that this version doesn't know",
    };
    let head = format!("{}: {kind}, made by a machine (Impasto {})", path.display(), recipe.version);
    let extra = recipe.extra.iter().filter(|(key, _)| ![STEERED, POINTS].contains(&key.as_str()));
    let extra = extra.map(|(key, value)| format!("{key} {value}"));
    let steered = recipe.extra.get(STEERED).and_then(Value::as_str).unwrap_or_default();
    let rows = facts(&[
        ("recipe", recipe.recipe.clone()),
        ("run", recipe.run.clone()),
        ("checkpoint", recipe.checkpoint.clone()),
        ("learned", format!("{} pictures", count(recipe.images))),
        // How a picture was steered begins with its seed, or the file in its place.
        ("seed", if steered.is_empty() { recipe.seed.to_string() } else { String::new() }),
        ("steered", steered.to_owned()),
        ("class", recipe.class.clone().unwrap_or_default()),
        ("truncation", recipe.truncation.to_string()),
        ("prior", recipe.prior.clone()),
        ("seam", seam.map(seam_in_words).unwrap_or_default()),
        ("also", extra.collect::<Vec<_>>().join(", ")),
    ]);
    let again: Vec<String> = again.map(str::to_owned).into_iter().collect();
    format!("{head}\n{}{}", crate::words::indented(&rows), section("the same again:", &again))
}

/// What is seen where copies are laid side by side.
fn seam_in_words(seam: f64) -> String {
    /// What chance makes of tiles that close.
    const SEEN: f64 = 1.6;
    let what = if seam <= SEEN { "as a tile it has none" } else { "it is no tile" };
    format!("{seam:.2} times the step between neighbours inside: {what}")
}
