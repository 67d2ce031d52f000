//! What a run is, how far it has come, and how it went.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use impasto::config::Config;
use impasto::error::Result;
use impasto::recipe::Given;
use impasto::recipes::{Can, can};
use impasto::run::{About, Best, Event, Remedied, Run, images_name, in_effect, read_events, weights_hash};
use impasto::shell::Command;
use impasto_data::Size;
use serde::Serialize;
use serde_json::{Value, json};
use toml::Table;

use super::checkpoint::folder_bytes;
use super::{facts, section};
use crate::voice::Voice;
use crate::words::{bytes, count, counted, duration, figures, first_use, indented, named, rate, short};

/// All that is told of a run.
#[derive(Debug, Serialize)]
struct Told {
    run: PathBuf,
    about: About,
    config: Value,
    /// What it can do, in words.
    skills: Vec<String>,
    #[serde(skip)]
    translates: Option<Given>,
    /// How the training ended; "unfinished" while it runs, or when it was killed.
    state: String,
    steps: u64,
    images: u64,
    seconds: f64,
    images_per_second: f64,
    losses: BTreeMap<String, f64>,
    measures: BTreeMap<String, f64>,
    alarms: Vec<Value>,
    remedies: Vec<Remedied>,
    checkpoints: Vec<Kept>,
    /// The best of them by the judge's score; none while nothing was judged.
    best: Option<Best>,
    sheet: Option<String>,
}

/// A checkpoint in the run folder.
#[derive(Debug, Serialize)]
struct Kept {
    name: String,
    images: u64,
    bytes: u64,
    /// None when it is damaged.
    weights_hash: Option<String>,
}

pub(super) fn tell(path: &Path, voice: &Voice) -> Result<()> {
    let told = gather(path)?;
    voice.result(&told, &in_words(&told))
}

fn gather(path: &Path) -> Result<Told> {
    let run = Run::open(path)?;
    let config: Table = run.config()?.parse().unwrap_or_default();
    // An older run may have settings that this version does not know; all else is told.
    let can = Config::from_table(config.clone()).and_then(|config| can(&config, &run.about().classes));
    let Can { words: skills, translates } = can.unwrap_or_default();
    let mut told = Told {
        run: path.to_path_buf(),
        about: run.about().clone(),
        config: json!(config),
        skills,
        translates,
        state: "unfinished".to_owned(),
        steps: 0,
        images: 0,
        seconds: 0.0,
        images_per_second: 0.0,
        losses: BTreeMap::new(),
        measures: BTreeMap::new(),
        alarms: Vec::new(),
        remedies: Vec::new(),
        best: run.best(),
        checkpoints: run.checkpoints().iter().map(|(images, path)| Kept::new(*images, path)).collect(),
        sheet: None,
    };
    let events = run.events_path();
    if events.exists() {
        in_effect(read_events(&events)?).into_iter().for_each(|event| told.note(event));
    }
    Ok(told)
}

impl Kept {
    fn new(images: u64, path: &Path) -> Self {
        let weights_hash = weights_hash(path).ok();
        Self { name: images_name(images), images, bytes: folder_bytes(path), weights_hash }
    }
}

impl Told {
    /// The last event of each kind counts.
    fn note(&mut self, event: Event) {
        match event {
            Event::Step { step, images, seconds, images_per_second, losses, .. } => {
                (self.steps, self.images, self.seconds) = (step, images, seconds);
                (self.images_per_second, self.losses) = (images_per_second, losses);
            }
            Event::Watch { measures, .. } => self.measures.extend(measures),
            Event::Sample { path, .. } => self.sheet = Some(path),
            Event::Alarm { step, kind, message, remedy } => {
                self.alarms.push(json!({ "step": step, "kind": kind, "message": message, "remedy": remedy }));
            }
            Event::Remedy { step, kind, action } => self.remedies.push(Remedied { step, kind, action }),
            Event::End { reason, .. } => self.state = reason,
            Event::Resume { .. } => self.state = "unfinished".to_owned(),
            _ => {}
        }
    }
}

fn in_words(told: &Told) -> String {
    let Told { run, about, .. } = told;
    let setting = |key: &str| match &told.config[key] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (size, channels) = (size(&told.config["size"]), setting("channels"));
    let rows = facts(&[
        ("recipe", format!("{} ({})", about.recipe, setting("preset"))),
        ("skills", told.skills.join("; ")),
        ("data", about.data.clone()),
        ("pictures", format!("{} at {size} {channels}", count(about.pictures))),
        ("classes", classes(told)),
        ("state", told.state.clone()),
        ("trained", format!("{} steps, {} pictures", count(told.steps), count(told.images))),
        ("time", format!("{}, {} pictures/s", duration(told.seconds), rate(told.images_per_second))),
        ("losses", figures(&told.losses)),
        ("measures", figures(&told.measures)),
        (
            "sheet",
            told.sheet.as_ref().map_or_else(String::new, |sheet| run.join(sheet).display().to_string()),
        ),
        ("made by", format!("Impasto {}, seed {}, id {}", about.version, about.seed, about.id)),
    ]);
    let alarms: Vec<String> = told.alarms.iter().map(alarm).collect();
    let remedy = |Remedied { step, kind, action }: &Remedied| format!("step {step}: {kind}: {action}");
    let remedies: Vec<String> = told.remedies.iter().map(remedy).collect();
    let kept: Vec<String> =
        told.checkpoints.iter().map(|kept| checkpoint(kept, told.best.as_ref())).collect();
    let next = match told.translates {
        Some(given) => first_use(given, run),
        None => Command::new("sample").path(run).with("--count", 16).word("--sheet"),
    };
    let next = [next.to_string()];
    let next = if kept.is_empty() { &[][..] } else { &next };
    let [alarms, remedies, kept] = [("alarms:", alarms), ("remedies:", remedies), ("checkpoints:", kept)]
        .map(|(title, all)| section(title, &all));
    let head = named(run.display());
    format!("{head}\n{}{alarms}{remedies}{kept}{}", indented(&rows), section("next:", next))
}

/// `64 x 64`, whichever way it is written.
fn size(setting: &Value) -> String {
    let size = serde_json::from_value::<Size>(setting.clone());
    size.map_or_else(|_| setting.to_string(), |Size { width, height }| format!("{width} x {height}"))
}

fn classes(told: &Told) -> String {
    let names = &told.about.classes;
    if names.is_empty() {
        return String::new();
    }
    let asked = match told.config["conditional"] == json!(true) {
        true if told.translates.is_some() => "translated between",
        true => "can be asked for",
        false => "not learned: no --conditional",
    };
    let shown: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
    let more = if names.len() > 12 { ", ..." } else { "" };
    format!("{} ({asked}): {}{more}", counted(names.len(), "class", "classes"), shown.join(", "))
}

fn alarm(alarm: &Value) -> String {
    let text = |key: &str| alarm[key].as_str().unwrap_or_default().to_owned();
    format!("step {}: {}: {}; {}", alarm["step"], text("kind"), text("message"), text("remedy"))
}

fn checkpoint(kept: &Kept, best: Option<&Best>) -> String {
    let state = kept.weights_hash.as_deref().unwrap_or("damaged");
    let best = best.filter(|best| best.checkpoint == kept.name);
    let best = best.map_or_else(String::new, |best| format!("  the best (score {})", short(best.score)));
    format!("{}  {}  {state}{best}", kept.name, bytes(kept.bytes))
}
