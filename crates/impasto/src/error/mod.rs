//! What goes wrong, as the library's callers see it: a kind to branch on, a sentence to read, and hints to act on.
//!
//! Every module has an error enum of its own; what kind of error each of its variants is, and what would mend it, stands
//! beside it ([`Classify`]). `?` makes an [`Error`] of any of them.

mod foreign;
mod hint;

use std::error::Error as StdError;
use std::fmt;

use serde::Serialize;

pub use hint::{Action, Hint};

/// The outcome of a job.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    sentence: String,
    hints: Vec<Hint>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// What was asked for makes no sense; another request would.
    Usage,
    /// Something isn't there: a file, a network, a program.
    Missing,
    /// A file can't be read, or is not of the kind that it should be.
    Unreadable,
    /// A file is damaged, or doesn't fit what belongs to it.
    Corrupt,
    /// It can't be done with what there is, or would overwrite something.
    Refused,
    /// Whoever watched has stopped it.
    Cancelled,
    /// The memory or the disk is too small.
    OutOfRoom,
    /// A bug.
    Internal,
}

impl ErrorKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Usage,
        Self::Missing,
        Self::Unreadable,
        Self::Corrupt,
        Self::Refused,
        Self::Cancelled,
        Self::OutOfRoom,
        Self::Internal,
    ];

    /// Its name in machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::Corrupt => "corrupt",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::OutOfRoom => "out-of-room",
            Self::Internal => "internal",
        }
    }

    /// An error of this kind that this would mend.
    pub fn with(self, hints: impl Into<Vec<Hint>>) -> Class {
        Class { kind: self, hints: hints.into() }
    }
}

/// The kind of an error, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// What kind it is.
    pub kind: ErrorKind,
    /// What would mend it.
    pub hints: Vec<Hint>,
}

impl From<ErrorKind> for Class {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, hints: Vec::new() }
    }
}

/// An error that knows what kind it is.
pub trait Classify: StdError + Send + Sync + Sized + 'static {
    /// Its kind and what would mend it; one that passes another one on gives that of the other.
    fn class(&self) -> Class;
}

impl<E: Classify> From<E> for Error {
    fn from(error: E) -> Self {
        let (Class { kind, hints }, sentence) = (error.class(), error.to_string());
        Self { kind, sentence, hints, source: Some(Box::new(error)) }
    }
}

impl Error {
    /// An error of this kind.
    pub fn new(kind: ErrorKind, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into(), hints: Vec::new(), source: None }
    }

    /// What was asked for makes no sense.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, sentence)
    }

    /// It can't be done with what there is.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self::new(ErrorKind::Refused, sentence)
    }

    /// A file can't be read.
    pub fn unreadable(sentence: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unreadable, sentence)
    }

    /// Something isn't there.
    pub fn missing(sentence: impl Into<String>) -> Self {
        Self::new(ErrorKind::Missing, sentence)
    }

    /// Whoever watched has stopped it.
    pub fn cancelled(sentence: impl Into<String>) -> Self {
        Self::new(ErrorKind::Cancelled, sentence)
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: Hint) -> Self {
        self.hints.push(hint);
        self
    }

    /// The same with what caused it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What this means for the whole, in a sentence; the error itself becomes its cause.
    #[must_use]
    pub fn within(mut self, sentence: impl Into<String>) -> Self {
        let hints = std::mem::take(&mut self.hints);
        Self { kind: self.kind, sentence: sentence.into(), hints, source: Some(Box::new(self)) }
    }

    /// The same as the end of work that was asked to stop: whatever came of that, nobody has to mend it.
    #[must_use]
    pub fn stopped(self) -> Self {
        Self { kind: ErrorKind::Cancelled, hints: Vec::new(), ..self }
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What went wrong and where, in a sentence.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// What would mend it.
    pub fn hints(&self) -> &[Hint] {
        &self.hints
    }

    /// What caused it, as far as the sentence doesn't say so itself.
    pub fn causes(&self) -> Vec<String> {
        let mut told = self.sentence.clone();
        let mut causes = Vec::new();
        let mut next = self.source();
        while let Some(cause) = next {
            let sentence = cause.to_string();
            if !told.contains(&sentence) {
                told.push_str(&sentence);
                causes.push(sentence);
            }
            next = cause.source();
        }
        causes
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigError;
    use crate::train::TrainError;

    #[test]
    fn what_a_module_calls_an_error_keeps_its_kind_through_those_that_pass_it_on() {
        let inner = ConfigError::NotAPair("x".into());
        let sentence = inner.to_string();
        let error = Error::from(TrainError::Config(inner));
        assert_eq!((error.kind(), error.sentence()), (ErrorKind::Usage, &sentence[..]));
        assert!(error.causes().is_empty());
    }

    #[test]
    fn causes_that_the_sentence_names_are_not_told_again() {
        let inner = std::io::Error::other("the disk is on fire");
        let error = Error::refused("cannot save: the disk is on fire").because(inner).within("no luck");
        assert_eq!(error.causes(), ["cannot save: the disk is on fire"]);
        assert_eq!(error.to_string(), "no luck");
    }

    #[test]
    fn a_wider_sentence_keeps_the_kind_and_the_hints() {
        let error = Error::usage("no").hint(Hint::set("overwrite it", "force", None)).within("all in all");
        assert_eq!((error.kind(), error.hints().len()), (ErrorKind::Usage, 1));
    }

    #[test]
    fn kinds_are_named_as_they_are_written() {
        for kind in ErrorKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
