//! Building a cache: every picture is prepared, written and forgotten, in chunks.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use impasto_system::{Existing, FileError, Monitor, NewFile, Stage, make_folders};

use super::index::Index;
use super::{Cache, file_path};
use crate::batch::planes;
use crate::decode::{Draft, Limits};
use crate::error::DataError;
use crate::ledger::Ledger;
use crate::preparation::{Channels, Preparation};
use crate::prepare::{eighths, prepare_draft};
use crate::source::Source;
use crate::survey::{Survey, digest};

/// One picture, ready to be written.
struct Record {
    width: u32,
    height: u32,
    planes: Vec<u8>,
    digest: [u8; 32],
}

/// Prepares all pictures of the source and keeps them under the key.
pub(crate) fn build(
    path: &Path,
    source: &Source,
    preparation: &Preparation,
    limits: &Limits,
    folder: &Path,
    key: &str,
    monitor: &mut dyn Monitor,
) -> Result<Cache, DataError> {
    let place = file_path(folder, key);
    let refused = |error: FileError| DataError::cache(folder)(error.source);
    make_folders(folder).map_err(refused)?;
    let draft = NewFile::create(&place).map_err(refused)?;
    let mut ledger = Ledger::new(source);
    let mut writer = Writer::new(draft.file(), &place);
    let eighths = |width, height| eighths(width, height, preparation);
    Survey::preparing(source, preparation, limits, &eighths).run(
        &|draft| record(draft, preparation),
        &mut |outcome| match ledger.note(outcome) {
            Some(seen) => {
                ledger.fingerprint(&seen.output.digest);
                writer.write(&seen.output)
            }
            None => Ok(()),
        },
        Stage::Preparing,
        monitor,
    )?;
    if ledger.count() == 0 {
        return Err(ledger.nothing(path));
    }
    if preparation.channels == Channels::Rgba {
        ledger.note_opaque(path);
    }
    let (sizes, data) = (std::mem::take(&mut writer.sizes), writer.data);
    let index = Index::new(key, preparation, sizes, ledger.close(source));
    writer.finish(|file| index.write(data, file))?;
    keep(draft, folder, key, preparation)
}

fn record(draft: Draft, preparation: &Preparation) -> Record {
    let prepared = prepare_draft(draft, preparation);
    Record {
        width: prepared.width() as u32,
        height: prepared.height() as u32,
        digest: digest(&prepared),
        planes: planes(&prepared),
    }
}

/// Gives the finished file its name.
fn keep(draft: NewFile, folder: &Path, key: &str, preparation: &Preparation) -> Result<Cache, DataError> {
    let path = file_path(folder, key);
    let renamed = draft.commit(Existing::Replace).map_err(|error| error.source);
    // Some systems don't rename onto a file that another process reads: then that one is as good as ours.
    Cache::load(folder, key, preparation).ok_or_else(|| {
        let lost = || std::io::Error::other("it was damaged or removed right after it was written");
        DataError::Cache { path, source: renamed.err().unwrap_or_else(lost) }
    })
}

struct Writer<'a> {
    file: BufWriter<&'a File>,
    path: &'a Path,
    sizes: Vec<(u32, u32)>,
    data: u64,
}

impl<'a> Writer<'a> {
    fn new(file: &'a File, path: &'a Path) -> Self {
        Self { file: BufWriter::with_capacity(1 << 20, file), path, sizes: Vec::new(), data: 0 }
    }

    fn write(&mut self, record: &Record) -> Result<(), DataError> {
        self.sizes.push((record.width, record.height));
        self.data += record.planes.len() as u64;
        self.file.write_all(&record.planes).map_err(DataError::cache(self.path))
    }

    fn finish(
        mut self,
        rest: impl FnOnce(&mut BufWriter<&File>) -> std::io::Result<()>,
    ) -> Result<(), DataError> {
        rest(&mut self.file).and_then(|()| self.file.flush()).map_err(DataError::cache(self.path))
    }
}
