//! What was typed after `impasto train` as a request for settings.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use impasto::config::{Config, Request, no_toml};
use impasto::error::{Error, Result};
use impasto::run::Run;
use impasto_system::{FileError, read_bounded};
use toml::{Table, Value};

use super::flags::{LIMITS, no_limits};
use super::planning;
use crate::voice::Voice;

/// What was typed, as far as settings follow from it.
pub(in crate::verbs) struct Typed<'a> {
    pub(in crate::verbs) folder: Option<&'a Path>,
    /// A `config.toml`.
    pub(in crate::verbs) file: Option<&'a Path>,
    /// A run to start from.
    pub(in crate::verbs) from: Option<&'a Path>,
    pub(in crate::verbs) settings: Table,
    pub(in crate::verbs) limits: Table,
    pub(in crate::verbs) set: &'a [String],
}

impl Typed<'_> {
    /// Settings in layers: the file, the flags, and what `--set` says.
    pub(in crate::verbs) fn request(self) -> Result<Request> {
        let mut file = self.file.map_or_else(|| Ok(Table::new()), read)?;
        let mut given = self.settings;
        if let Some(run) = self.from {
            given.insert("from".into(), text_of(run)?.into());
            if self.file.is_none() && !given.contains_key("recipe") {
                file = settings_of(run)?;
            }
        }
        if !file.is_empty() && !self.limits.is_empty() {
            file.extend(no_limits());
        }
        given.extend(self.limits);
        if let Some(folder) = self.folder {
            given.insert("data".into(), text_of(folder)?.into());
        }
        let request = Request { file, given, set: self.set.to_vec() };
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

/// Settings for a request: planned, unless it names a recipe or has a file of settings.
pub(in crate::verbs) fn resolved(mut request: Request, device: &Device, voice: &Voice) -> Result<Config> {
    if is_planned(&request) {
        let (config, plan) = planning::planned(&request, device, voice)?;
        planning::lines(&plan).iter().for_each(|line| voice.note(line));
        plan.warnings.iter().for_each(|warning| voice.uncertain(warning));
        return Ok(config);
    }
    take_own_size(&mut request, voice)?;
    Ok(Config::resolve(&request)?)
}

/// Whether the program chooses what was not said.
pub(in crate::verbs) fn is_planned(request: &Request) -> bool {
    request.file.is_empty() && !request.says("recipe")
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
fn text_of(path: &Path) -> Result<String> {
    let whole = path.canonicalize().or_else(|_| std::path::absolute(path));
    let whole = whole.map_err(FileError::at("find", path))?;
    whole.into_os_string().into_string().map_err(|whole| {
        let shown = PathBuf::from(whole);
        Error::usage(format!("the path {} is not Unicode, and settings are; rename it", shown.display()))
    })
}

pub(super) fn data_of(request: &Request) -> Result<PathBuf> {
    let set = request.set.iter().rev().find_map(|text| Some(text.strip_prefix("data=")?.to_owned()));
    let of = |table: &Table| table.get("data").and_then(Value::as_str).map(str::to_owned);
    let data =
        set.or_else(|| of(&request.given)).or_else(|| of(&request.file)).filter(|path| !path.is_empty());
    let missing = "which pictures? give their folder: impasto train FOLDER (or see it work: impasto demo)";
    data.map(PathBuf::from).ok_or_else(|| Error::usage(missing))
}

/// Sets of one fixed size, such as MNIST, are learned at that size where nothing else was said.
fn take_own_size(request: &mut Request, voice: &Voice) -> Result<()> {
    let data = data_of(request)?;
    if request.says("size") || request.says("channels") {
        return Ok(());
    }
    if let Some((size, channels)) = impasto_data::own_size(&data)? {
        voice.note(&format!(
            "{} holds pictures of {} x {} {channels}: learning them at that (or say --size and --channels)",
            data.display(),
            size.width,
            size.height
        ));
        request.given.insert("size".into(), size.to_string().into());
        request.given.insert("channels".into(), channels.to_string().into());
    }
    Ok(())
}
