//! Folders that nobody else can have prepared.

use std::io;
use std::path::Path;

/// Makes a folder that only this user may enter, or checks that it is one.
///
/// # Errors
/// `PermissionDenied` for a folder that somebody else owns or may write to, or that is a link, else what the system says.
#[cfg(unix)]
pub fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made,
    }
    let about = path.symlink_metadata()?;
    let is_ours = about.is_dir() && about.uid() == own_user(path)? && about.mode() & 0o077 == 0;
    let refused = || {
        io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it was there already, and others may have prepared it",
        )
    };
    is_ours.then_some(()).ok_or_else(refused)
}

/// Elsewhere temporary folders are each user's own.
#[cfg(not(unix))]
pub fn private_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// The user that this process acts for: the owner of what it makes.
#[cfg(unix)]
fn own_user(path: &Path) -> io::Result<u32> {
    let probe = crate::NewFile::create(path).map_err(|error| error.source)?;
    Ok(std::os::unix::fs::MetadataExt::uid(&probe.file().metadata()?))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_private_folder_is_made_and_known_again() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("private");
        private_folder(&path).unwrap();
        private_folder(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_others_may_have_prepared_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let inside = |name: &str| place.path().join(name);
        private_folder(&inside("private")).unwrap();
        symlink(inside("private"), inside("link")).unwrap();
        fs::write(inside("file"), "").unwrap();
        fs::create_dir(inside("open")).unwrap();
        fs::set_permissions(inside("open"), fs::Permissions::from_mode(0o777)).unwrap();
        for name in ["link", "file", "open"] {
            assert_eq!(
                private_folder(&inside(name)).unwrap_err().kind(),
                io::ErrorKind::PermissionDenied,
                "{name}"
            );
        }
    }
}
