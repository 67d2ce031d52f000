//! What would mend an error, as a command or a flag to be typed.

use std::path::Path;

use impasto::error::{Action, Hint};
use impasto::shell::{Command, typed};

/// What to type, where this verb has words for it.
pub(crate) fn rendered(hint: &Hint, verb: &clap::Command) -> Option<String> {
    Some(match &hint.action {
        Action::Set { key, value } => setting(key, value.as_deref(), verb)?,
        Action::Unset { key } => format!("leave out {}", flag(key, verb)?),
        Action::UseRecipe { recipe, settings } => training(recipe.as_deref(), settings).to_string(),
        Action::UseRun { job, run } => using(job, run).to_string(),
        Action::FindDirections { run } => Command::new("directions").path(run).word("--again").to_string(),
        Action::ResumeRun { run } => Command::new("train").with_path("--resume", run).to_string(),
        Action::ResumeWithData { run } => {
            Command::new("train").word("FOLDER").with_path("--resume", run).to_string()
        }
        Action::RepeatRun { run } => {
            Command::new("train").with_path("--config", run.join("config.toml")).to_string()
        }
        Action::FetchWeights { name, replace } => {
            let command = Command::new("weights get").word(name);
            if *replace { command.word("--replace") } else { command }.to_string()
        }
        Action::AddWeights { name } => Command::new("weights add").word(name).word("FILE").to_string(),
        Action::ShowRecipe { recipe } => {
            Command::new("recipes").word(recipe.as_deref().unwrap_or("NAME")).to_string()
        }
        Action::ShowPicture { picture } => Command::new("info").path(picture).to_string(),
        Action::ListRuns => Command::new("runs").to_string(),
        Action::SeeDemo => Command::new("demo").to_string(),
        Action::ListBench => Command::new("bench").word("--list").to_string(),
    })
}

/// The flag of this name, where the verb has it.
fn flag(key: &str, verb: &clap::Command) -> Option<String> {
    let long = key.replace('_', "-");
    verb.get_arguments().any(|flag| flag.get_long() == Some(&long)).then(|| format!("--{long}"))
}

/// A field of the request, as a flag of its own or as one of the settings.
fn setting(key: &str, value: Option<&str>, verb: &clap::Command) -> Option<String> {
    match (flag(key, verb), value) {
        (Some(flag), None) => Some(flag),
        (Some(flag), Some(value)) => Some(format!("{flag} {}", typed(value))),
        (None, Some(value)) => Some(format!("{} {}", flag("set", verb)?, typed(format!("{key}={value}")))),
        (None, None) => None,
    }
}

/// A training with this recipe and these settings.
fn training(recipe: Option<&str>, settings: &[(String, String)]) -> Command {
    let mut command = Command::new("train").word("FOLDER");
    if let Some(recipe) = recipe {
        command = command.with("--recipe", recipe);
    }
    settings.iter().fold(command, |command, (key, value)| match &value[..] {
        "true" => command.word(format!("--{key}")),
        value => command.with(&format!("--{key}"), value),
    })
}

/// The run, used for this.
fn using(job: &str, run: &Path) -> Command {
    let command = Command::new(job);
    match job {
        "translate" => command.word("PICTURE").with_path("--run", run).with("--out", "FILE.png"),
        "style" => command.word("PICTURE").word("STYLE").with_path("--run", run).with("--out", "FILE.png"),
        "invert" => command.word("PICTURE").with_path("--run", run).with("--out", "FILE.latent"),
        _ => command.path(run),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Program;
    use clap::{CommandFactory, Parser};

    /// What a verb shows for a hint.
    fn shown(verb: &str, hint: &Hint) -> Option<String> {
        rendered(hint, Program::command().find_subcommand(verb).unwrap())
    }

    #[test]
    fn a_field_is_a_flag_where_the_verb_has_it_and_else_a_setting() {
        let style = Hint::set("give one", "style", Some("a b.png"));
        assert_eq!(shown("train", &style).unwrap(), "--set 'style=a b.png'");
        assert_eq!(shown("train", &Hint::unset("go on", "conditional")).unwrap(), "leave out --conditional");
        assert_eq!(shown("sample", &Hint::overwrite()).unwrap(), "--force");
        assert_eq!(shown("recipes", &Hint::overwrite()), None);
    }

    #[test]
    fn every_command_that_is_hinted_at_can_be_typed() {
        let run = || "my runs/one".into();
        let recipe = |settings| Hint::recipe("train one", Some("enlarge"), settings);
        let mut hints = vec![
            recipe(&[("preset", "four")]),
            recipe(&[("alpha", "true")]),
            recipe(&[("channels", "rgb")]),
            recipe(&[("set", "style=PICTURE")]),
            recipe(&[("conditional", "true")]),
            Hint::new("find", Action::FindDirections { run: run() }),
            Hint::new("go on", Action::ResumeRun { run: run() }),
            Hint::new("repeat", Action::RepeatRun { run: run() }),
            Hint::new("resume", Action::ResumeWithData { run: run() }),
            Hint::new("fetch", Action::FetchWeights { name: "lpips", replace: true }),
            Hint::new("add", Action::AddWeights { name: "lpips-alex" }),
            Hint::new("see", Action::ShowRecipe { recipe: None }),
            Hint::new("see", Action::ShowPicture { picture: "a b.png".into() }),
            Hint::new("see", Action::ListRuns),
            Hint::new("see", Action::SeeDemo),
            Hint::new("see", Action::ListBench),
        ];
        let jobs = ["sample", "translate", "style", "invert", "directions"];
        hints.extend(jobs.map(|job| Hint::run("use it", job, "my runs/one")));
        for hint in hints {
            let line = shown("train", &hint).unwrap();
            let words = impasto::shell::split(&line).unwrap();
            assert!(Program::try_parse_from(&words).is_ok(), "{line}");
        }
    }
}
