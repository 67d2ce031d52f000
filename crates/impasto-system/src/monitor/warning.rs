//! What ought to be known.

/// Something that ought to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// What is to be known.
    pub sentence: String,
}

impl Warning {
    /// One of this kind.
    pub fn new(kind: WarningKind, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into() }
    }
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WarningKind {
    /// A file is damaged, and the work goes on without it.
    Damaged,
    /// Something was not done, or not wholly.
    Incomplete,
    /// The result is less certain than it seems.
    Uncertain,
    /// Something that was asked for has no effect.
    Ignored,
    /// A training goes wrong, or something was done about that.
    Alarm,
}

impl WarningKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Damaged, Self::Incomplete, Self::Uncertain, Self::Ignored, Self::Alarm];

    /// Its name in machine-readable events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Incomplete => "incomplete",
            Self::Uncertain => "uncertain",
            Self::Ignored => "ignored",
            Self::Alarm => "alarm",
        }
    }
}
