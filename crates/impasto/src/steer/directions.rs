//! The axes of a run, in its folder: `directions.json`.
//!
//! The file is bound to the weights that the axes were found in. Other weights of the same run understand them about as
//! well as they resemble those, so whoever uses them there is told.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::axes::{Axis, Method, find_axes};
use super::{SteerError, hex};
use crate::paint::Painter;
use crate::run::Run;
use impasto_system::{Existing, FileError, read_bounded, write_atomically};

const NAME: &str = "directions.json";
const LARGEST: u64 = 64 << 20;

/// The axes that were found in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Directions {
    /// The hash of the weights that they were found in.
    pub checkpoint: String,
    /// Pictures seen in training up to those.
    pub images: u64,
    /// How they were found.
    pub method: Method,
    /// Those that do most first.
    pub axes: Vec<Axis>,
}

/// The file.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: String,
    checkpoint: String,
    images: u64,
    method: Method,
    axes: Vec<StoredAxis>,
}

#[derive(Serialize, Deserialize)]
struct StoredAxis {
    name: Option<String>,
    share: f64,
    deviation: f64,
    direction: String,
}

impl Directions {
    /// Looks for axes in a run; where no method is named, with the first that the model allows.
    pub fn find(painter: &Painter, method: Option<Method>, count: usize) -> Result<Self, SteerError> {
        let skill = painter.skill()?;
        let classes = painter.classes().len();
        let find = |method| Some((method, find_axes(skill, classes, method, count, painter.device())?));
        let found = match method {
            Some(method) => find(method),
            None => find(Method::ClosedForm).or_else(|| find(Method::Pca)),
        };
        let (method, mut axes) = found.ok_or_else(|| {
            let method = method.unwrap_or(Method::ClosedForm);
            let recipe = painter.config().common.recipe.clone();
            SteerError::NoAxes { recipe, method: method.name(), why: method.lacks() }
        })?;
        axes.retain(|axis| axis.share.is_finite() && axis.deviation.is_finite());
        if axes.is_empty() {
            return Err(SteerError::NothingFound { method: method.name() });
        }
        let checkpoint = painter.weights_hash().to_owned();
        Ok(Self { checkpoint, images: painter.images(), method, axes })
    }

    /// Where a run's axes are.
    pub fn path(run: &Run) -> PathBuf {
        run.path().join(NAME)
    }

    /// The axes that were found in a run; none where nobody looked.
    pub fn of(run: &Run) -> Result<Option<Self>, SteerError> {
        let path = Self::path(run);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = read_bounded(&path, LARGEST)?;
        Self::from_json(&bytes).map(Some).map_err(|why| SteerError::BadDirections { path, why })
    }

    /// Writes them into a run's folder, in the place of those that are there.
    pub fn write(&self, run: &Run) -> Result<(), SteerError> {
        let path = Self::path(run);
        let axis = |axis: &Axis| StoredAxis {
            name: axis.name.clone(),
            share: axis.share,
            deviation: axis.deviation,
            direction: hex::written(&axis.direction),
        };
        let stored = Stored {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            checkpoint: self.checkpoint.clone(),
            images: self.images,
            method: self.method,
            axes: self.axes.iter().map(axis).collect(),
        };
        let json = serde_json::to_vec_pretty(&stored).map_err(std::io::Error::from);
        Ok(write_atomically(&path, &json.map_err(FileError::at("write", &path))?, Existing::Replace)?)
    }

    /// Whether they are of latents that the painter's model has.
    pub fn check(&self, painter: &Painter) -> Result<(), SteerError> {
        let size = painter.skill()?.latent_size();
        match self.axes.iter().map(|axis| axis.direction.len()).find(|&length| length != size) {
            None => Ok(()),
            Some(length) => Err(SteerError::BadDirections {
                path: Self::path(painter.run()),
                why: format!("its axes have {length} numbers, and latents {size}"),
            }),
        }
    }

    /// What ought to be known by one who uses them with these weights; nothing where they were found in the same.
    pub fn staleness(&self, painter: &Painter) -> Option<String> {
        (self.checkpoint != painter.weights_hash()).then(|| {
            format!(
                "the axes were found in other weights ({}, after {} pictures) than these ({}, after {}): they may have \
                 drifted; look for them again",
                self.checkpoint,
                self.images,
                painter.weights_hash(),
                painter.images(),
            )
        })
    }

    /// The axis of this name, or number (counted from 1), or `axis` and number.
    pub fn axis(&self, name: &str) -> Result<&Axis, SteerError> {
        Ok(&self.axes[self.place(name)?])
    }

    /// Calls an axis something. The name must not be another one's.
    pub fn call(&mut self, axis: &str, name: &str) -> Result<(), SteerError> {
        let place = self.place(axis)?;
        let refuse = |why| Err(SteerError::BadName { name: name.to_owned(), why });
        let is_plain = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
        if name.is_empty() || !name.chars().all(is_plain) {
            return refuse("it must be a word");
        }
        if name.starts_with('-') {
            return refuse("what begins with - is a flag");
        }
        if number(name).is_some() {
            return refuse("that is how axes without a name are called");
        }
        if self.axes.iter().enumerate().any(|(at, axis)| at != place && axis.name.as_deref() == Some(name)) {
            return refuse("another axis has this name");
        }
        self.axes[place].name = Some(name.to_owned());
        Ok(())
    }

    fn place(&self, name: &str) -> Result<usize, SteerError> {
        let called = self.axes.iter().position(|axis| axis.name.as_deref() == Some(name));
        let numbered = || number(name)?.checked_sub(1).filter(|place| *place < self.axes.len());
        called.or_else(numbered).ok_or_else(|| SteerError::UnknownAxis {
            name: name.to_owned(),
            known: (0..self.axes.len()).map(|place| self.title(place)).collect::<Vec<_>>().join(", "),
        })
    }

    /// What an axis is called: its name, or `axis` and its number.
    pub fn title(&self, place: usize) -> String {
        self.axes[place].name.clone().unwrap_or_else(|| format!("axis{}", place + 1))
    }

    fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let stored: Stored = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let axis = |(at, axis): (usize, &StoredAxis)| {
            let whole = axis.deviation.is_finite() && axis.share.is_finite();
            let direction = hex::read(&axis.direction).filter(|values| whole && !values.is_empty());
            let direction = direction.ok_or_else(|| format!("axis {} is damaged", at + 1))?;
            Ok(Axis { name: None, direction, deviation: axis.deviation, share: axis.share })
        };
        let axes = stored.axes.iter().enumerate().map(axis).collect::<Result<Vec<Axis>, String>>()?;
        if axes.is_empty() {
            return Err("it holds no axes".to_owned());
        }
        let Stored { checkpoint, images, method, .. } = stored;
        let mut found = Self { checkpoint, images, method, axes };
        for (at, axis) in stored.axes.iter().enumerate() {
            if let Some(name) = &axis.name {
                let called = found.call(&(at + 1).to_string(), name);
                called.map_err(|error| format!("{error}, or write null in its place"))?;
            }
        }
        Ok(found)
    }
}

/// `3` or `axis3`.
fn number(name: &str) -> Option<usize> {
    name.strip_prefix("axis").unwrap_or(name).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Action, Classify};
    use crate::run::About;

    fn directions() -> Directions {
        let axis = |value| Axis { name: None, direction: vec![value, 0.5], deviation: 1.25, share: 0.5 };
        Directions {
            checkpoint: "abc".into(),
            images: 64,
            method: Method::Pca,
            axes: vec![axis(0.1), axis(0.2), axis(0.3)],
        }
    }

    #[test]
    fn axes_come_back_as_they_were_written_with_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::create(&folder.path().join("run"), "", &About::default()).unwrap();
        assert_eq!(Directions::of(&run).unwrap(), None);
        let mut found = directions();
        found.call("axis3", "smile").unwrap();
        found.write(&run).unwrap();
        assert_eq!(Directions::of(&run).unwrap(), Some(found));
    }

    #[test]
    fn axes_are_called_by_number_and_by_name() {
        let mut found = directions();
        found.call("2", "smile").unwrap();
        for name in ["2", "axis2", "smile"] {
            assert_eq!(found.axis(name).unwrap().direction[0], 0.2, "{name}");
        }
        assert_eq!([0, 1].map(|place| found.title(place)), ["axis1", "smile"]);
        for unknown in ["0", "4", "frown", "axis"] {
            let told = found.axis(unknown).unwrap_err().to_string();
            assert!(told.contains("axis1, smile, axis3"), "{told}");
        }
        for bad in ["", "a b", "a=b", "7", "axis7", "-x", "a\u{1b}[2J"] {
            assert!(found.call("1", bad).is_err(), "{bad}");
        }
        assert!(found.call("1", "smile").is_err(), "one name, one axis");
        assert!(found.call("smile", "grin").is_ok() && found.axis("smile").is_err());
    }

    #[test]
    fn garbage_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::create(&folder.path().join("run"), "", &About::default()).unwrap();
        directions().write(&run).unwrap();
        let whole = std::fs::read_to_string(Directions::path(&run)).unwrap();
        let broken = whole.replacen("\"direction\": \"", "\"direction\": \"x", 1);
        let called = |name: &str| whole.replacen("\"name\": null", &format!("\"name\": \"{name}\""), 1);
        let (unsafe_name, flag) = (called(r"\u001b[2Jsmile"), called("-x"));
        let none = r#"{"version":"","checkpoint":"","images":0,"method":"pca","axes":[]}"#;
        for garbage in
            ["", "[]", "{\"axes\": 3}", none, &whole[..whole.len() / 2], &broken, &unsafe_name, &flag]
        {
            std::fs::write(Directions::path(&run), garbage).unwrap();
            let error = Directions::of(&run).unwrap_err();
            let told = error.to_string();
            assert!(told.contains("directions.json"), "{told}");
            let again = Action::FindDirections { run: run.path().to_path_buf() };
            assert_eq!(error.class().hints[0].action, again);
            assert!(!told.contains('\u{1b}'), "nothing that a terminal obeys: {told:?}");
        }
    }
}
