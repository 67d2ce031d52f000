//! Whatever a path holds becomes the same kind of set.

use std::path::Path;

use impasto_data::{Channels, DataError, Dataset, Kind, Picture, Preparation};

use crate::common::{Place, colours, encoded, gzip, idx_labels, idx_pictures, png, square, tar, zip};

fn grey_4x3() -> Preparation {
    Preparation { width: 4, height: 3, ..Preparation::square(1, Channels::Grey) }
}

#[test]
fn sub_folders_are_classes() {
    let place = Place::new();
    for (at, name) in
        ["dog/1.png", "cat/2.png", "cat/deep/er/3.png", ".hidden/4.png", "cat/.5.png"].iter().enumerate()
    {
        place.write(name, &png(8, 8, at as u8 + 1));
    }
    place.write("readme.txt", b"hello");
    let set = place.open(&square(8));
    assert_eq!(set.classes(), ["cat", "dog"]);
    assert_eq!(set.names(), ["cat/2.png", "cat/deep/er/3.png", "dog/1.png"]);
    assert_eq!(set.labels(), [0, 0, 1]);
    assert_eq!(set.plain(&[2]).unwrap().labels, [1]);
}

#[test]
fn one_folder_or_none_is_no_class() {
    let flat = Place::new();
    flat.write("1.png", &png(8, 8, 1));
    flat.write("2", &png(8, 8, 2));
    let one = Place::new();
    one.write("only/1.png", &png(8, 8, 1));
    for (place, count) in [(flat, 2), (one, 1)] {
        let set = place.open(&square(8));
        assert_eq!((set.len(), set.classes().len(), set.labels().len()), (count, 0, 0));
        assert!(set.findings().is_empty(), "{:?}", set.findings());
    }
}

#[test]
fn a_loose_picture_beside_class_folders_is_named() {
    let place = Place::new();
    for (at, name) in ["a/1.png", "b/2.png", "loose.png"].iter().enumerate() {
        place.write(name, &png(8, 8, at as u8 + 1));
    }
    let set = place.open(&square(8));
    assert!(set.classes().is_empty());
    assert_eq!((set.findings()[0].kind, set.findings()[0].path.as_str()), (Kind::Note, "loose.png"));
}

#[cfg(unix)]
#[test]
fn links_that_run_in_circles_end() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    place.write("a/1.png", &png(8, 8, 1));
    place.write("b/2.png", &png(8, 8, 2));
    let outside = place.root().parent().unwrap().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("3.png"), png(8, 8, 3)).unwrap();
    symlink(place.root(), place.root().join("a/loop")).unwrap();
    symlink(place.root().join("b"), place.root().join("a/b")).unwrap();
    symlink(&outside, place.root().join("c")).unwrap();
    symlink(place.root(), outside.join("back")).unwrap();
    symlink("nowhere", place.root().join("b/broken.png")).unwrap();
    let set = place.open(&square(8));
    assert_eq!(set.names(), ["a/1.png", "b/2.png", "c/3.png"]);
    let bad: Vec<&str> = set.findings().iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(bad, ["b/broken.png"]);
}

#[test]
fn idx_takes_the_labels_beside_it_packed_or_not() {
    for packed in [false, true] {
        let place = Place::new();
        let labels: Vec<u8> = (0..12).map(|i| i % 11).collect();
        let (pictures, labels) = (idx_pictures(12), idx_labels(&labels));
        let ending = if packed { ".gz" } else { "" };
        let pack = |bytes: Vec<u8>| if packed { gzip(&bytes) } else { bytes };
        place.write(&format!("train-images-idx3-ubyte{ending}"), &pack(pictures.clone()));
        place.write(&format!("train-labels-idx1-ubyte{ending}"), &pack(labels));
        place.write("t10k-images-idx3-ubyte", &idx_pictures(3));
        let set = place.open(&grey_4x3());
        assert_eq!((set.len(), set.classes().len()), (12, 11));
        assert_eq!(set.classes()[10], "10", "numbers are sorted as numbers");
        assert_eq!(set.labels()[10..], [10, 0]);
        assert_eq!(set.plain(&[7]).unwrap().picture(0), Picture::filled(4, 3, &[7]));
        let test = place.open_at(&place.root().join("t10k-images-idx3-ubyte"), &grey_4x3());
        assert_eq!((test.len(), test.classes().len()), (3, 0));
    }
}

#[test]
fn idx_that_breaks_off_gives_what_is_there() {
    let place = Place::new();
    let whole = idx_pictures(10);
    place.write("x-images-idx3-ubyte", &whole[..whole.len() - 5]);
    place.write("x-labels-idx1-ubyte", &idx_labels(&[1, 2, 3]));
    let set = place.open(&grey_4x3());
    assert_eq!((set.len(), set.classes().len()), (9, 0));
    let kinds: Vec<Kind> = set.findings().iter().map(|finding| finding.kind).collect();
    // The first picture of the made-up set is black.
    assert!(kinds.contains(&Kind::Truncated) && kinds.contains(&Kind::Note), "{kinds:?}");
}

#[test]
fn cifar_is_read_plane_after_plane() {
    let place = Place::new();
    let record = |label: u8| {
        let mut bytes = vec![label];
        bytes.extend([[label + 1; 1024], [100; 1024], [200; 1024]].concat());
        bytes
    };
    place.write("data_batch_1.bin", &[record(3), record(9)].concat());
    place.write("data_batch_2.bin", &record(0));
    place.write("test_batch.bin", &record(1));
    let set = place.open(&square(32));
    assert_eq!(set.classes(), ["airplane", "cat", "truck"]);
    assert_eq!(set.labels(), [1, 2, 0]);
    assert_eq!(set.plain(&[1]).unwrap().picture(0), Picture::filled(32, 32, &[10, 100, 200]));
    let test = place.open_at(&place.root().join("test_batch.bin"), &square(32));
    assert_eq!(test.len(), 1);
}

#[test]
fn of_a_well_known_set_in_two_folders_the_one_to_learn_from_is_taken() {
    let place = Place::new();
    let record = |label: u8| [vec![label], vec![90; 3072]].concat();
    place.write("train/data_batch_1.bin", &[record(3), record(9)].concat());
    place.write("test/test_batch.bin", &record(1));
    let set = place.open(&square(32));
    assert_eq!((set.len(), set.classes().len()), (2, 2));
    let notes: Vec<&str> = set.findings().iter().map(|finding| finding.why.as_str()).collect();
    assert!(notes.iter().any(|why| why.contains("only the pictures in train")), "{notes:?}");
    // Folders of plain pictures are classes, whatever they are called.
    let plain = Place::new();
    plain.write("train/1.png", &png(8, 8, 1));
    plain.write("test/2.png", &png(8, 8, 2));
    assert_eq!(plain.open(&square(8)).classes(), ["test", "train"]);
}

#[test]
fn a_png_of_rows_is_a_set() {
    let place = Place::new();
    let sheet =
        image::RgbImage::from_fn(1024, 3, |x, y| image::Rgb([y as u8 * 50, (x % 32) as u8, (x / 32) as u8]));
    place.write("data_batch_1.png", &encoded(sheet, image::ImageFormat::Png));
    place.write("data_batch_1_lables.json", b"[3, 9, 3]");
    for path in [place.root(), place.root().join("data_batch_1.png")] {
        let set = place.open_at(&path, &square(32));
        assert_eq!(
            (set.classes(), set.labels()),
            (&["cat".to_owned(), "truck".to_owned()][..], &[0, 1, 0][..])
        );
        let picture = set.plain(&[2]).unwrap().picture(0);
        assert_eq!(picture.pixel(5, 7), [100, 5, 7]);
    }
}

#[test]
fn sheets_of_rows_may_share_one_list_of_labels() {
    let place = Place::new();
    let sheet = |rows, shade| {
        encoded(image::RgbImage::from_pixel(1024, rows, image::Rgb([shade; 3])), image::ImageFormat::Png)
    };
    place.write("data_batch_1.png", &sheet(3, 10));
    place.write("data_batch_2.png", &sheet(2, 20));
    place.write("train_lables.json", b"[3, 9, 3, 0, 9]");
    place.write("test_batch.png", &sheet(2, 30));
    place.write("test_labels.json", b"[8, 0]");
    let set = place.open(&square(32));
    assert_eq!(set.classes(), ["airplane", "cat", "truck"]);
    assert_eq!(set.labels(), [1, 2, 1, 0, 2]);
    let second = place.open_at(&place.root().join("data_batch_2.png"), &square(32));
    assert_eq!(
        (second.classes(), second.labels()),
        (&["airplane".to_owned(), "truck".to_owned()][..], &[0, 1][..])
    );
    assert_eq!(second.plain(&[1]).unwrap().picture(0), Picture::filled(32, 32, &[20; 3]));
    let test = place.open_at(&place.root().join("test_batch.png"), &square(32));
    assert_eq!((test.len(), test.labels()), (2, &[1, 0][..]));

    // A list for other pictures is of no use, and says so.
    place.write("train_lables.json", b"[3, 9, 3, 0]");
    let set = place.open(&square(32));
    assert_eq!((set.len(), set.classes().len()), (5, 0));
    let why = &set.findings().iter().find(|finding| finding.path == "train_lables.json").unwrap().why;
    assert!(why.contains("4 labels for 5 pictures"), "{why}");
}

#[test]
fn archives_are_folders() {
    let files = [
        ("set/dog/1.png", png(8, 8, 1)),
        ("set/cat/2.png", png(8, 8, 2)),
        ("set/cat/bad.png", b"no picture".to_vec()),
        ("set/notes.txt", b"hello".to_vec()),
        ("__MACOSX/set/._1.png", b"?".to_vec()),
    ];
    let place = Place::new();
    for (name, bytes) in [
        ("a.zip", zip(&files)),
        ("a.tar", tar(&files)),
        ("a.tar.gz", gzip(&tar(&files))),
        ("a.tgz", gzip(&tar(&files))),
    ] {
        let path = place.write(name, &bytes);
        let set = place.open_at(&path, &square(8));
        assert_eq!((set.len(), set.classes()), (2, &["cat".to_owned(), "dog".to_owned()][..]), "{name}");
        let dog = set.labels().iter().position(|&label| label == 1).unwrap();
        assert_eq!(
            set.plain(&[dog as u32]).unwrap().picture(0).pixels(),
            colours(8, 8, 1).as_raw().as_slice()
        );
        assert_eq!((set.findings().len(), set.findings()[0].path.as_str()), (1, "set/cat/bad.png"));
    }
}

#[test]
fn an_archive_that_breaks_off_gives_what_is_there() {
    let files: Vec<(String, Vec<u8>)> = (1..9).map(|i| (format!("{i}.png"), png(32, 32, i))).collect();
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(n, b)| (n.as_str(), b.clone())).collect();
    let place = Place::new();
    let whole = tar(&files);
    let path = place.write("a.tar", &whole[..whole.len() / 2]);
    let set = place.open_at(&path, &square(8));
    assert!((1..8).contains(&set.len()));
    assert!(set.findings().iter().any(|finding| finding.kind == Kind::Truncated), "{:?}", set.findings());
    let whole = zip(&files);
    let path = place.write("a.zip", &whole[..whole.len() / 2]);
    assert!(matches!(error(&place, &path), DataError::NotPictures { .. }));
}

#[test]
fn a_tar_that_promises_an_endless_name_is_stopped() {
    let mut bytes = tar(&[("1.png", png(8, 8, 1)), ("2.txt", vec![0; 3 << 20]), ("3.png", png(8, 8, 3))]);
    bytes.truncate(bytes.len() - 1024);
    let mut header = ::tar::Header::new_gnu();
    header.set_entry_type(::tar::EntryType::GNULongName);
    header.set_size(1 << 40);
    header.set_cksum();
    bytes.extend(header.as_bytes());
    bytes.extend(vec![b'x'; 4 << 20]);
    let place = Place::new();
    let set = place.open_at(&place.write("a.tgz", &gzip(&bytes)), &square(8));
    assert_eq!(set.names(), ["1.png", "3.png"]);
    assert!(set.findings()[0].why.contains("absurdly long"), "{:?}", set.findings());
}

#[test]
fn long_names_inside_a_tar_are_read() {
    let name = format!("{}/{}.png", "folder".repeat(30), "name".repeat(40));
    let place = Place::new();
    let set = place.open_at(&place.write("a.tar", &tar(&[(&name, png(8, 8, 1))])), &square(8));
    assert_eq!(set.names(), [name]);
}

#[test]
fn one_picture_is_a_set_of_one() {
    let place = Place::new();
    let path = place.write("one.png", &png(30, 20, 1));
    assert_eq!(place.open_at(&path, &square(8)).len(), 1);
}

#[test]
fn what_holds_no_pictures_is_told() {
    let place = Place::new();
    let text = place.write("notes.txt", b"hello");
    let empty = place.write("empty.idx", b"");
    assert!(matches!(error(&place, &place.root().join("nowhere")), DataError::Missing { .. }));
    assert!(matches!(error(&place, &text), DataError::NotPictures { .. }));
    assert!(error(&place, &empty).to_string().contains("it is empty"));
    let nothing = error(&place, &place.root());
    assert!(
        nothing.to_string().contains("no readable pictures in")
            && nothing.to_string().contains("2 other files")
    );
    place.write("bad.png", b"hello");
    assert!(error(&place, &place.root()).to_string().contains("the first is bad.png"));
}

fn error(place: &Place, path: &Path) -> DataError {
    Dataset::open_with(path, &square(8), &place.options(), &mut ()).unwrap_err()
}
