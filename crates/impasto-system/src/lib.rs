//! What the operating system lends: files and memory; and who watches long work, and may stop it ([`Monitor`]).
//!
//! Every file that Impasto opens or writes goes through here, so that a few promises hold everywhere:
//!
//! - Only regular files are opened, and never more is read than was allowed: no pipe or device makes the program wait for
//!   ever, and no file fills the memory ([`open`], [`read_bounded`]).
//! - A file or folder is wholly there or not at all, and nothing that was there before is lost ([`NewFile`], [`NewFolder`],
//!   [`write_atomically`]).
//! - What a process left unfinished is cleared away: by itself when it is told to stop, and by the next one otherwise
//!   ([`abandon`], [`sweep`]).
//! - Pictures are decoded within one budget for the whole process, which knows the limit of a container ([`Budget`]).

mod atomic;
mod budget;
mod error;
mod memory;
mod monitor;
mod names;
mod open;
mod private;
mod sweep;
mod unfinished;

pub use atomic::{write_atomically, write_atomically_with, write_together};
pub use budget::{Budget, Lease, TooLarge};
pub use error::FileError;
pub use memory::available;
pub use monitor::{
    Estimate, Monitor, Preview, Progress, Recorder, Saved, SavedKind, Span, Stage, Unit, Warning, WarningKind,
};
pub use names::is_temporary;
pub use open::{list, open, open_to_append, open_to_lock, read_bounded};
pub use private::private_folder;
pub use sweep::{remove_folder, sweep};
pub use unfinished::{Existing, NewFile, NewFolder, abandon, build_folder, make_folders, make_room};

pub(crate) use sweep::sync_folder_of;
