//! What was typed after `impasto train` as a request for settings.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use impasto::config::Request;
use impasto::run::Run;
use toml::{Table, Value};

use super::Train;
use super::flags::{LIMITS, no_limits};
use crate::fault::usage;
use crate::voice::Voice;
use crate::words::typed;

impl Train {
    /// Settings in layers: the file, the flags, and what `--set` says.
    pub(super) fn request(&self, voice: &Voice) -> Result<Request> {
        let mut file = self.config.as_deref().map_or_else(|| Ok(Table::new()), read)?;
        let mut given = self.settings.table();
        if let Some(run) = &self.from {
            given.insert("from".into(), text_of(run)?.into());
            if self.config.is_none() && !given.contains_key("recipe") {
                file = settings_of(run)?;
            }
        }
        if self.limits.any() {
            file.extend(no_limits());
        }
        given.extend(self.limits.table());
        if let Some(folder) = &self.folder {
            given.insert("data".into(), text_of(folder)?.into());
        }
        let mut request = Request { file, given, set: self.set.clone() };
        let data = data_of(&request)?;
        take_own_size(&mut request, &data, voice)?;
        Ok(request)
    }
}

/// The settings of a run to start from: not its pictures, and not when it stopped.
fn settings_of(run: &Path) -> Result<Table> {
    let mut table = read(Run::open(run)?.path().join("config.toml").as_path())?;
    ["data", "from"].into_iter().chain(LIMITS).for_each(|key| _ = table.remove(key));
    Ok(table)
}

fn read(path: &Path) -> Result<Table> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the settings in {}; check the path", path.display()))?;
    text.parse().with_context(|| format!("{} is not a file of settings (TOML)", path.display()))
}

/// The path from the root, so that the run can be resumed from anywhere.
fn text_of(path: &Path) -> Result<String> {
    let whole = path.canonicalize().or_else(|_| std::path::absolute(path));
    let whole = whole.with_context(|| format!("cannot find {}", path.display()))?;
    whole.into_os_string().into_string().map_err(|whole| {
        let shown = PathBuf::from(whole);
        usage(format!("the path {} is not Unicode, and settings are; rename it", shown.display()))
    })
}

fn data_of(request: &Request) -> Result<PathBuf> {
    let set = request.set.iter().rev().find_map(|text| Some(text.strip_prefix("data=")?.to_owned()));
    let of = |table: &Table| table.get("data").and_then(Value::as_str).map(str::to_owned);
    let data =
        set.or_else(|| of(&request.given)).or_else(|| of(&request.file)).filter(|path| !path.is_empty());
    let missing = "which pictures? give their folder: impasto train FOLDER (or see it work: impasto demo)";
    data.map(PathBuf::from).ok_or_else(|| usage(missing))
}

/// Sets of one fixed size, such as MNIST, are learned at that size where nothing else was said.
fn take_own_size(request: &mut Request, data: &Path, voice: &Voice) -> Result<()> {
    let is_said = |key: &str| {
        let set = request.set.iter().filter_map(|text| text.split_once('='));
        [&request.file, &request.given].iter().any(|table| table.contains_key(key))
            || set.into_iter().any(|(set, _)| set.trim() == key)
    };
    if is_said("size") || is_said("channels") {
        return Ok(());
    }
    if let Some((size, channels)) = impasto_data::own_size(data)? {
        voice.note(&format!(
            "{} holds pictures of {} x {} {channels}: learning them at that (or say --size and --channels)",
            typed(data),
            size.width,
            size.height
        ));
        request.given.insert("size".into(), size.to_string().into());
        request.given.insert("channels".into(), channels.to_string().into());
    }
    Ok(())
}
