//! What is being done, and what is counted.

use std::fmt;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Pictures of a set are read and brought to their size.
    Preparing,
    /// Pictures are read, nothing else.
    Reading,
    /// A package client fetches something.
    Fetching,
    /// A checksum is computed.
    Verifying,
    /// Files are unpacked.
    Unpacking,
    /// Synthetic pictures are drawn.
    Drawing,
    /// Pictures are written.
    Writing,
    /// A network describes pictures by features.
    Encoding,
    /// Figures are computed.
    Measuring,
    /// Pictures are compared with each other.
    Comparing,
    /// A network learns.
    Training,
    /// A classifier reads pictures.
    Classifying,
    /// A run paints.
    Sampling,
    /// Pictures are translated by a run.
    Translating,
    /// Holes are filled.
    Repairing,
    /// Pictures become larger.
    Enlarging,
    /// Variations are made.
    Varying,
    /// Pictures are painted in another's style.
    Styling,
    /// A latent is sought for a picture.
    Inverting,
    /// Directions of a latent space are sought.
    Exploring,
    /// Pieces of work are timed.
    Timing,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Preparing,
        Self::Reading,
        Self::Fetching,
        Self::Verifying,
        Self::Unpacking,
        Self::Drawing,
        Self::Writing,
        Self::Encoding,
        Self::Measuring,
        Self::Comparing,
        Self::Training,
        Self::Classifying,
        Self::Sampling,
        Self::Translating,
        Self::Repairing,
        Self::Enlarging,
        Self::Varying,
        Self::Styling,
        Self::Inverting,
        Self::Exploring,
        Self::Timing,
    ];

    /// Its name, in machine-readable events and in sentences: `encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Reading => "reading",
            Self::Fetching => "fetching",
            Self::Verifying => "verifying",
            Self::Unpacking => "unpacking",
            Self::Drawing => "drawing",
            Self::Writing => "writing",
            Self::Encoding => "encoding",
            Self::Measuring => "measuring",
            Self::Comparing => "comparing",
            Self::Training => "training",
            Self::Classifying => "classifying",
            Self::Sampling => "sampling",
            Self::Translating => "translating",
            Self::Repairing => "repairing",
            Self::Enlarging => "enlarging",
            Self::Varying => "varying",
            Self::Styling => "styling",
            Self::Inverting => "inverting",
            Self::Exploring => "exploring",
            Self::Timing => "timing",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Pictures.
    Pictures,
    /// Files.
    Files,
    /// Steps of an optimisation.
    Steps,
    /// Nothing: how much there is to do counts as one.
    Share,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pictures, Self::Files, Self::Steps, Self::Share];

    /// Its name, in machine-readable events and in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pictures => "pictures",
            Self::Files => "files",
            Self::Steps => "steps",
            Self::Share => "share",
        }
    }
}
