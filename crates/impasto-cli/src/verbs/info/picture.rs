//! What a painted picture carries, and how to paint it again.

use std::path::Path;

use anyhow::Result;
use impasto::measure::seam;
use impasto::picture::{FROM, Kind, PictureRecipe, SETTINGS, VERB, read_png, read_recipe};
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
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match recipe.kind {
        Kind::Sample => Some(format!("impasto sample --like {} --out again.png", typed(path))),
        Kind::Sheet if recipe.extra.contains_key("count") => {
            Some(format!("impasto sample --like {} --out again.png", typed(path)))
        }
        Kind::Walk => {
            let steered = recipe.extra.get(STEERED).and_then(Value::as_str).unwrap_or_default();
            let mut command = format!("impasto walk RUN --out again.{ending}");
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
        Kind::Made => made_again(recipe, &ending),
        Kind::Sheet | Kind::Other => None,
    }
}

/// The same for a picture that a verb made of others.
fn made_again(recipe: &PictureRecipe, ending: &str) -> Option<String> {
    let text = |key: &str| recipe.extra.get(key).and_then(Value::as_str);
    let run = if recipe.run.is_empty() { "" } else { " --run RUN" };
    let from: Vec<String> = recipe.from().iter().map(|origin| typed(&origin.file)).collect();
    let words = [text(VERB)?, &from.join(" "), text(SETTINGS)?];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let seed = match text(VERB)? {
        // It draws nothing.
        "enlarge" => String::new(),
        _ => format!(" --seed {}", recipe.seed),
    };
    Some(format!("impasto {}{run}{seed} --out again.{ending}", words.join(" ")))
}

fn in_words(path: &Path, recipe: &PictureRecipe, again: Option<&str>, seam: Option<f64>) -> String {
    let kind = match recipe.kind {
        Kind::Sample => "one picture",
        Kind::Sheet => "a sheet",
        Kind::Walk => "a walk",
        Kind::Made => "made of other pictures",
        Kind::Other => "of a kind that this version doesn't know",
    };
    let head = format!("{}: {kind}, made by a machine (Impasto {})", path.display(), recipe.version);
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
