//! What names tell: which files are pictures, and which class a picture belongs to.

/// Endings of files that are meant to be pictures. Those that can't be read are among them, so that they are named
/// instead of being passed over.
const PICTURES: [&str; 20] = [
    "png", "apng", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "dib", "tif", "tiff", "avif", "heic",
    "heif", "jxl", "jp2", "psd", "svg", "tga",
];

/// True for the name of a picture.
pub(super) fn is_picture(name: &str) -> bool {
    extension(name).is_some_and(|ending| PICTURES.contains(&ending.to_ascii_lowercase().as_str()))
}

/// What follows the last point of the last component; `None` for names like `.hidden` or `README`.
pub(super) fn extension(name: &str) -> Option<&str> {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending)
}

/// The first folder of a path with slashes.
pub(super) fn class(name: &str) -> Option<String> {
    name.split_once('/').map(|(first, _)| first.to_owned())
}

/// A path inside an archive, with slashes and without tricks; `None` for folders and hidden files.
pub(super) fn inside(path: &str) -> Option<String> {
    if path.ends_with('/') {
        return None;
    }
    let parts: Vec<&str> =
        path.split(['/', '\\']).filter(|part| !part.is_empty() && !matches!(*part, "." | "..")).collect();
    let hidden = parts.iter().any(|part| part.starts_with('.') || *part == "__MACOSX");
    (!parts.is_empty() && !hidden).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_endings() {
        assert!(is_picture("a/b.c/d.PNG") && is_picture("x.jpeg") && is_picture("x.avif"));
        assert!(!is_picture("a.png/readme") && !is_picture(".png") && !is_picture("notes.txt"));
    }

    #[test]
    fn paths_inside_archives_lose_their_tricks() {
        assert_eq!(inside("./a/../b.png").as_deref(), Some("a/b.png"));
        assert_eq!(inside("/etc/x.png").as_deref(), Some("etc/x.png"));
        assert_eq!(inside("cats\\1.png").as_deref(), Some("cats/1.png"));
        assert_eq!(inside("__MACOSX/a.png"), None);
        assert_eq!(inside("a/.hidden/b.png"), None);
        assert_eq!(inside("a/b/"), None);
        assert_eq!(inside("../"), None);
    }
}
