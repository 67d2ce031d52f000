use super::*;
use crate::{list, write_atomically};

fn names(folder: &Path) -> Vec<String> {
    let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    list(folder).unwrap().into_iter().map(name).collect()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), FileError> {
    write_atomically(&folder.join(name), bytes, Existing::Keep)
}

#[test]
fn a_folder_that_fails_half_way_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one");
    build_folder(&path, |inside| put(inside, "a", b"old")).unwrap();
    let failed = build_folder(&path, |inside| {
        put(inside, "a", b"new")?;
        put(inside, "no/such/folder", b"new")
    });
    assert!(failed.is_err());
    assert_eq!(fs::read(path.join("a")).unwrap(), b"old");
    build_folder(&path, |inside| put(inside, "a", b"new")).unwrap();
    assert_eq!(fs::read(path.join("a")).unwrap(), b"new");
    assert_eq!(names(folder.path()), ["one"]);
}

#[test]
fn a_folder_that_is_kept_is_one_with_anything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set");
    let write = |bytes: &[u8]| {
        let draft = NewFolder::create(&path)?;
        put(draft.path(), "a", bytes)?;
        draft.commit(Existing::Keep)
    };
    fs::create_dir(&path).unwrap();
    write(b"first").unwrap();
    assert!(write(b"second").is_err());
    assert_eq!(fs::read(path.join("a")).unwrap(), b"first");
    assert_eq!(names(folder.path()), ["set"]);
}

#[test]
fn what_is_moved_into_an_empty_folder_is_moved_wholly() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    for path in [&from, &to] {
        fs::create_dir(path).unwrap();
    }
    for name in ["a", "b", "c"] {
        put(&from, name, b"").unwrap();
    }
    fs::create_dir_all(to.join("b/in the way")).unwrap();
    assert!(move_inside(&from, &to).is_err());
    assert_eq!((names(&from).len(), names(&to)), (3, vec!["b".to_owned()]));
    fs::remove_dir_all(to.join("b")).unwrap();
    move_inside(&from, &to).unwrap();
    assert_eq!(names(&to), ["a", "b", "c"]);
}

#[test]
fn without_links_the_name_is_taken_first() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    put(folder.path(), "from", b"new").unwrap();
    reserve(&from, &to).unwrap();
    assert_eq!(fs::read(&to).unwrap(), b"new");
    put(folder.path(), "from", b"newer").unwrap();
    assert_eq!(reserve(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&to).unwrap(), b"new");
    assert!(reserve(&folder.path().join("missing"), &folder.path().join("other")).is_err());
    assert_eq!(names(folder.path()), ["from", "to"]);
}

#[test]
fn room_for_a_file_is_made_and_tried_before_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    make_room(&folder.path().join("a/b/c.png")).unwrap();
    assert_eq!(names(&folder.path().join("a")), ["b"]);
    assert!(names(&folder.path().join("a/b")).is_empty());
    fs::write(folder.path().join("file"), b"").unwrap();
    let text = make_room(&folder.path().join("file/c.png")).unwrap_err().to_string();
    assert!(text.contains("file") && text.contains("in the way"), "{text}");
}

#[test]
fn of_many_that_write_one_name_at_once_one_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let write = |number: u8| write_atomically(&path, &[number; 100], Existing::Keep).is_ok();
    let written: Vec<bool> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..16).map(|number| scope.spawn(move || write(number))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let winner = written.iter().position(|&written| written).unwrap();
    assert_eq!(written.iter().filter(|&&written| written).count(), 1);
    assert_eq!(fs::read(&path).unwrap(), [winner as u8; 100]);
    assert_eq!(names(folder.path()), ["a.png"]);
}
