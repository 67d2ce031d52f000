//! `impasto recipes`: what kinds of model there are, and their settings.

use clap::Args;
use impasto::config::{Config, Request};
use impasto::error::Result;
use impasto::recipes::{Entry, Preset, all, can, find};
use impasto::settings::{Level, Setting};
use serde::Serialize;
use serde_json::{Map, Value, json};
use toml::Table;

use crate::voice::Voice;
use crate::words::{indented, table, wrapped};

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
    /// What may stand in them, as JSON Schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<Value>,
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
                let entry = find(name)?;
                let settings = entry.all_settings();
                let mut recipe = listed(entry, Some(defaults(name)?))?;
                recipe.schema = Some(schema(&settings));
                voice.result(&recipe, &with_settings(&recipe, &settings))
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
    Ok(Listed {
        name: entry.name,
        summary: entry.summary,
        paper: entry.paper,
        skills,
        presets,
        settings,
        schema: None,
    })
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

fn with_settings(recipe: &Listed, settings: &[Setting]) -> String {
    let of = |level: Level| {
        // Which recipe it is, and which pictures, is asked for in other ways.
        let shown =
            settings.iter().filter(|one| one.level == level && !["recipe", "data"].contains(&one.key));
        shown.map(|setting| described(setting, recipe)).collect::<Vec<_>>().join("\n")
    };
    format!(
        "{}\n\nsettings (--set KEY=VALUE), with their defaults:\n{}\n\nmore of them, for those who know what they do:\n{}\n\n\
         docs/settings.md has those of all recipes",
        in_words(recipe),
        of(Level::Basic),
        of(Level::Expert)
    )
}

/// `rate = 0.0005`, and what it is.
fn described(setting: &Setting, recipe: &Listed) -> String {
    let value = recipe.settings.as_ref().and_then(|settings| settings.get(setting.key));
    let value = value.unwrap_or(&setting.default);
    let choices = setting.choices();
    let choices = if choices.is_empty() { String::new() } else { format!("   ({choices})") };
    format!("  {} = {value}{choices}\n{}", setting.key, wrapped(&setting.help, 6))
}

fn schema(settings: &[Setting]) -> Value {
    let properties: Map<String, Value> =
        settings.iter().map(|setting| (setting.key.to_owned(), setting.schema())).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}
