//! What would mend an error, as data: a terminal shows a command, a page a button.

use std::path::PathBuf;

use serde::Serialize;

/// Something that would help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// What it is good for, so that "to" can stand before it: `overwrite it`.
    pub purpose: String,
    /// What to do.
    pub action: Action,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Ask for the same with this field of the request set; without a value, the user has to know it.
    Set {
        /// The field.
        key: String,
        /// Its value, or what it stands for in capitals.
        value: Option<String>,
    },
    /// Ask for the same without this field.
    Unset {
        /// The field.
        key: String,
    },
    /// Train a run with this recipe.
    UseRecipe {
        /// The recipe; none: any.
        recipe: Option<String>,
        /// Settings beside it, as they stand in a configuration.
        settings: Vec<(String, String)>,
    },
    /// Use the run for another job.
    UseRun {
        /// The job.
        job: &'static str,
        /// The run.
        run: PathBuf,
    },
    /// Look for the directions of a run again.
    FindDirections {
        /// The run.
        run: PathBuf,
    },
    /// Go on with a training.
    ResumeRun {
        /// The run.
        run: PathBuf,
    },
    /// Go on with a training whose pictures were moved.
    ResumeWithData {
        /// The run.
        run: PathBuf,
    },
    /// Train with the settings of a run in another folder.
    RepeatRun {
        /// The run.
        run: PathBuf,
    },
    /// Fetch a network.
    FetchWeights {
        /// What fetches it.
        name: &'static str,
        /// Whether what is there is replaced.
        replace: bool,
    },
    /// Take a network from a file.
    AddWeights {
        /// The network.
        name: &'static str,
    },
    /// Look at what a recipe can be told.
    ShowRecipe {
        /// The recipe; none: that of the request.
        recipe: Option<String>,
    },
    /// Look at what a picture carries.
    ShowPicture {
        /// The picture.
        picture: PathBuf,
    },
    /// List the runs that there are.
    ListRuns,
    /// See the whole path at work.
    SeeDemo,
    /// Look at what can be timed.
    ListBench,
}

impl Hint {
    /// Something that would help.
    pub fn new(purpose: impl Into<String>, action: Action) -> Self {
        Self { purpose: purpose.into(), action }
    }

    /// Ask for the same with this field.
    pub fn set(purpose: impl Into<String>, key: &str, value: Option<&str>) -> Self {
        Self::new(purpose, Action::Set { key: key.into(), value: value.map(Into::into) })
    }

    /// Ask for the same without this field.
    pub fn unset(purpose: impl Into<String>, key: &str) -> Self {
        Self::new(purpose, Action::Unset { key: key.into() })
    }

    /// Train a run with this recipe and these settings.
    pub fn recipe(purpose: impl Into<String>, recipe: Option<&str>, settings: &[(&str, &str)]) -> Self {
        let settings = settings.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self::new(purpose, Action::UseRecipe { recipe: recipe.map(Into::into), settings })
    }

    /// Use the run for another job.
    pub fn run(purpose: impl Into<String>, job: &'static str, run: impl Into<PathBuf>) -> Self {
        Self::new(purpose, Action::UseRun { job, run: run.into() })
    }

    /// Let it be overwritten.
    pub fn overwrite() -> Self {
        Self::set("overwrite it", "force", None)
    }
}
