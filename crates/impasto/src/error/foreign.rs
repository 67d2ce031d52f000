//! The errors of the crates below.

use std::io;

use impasto_data::get::GetError;
use impasto_data::pairs::PairError;
use impasto_data::stack::StackError;
use impasto_data::synth::SynthError;
use impasto_data::{DataError, WriteError};
use impasto_system::FileError;

use super::{Class, Classify, ErrorKind, Hint};

/// What kind of error the system's is.
fn kind_of(error: &io::Error) -> ErrorKind {
    use io::ErrorKind as Io;
    match error.kind() {
        Io::NotFound => ErrorKind::Missing,
        Io::StorageFull | Io::QuotaExceeded | Io::OutOfMemory => ErrorKind::OutOfRoom,
        Io::InvalidData | Io::UnexpectedEof => ErrorKind::Corrupt,
        Io::InvalidInput | Io::FileTooLarge => ErrorKind::Unreadable,
        _ => ErrorKind::Refused,
    }
}

impl Classify for FileError {
    fn class(&self) -> Class {
        kind_of(&self.source).into()
    }
}

impl Classify for DataError {
    fn class(&self) -> Class {
        match self {
            Self::Cancelled => ErrorKind::Cancelled.into(),
            Self::Missing { .. } => ErrorKind::Missing.into(),
            Self::NotPictures { .. } | Self::Nothing { .. } => ErrorKind::Unreadable.into(),
            Self::Preparation { .. } => ErrorKind::Refused.into(),
            Self::Read { source, .. } | Self::Cache { source, .. } => kind_of(source).into(),
            Self::File(file) => file.class(),
            Self::NoSuchPicture { .. } => ErrorKind::Internal.into(),
        }
    }
}

impl Classify for GetError {
    fn class(&self) -> Class {
        let from_file = |purpose: &str| Hint::set(purpose, "from", Some("FILE"));
        match self {
            Self::Cancelled => ErrorKind::Cancelled.into(),
            Self::UnknownSet { .. } => ErrorKind::Usage.into(),
            Self::Builds { .. } => ErrorKind::Usage.with([
                Hint::set("let it be built here", "yes", None),
                from_file("unpack what the command gives on another machine"),
            ]),
            Self::ClientMissing { .. } => {
                ErrorKind::Missing.with([from_file("unpack what the command gives on another machine")])
            }
            Self::ClientFailed { .. } | Self::NothingFetched { .. } => {
                ErrorKind::Refused.with([from_file("unpack a copy that was downloaded elsewhere")])
            }
            Self::NotEmpty(_) | Self::Unsafe { .. } => ErrorKind::Refused.into(),
            Self::Read { source, .. } | Self::Write { source, .. } => kind_of(source).into(),
            Self::File(file) => file.class(),
            Self::NotAPackage { .. } => ErrorKind::Unreadable.into(),
            Self::Damaged { .. } | Self::WrongHash { .. } | Self::Lacks { .. } => ErrorKind::Corrupt.into(),
        }
    }
}

impl Classify for WriteError {
    fn class(&self) -> Class {
        match self {
            Self::Cancelled => ErrorKind::Cancelled.into(),
            Self::NotEmpty(_) => ErrorKind::Refused.into(),
            Self::Write { source, .. } => kind_of(source).into(),
            Self::File(file) => file.class(),
        }
    }
}

impl Classify for PairError {
    fn class(&self) -> Class {
        match self {
            Self::Data(error) => error.class(),
            Self::Write(error) => error.class(),
            Self::Bad { .. } => ErrorKind::Unreadable.into(),
            Self::NoPairs { .. } | Self::Sizes { .. } => ErrorKind::Refused.into(),
        }
    }
}

impl Classify for StackError {
    fn class(&self) -> Class {
        match self {
            Self::Data(error) => error.class(),
            Self::Write(error) => error.class(),
            Self::Classes { .. } => ErrorKind::Refused.into(),
        }
    }
}

impl Classify for SynthError {
    fn class(&self) -> Class {
        match self {
            Self::UnknownMotif { .. } | Self::Size(_) | Self::NoPictures => ErrorKind::Usage.into(),
            Self::Write(error) => error.class(),
        }
    }
}
