//! From what is asked for to settings: in layers, or planned.

use std::path::{Path, PathBuf};

use impasto_system::{FileError, Monitor, Warning, WarningKind, read_bounded};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::config::{Config, Request, no_toml};
use crate::error::{Action, Error, ErrorKind, Hint, Result};
use crate::jobs::Workshop;
use crate::plan::{Machine, Plan, plan, time_of_step};
use crate::run::Run;

/// The settings that end a training.
pub const LIMITS: [&str; 3] = ["steps", "images", "minutes"];

/// What settings follow from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsRequest {
    /// The pictures.
    pub data: Option<PathBuf>,
    /// A file of settings: the `config.toml` of a run.
    pub config: Option<PathBuf>,
    /// A run to start from: its weights, and its settings where nothing else is said.
    pub from: Option<PathBuf>,
    /// Settings by name.
    pub settings: Table,
    /// `steps`, `images` or `minutes`.
    pub limits: Table,
    /// Settings as `key=value`, which come last.
    pub set: Vec<String>,
}

impl SettingsRequest {
    /// Settings in layers: the file, those by name, and the pairs.
    pub(in crate::jobs) fn request(&self) -> Result<Request> {
        let mut file = self.config.as_deref().map_or_else(|| Ok(Table::new()), read)?;
        let mut given = self.settings.clone();
        if let Some(run) = &self.from {
            given.insert("from".into(), text_of(run)?.into());
            if self.config.is_none() && !given.contains_key("recipe") {
                file = settings_of(run)?;
            }
        }
        if !file.is_empty() && !self.limits.is_empty() {
            file.extend(no_limits());
        }
        given.extend(self.limits.clone());
        if let Some(folder) = &self.data {
            given.insert("data".into(), text_of(folder)?.into());
        }
        let request = Request { file, given, set: self.set.clone() };
        data_of(&request)?;
        Ok(request)
    }
}

/// The settings of a run to start from: not its pictures, and not when it stopped.
fn settings_of(run: &Path) -> Result<Table> {
    let mut table = read(Run::open(run)?.path().join("config.toml").as_path())?;
    ["data", "from"].into_iter().chain(LIMITS).for_each(|key| _ = table.remove(key));
    Ok(table)
}

/// The run's own settings, with a new limit if there is one, and other pictures' place.
pub(super) fn config_of(run: &Run, limits: &Table, data: Option<&Path>) -> Result<Config> {
    let file = run.path().join("config.toml");
    let unusable = |why: String| {
        let sentence = format!("the settings in {} cannot be used: {why}", file.display());
        Error::new(ErrorKind::Corrupt, sentence)
    };
    let mut table: Table = run.config()?.parse().map_err(|error| unusable(no_toml(&error)))?;
    if !limits.is_empty() {
        table.extend(no_limits());
        table.extend(limits.clone());
    }
    if let Some(data) = data {
        table.insert("data".into(), text_of(data)?.into());
    }
    Config::from_table(table).map_err(|error| unusable(error.to_string()))
}

/// Takes the old limits away, before a new one is set.
fn no_limits() -> Table {
    let values: [Value; 3] = [0.into(), 0.into(), 0.0.into()];
    LIMITS.into_iter().map(str::to_owned).zip(values).collect()
}

/// Settings for a request: planned, unless it names a recipe or has a file of settings.
pub(in crate::jobs) fn resolved(
    mut request: Request,
    workshop: &Workshop,
    monitor: &mut dyn Monitor,
) -> Result<Config> {
    if is_planned(&request) {
        let (config, plan) = planned(&request, workshop, monitor)?;
        plan.lines().iter().for_each(|line| monitor.note(line));
        return Ok(config);
    }
    take_own_size(&mut request, monitor)?;
    Ok(Config::resolve(&request)?)
}

/// Whether the program chooses what was not said.
pub(super) fn is_planned(request: &Request) -> bool {
    request.file.is_empty() && !request.says("recipe")
}

/// Looks at the pictures and the machine, and plans what was not said. Nothing is written.
pub(super) fn planned(
    request: &Request,
    workshop: &Workshop,
    monitor: &mut dyn Monitor,
) -> Result<(Config, Plan)> {
    // Settings that make no sense are told before all the pictures are looked at.
    Config::resolve(request)?;
    let glance = impasto_data::glance(&data_of(request)?, monitor)?;
    let clock = &mut |config: &Config| time_of_step(config, glance.classes.len(), workshop.device());
    let (config, plan) = plan(request, &glance, &Machine::here(), clock)?;
    let warnings = plan.warnings.iter();
    warnings.for_each(|warning| monitor.warn(&Warning::new(WarningKind::Uncertain, warning.clone())));
    Ok((config, plan))
}

fn read(path: &Path) -> Result<Table> {
    /// No file of settings is longer.
    const LONGEST: u64 = 1 << 20;
    let unreadable = || format!("cannot read the settings in {}; check the path", path.display());
    let bytes = read_bounded(path, LONGEST).map_err(|error| Error::from(error).within(unreadable()))?;
    let text = String::from_utf8(bytes).map_err(|error| Error::unreadable(unreadable()).because(error))?;
    text.parse().map_err(|error| {
        let why = no_toml(&error);
        Error::unreadable(format!("{} is not a file of settings (TOML): {why}", path.display()))
    })
}

/// The path from the root, so that the run can be resumed from anywhere.
pub(super) fn text_of(path: &Path) -> Result<String> {
    let whole = path.canonicalize().or_else(|_| std::path::absolute(path));
    let whole = whole.map_err(FileError::at("find", path))?;
    whole.into_os_string().into_string().map_err(|whole| {
        let shown = PathBuf::from(whole);
        Error::usage(format!("the path {} is not Unicode, and settings are; rename it", shown.display()))
    })
}

fn data_of(request: &Request) -> Result<PathBuf> {
    let set = request.set.iter().rev().find_map(|text| Some(text.strip_prefix("data=")?.to_owned()));
    let of = |table: &Table| table.get("data").and_then(Value::as_str).map(str::to_owned);
    let data =
        set.or_else(|| of(&request.given)).or_else(|| of(&request.file)).filter(|path| !path.is_empty());
    let missing = || {
        let learn = Hint::recipe("learn a folder", None, &[]);
        Error::usage("which pictures? name their folder").hint(learn).hint(demo())
    };
    data.map(PathBuf::from).ok_or_else(missing)
}

/// Sets of one fixed size, such as MNIST, are learned at that size where nothing else was said.
fn take_own_size(request: &mut Request, monitor: &mut dyn Monitor) -> Result<()> {
    let data = data_of(request)?;
    if request.says("size") || request.says("channels") {
        return Ok(());
    }
    if let Some((size, channels)) = impasto_data::own_size(&data)? {
        monitor.note(&format!(
            "{} holds pictures of {} x {} {channels}: learning them at that (unless a size and channels are named)",
            data.display(),
            size.width,
            size.height
        ));
        request.given.insert("size".into(), size.to_string().into());
        request.given.insert("channels".into(), channels.to_string().into());
    }
    Ok(())
}

fn demo() -> Hint {
    Hint::new("see it work without any", Action::SeeDemo)
}
