//! The reference page of all settings, `docs/settings.md`. The test fails where the page is stale; with `UPDATE_DOCS=1` it
//! writes it.

use std::fmt::Write;

use super::{Declared, Level, Setting};
use crate::config::Common;
use crate::recipes::{Entry, all};

const HEAD: &str = "\
# Settings

Every setting of a training, from the declarations in the source (`impasto recipes NAME` shows those of one recipe, with `--json` as JSON
Schema too). Give them with `--set KEY=VALUE` to `impasto train` and `impasto tune`, or in a `config.toml` with `--config`. Those in **bold** are
worth a try for everybody; the others are for those who know what they do. Where nothing is said, `impasto train FOLDER` plans some of them by
looking at the pictures and the machine.
";

/// The whole page.
fn page() -> String {
    let mut page = format!("{HEAD}\n## Of every recipe\n\n");
    page += &table(&Common::declared());
    for entry in all() {
        page += &of_recipe(entry);
    }
    page
}

fn of_recipe(entry: &Entry) -> String {
    let mut text = format!("\n## `{}`\n\n{}. {}.\n\n", entry.name, capitalised(entry.summary), entry.paper);
    let common: Vec<&str> = Common::declared().iter().map(|setting| setting.key).collect();
    let defaults = (entry.defaults)();
    let others: Vec<String> = defaults
        .iter()
        .filter(|(key, _)| common.contains(&&key[..]))
        .map(|(key, value)| format!("`{key} = {value}`"))
        .collect();
    if !others.is_empty() {
        let _ = writeln!(text, "Its own defaults for settings of every recipe: {}.\n", others.join(", "));
    }
    text += "| preset | what it is |\n|---|---|\n";
    for preset in entry.presets {
        let _ = writeln!(text, "| `{}` | {} |", preset.name, cell(preset.summary));
    }
    format!("{text}\n{}", table(&(entry.settings)()))
}

fn table(settings: &[Setting]) -> String {
    let mut text = "| setting | default | may be | what it does |\n|---|---|---|---|\n".to_owned();
    for setting in settings {
        let key = match setting.level {
            Level::Basic => format!("**`{}`**", setting.key),
            Level::Expert => format!("`{}`", setting.key),
        };
        let (choices, help) = (cell(&setting.choices()), cell(&setting.help));
        let _ = writeln!(text, "| {key} | `{}` | {choices} | {help} |", setting.default);
    }
    text
}

/// Text in a table: a bar would end its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[test]
fn the_reference_page_is_that_of_the_declarations() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/settings.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page(),
        "docs/settings.md is stale: UPDATE_DOCS=1 cargo test --release -p impasto the_reference_page writes it"
    );
}
