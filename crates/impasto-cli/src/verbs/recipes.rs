//! `impasto recipes`: what kinds of model there are, and their settings.

use clap::Args;
use impasto::config::{Config, Request};
use impasto::error::Result;
use impasto::recipes::{Entry, Preset, all, can, find};
use serde::Serialize;
use toml::Table;

use crate::voice::Voice;
use crate::words::{indented, table};

/// List the recipes, or show one with all its settings
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  impasto recipes\n  impasto recipes dcgan\n  impasto train flowers --recipe dcgan \
                        --preset classic --set rate=1e-4"
)]
pub(crate) struct Recipes {
    /// The recipe to show
    name: Option<String>,
}

#[derive(Debug, Serialize)]
struct Listed {
    name: &'static str,
    summary: &'static str,
    paper: &'static str,
    skills: Vec<String>,
    presets: Vec<ListedPreset>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Table>,
}

#[derive(Debug, Serialize)]
struct ListedPreset {
    name: &'static str,
    summary: &'static str,
    settings: Table,
}

impl Recipes {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        match &self.name {
            None => {
                let recipes: Vec<Listed> =
                    all().iter().map(|entry| listed(entry, None)).collect::<Result<_>>()?;
                let text: Vec<String> = recipes.iter().map(in_words).collect();
                let more = "All settings of one: impasto recipes NAME";
                voice.results(&recipes, &format!("{}\n\n{more}", text.join("\n\n")))
            }
            Some(name) => {
                let recipe = listed(find(name)?, Some(defaults(name)?))?;
                voice.result(&recipe, &with_settings(&recipe))
            }
        }
    }
}

/// Every setting of a recipe with its default.
fn defaults(name: &str) -> Result<Table> {
    let mut table = resolved(name)?.table;
    table.remove("data");
    Ok(table)
}

fn resolved(name: &str) -> Result<Config> {
    let request = Request { set: vec![format!("recipe={name}")], ..Request::default() };
    Ok(Config::resolve(&request)?)
}

fn listed(entry: &'static Entry, settings: Option<Table>) -> Result<Listed> {
    let preset = |preset: &'static Preset| ListedPreset {
        name: preset.name,
        summary: preset.summary,
        settings: preset.settings.parse().unwrap_or_default(),
    };
    let presets = entry.presets.iter().map(preset).collect();
    let skills = can(&resolved(entry.name)?, &[])?.words;
    Ok(Listed { name: entry.name, summary: entry.summary, paper: entry.paper, skills, presets, settings })
}

fn in_words(recipe: &Listed) -> String {
    let presets: Vec<Vec<String>> =
        recipe.presets.iter().map(|preset| vec![preset.name.to_owned(), preset.summary.to_owned()]).collect();
    let Listed { name, summary, paper, .. } = recipe;
    let skills = recipe.skills.join("; ");
    format!(
        "{name}: {summary}\n  {paper}\n  {skills}\n  presets, the first by default:\n{}",
        indented(&indented(&table(&presets)))
    )
}

fn with_settings(recipe: &Listed) -> String {
    let settings = recipe.settings.iter().flatten();
    let rows: Vec<Vec<String>> = settings.map(|(key, value)| vec![key.clone(), value.to_string()]).collect();
    let head = "  settings with their defaults (--set KEY=VALUE):";
    format!("{}\n{head}\n{}", in_words(recipe), indented(&indented(&table(&rows))))
}
