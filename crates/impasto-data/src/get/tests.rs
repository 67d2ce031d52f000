//! Sets made by hand, packed by hand, and unpacked by the code under test.

use impasto_system::{Recorder, Stage};
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

use super::*;

#[cfg(unix)]
#[path = "../../tests/pretend/mod.rs"]
mod pretend;

const HELLO: &[u8] = b"hello";
const HELLO_SHA256: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// Two files that say hello, one of which goes to a folder.
const SMALL: KnownSet = KnownSet {
    what: "two greetings",
    pictures: 2,
    classes: &["warm", "cold"],
    licence: "public domain",
    parcel: Parcel {
        name: "small",
        package: Package { client: Client::Npm, name: "@some/greetings", version: "1.0.0", sha256: "" },
        layout: Layout::Files(&[
            Piece { inside: "package/one", to: "one", sha256: HELLO_SHA256 },
            Piece { inside: "package/two", to: "test/two", sha256: HELLO_SHA256 },
        ]),
    },
};

fn nobody() -> Clients {
    Clients::in_folders("")
}

/// A tar archive of entries: kind, name, content (or a link's target).
fn tar(entries: &[(EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for &(kind, name, content) in entries {
        let mut header = Header::new_gnu();
        // Written byte by byte: the library refuses to write the names that these tests need.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o644);
        let body = if kind.is_file() { content } else { &[] };
        if !kind.is_file() {
            header.as_old_mut().linkname[..content.len()].copy_from_slice(content);
        }
        header.set_size(body.len() as u64);
        header.set_cksum();
        builder.append(&header, body).expect("an entry");
    }
    builder.into_inner().expect("an archive")
}

fn good() -> Vec<u8> {
    tar(&[
        (EntryType::Regular, "package/README.md", b"read me"),
        (EntryType::Regular, "package/one", HELLO),
        (EntryType::Regular, "./package/two", HELLO),
    ])
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("finished")
}

fn xzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder =
        lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).expect("an encoder");
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("finished")
}

/// A zip of entries: name, content.
fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("an entry");
        writer.write_all(content).expect("content");
    }
    writer.finish().expect("a zip").into_inner()
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// A Debian package around a `data.tar` with this ending.
fn deb(ending: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    let data_name = format!("data.tar{ending}");
    for (name, content) in [("debian-binary", &b"2.0\n"[..]), ("control.tar", b"odd"), (&data_name, data)] {
        bytes.extend(
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len()).bytes(),
        );
        bytes.extend(content);
        if content.len() % 2 == 1 {
            bytes.push(b'\n');
        }
    }
    bytes
}

/// A temporary folder that holds a package of these bytes.
fn packed(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let file = place.path().join("package.any");
    fs::write(&file, bytes).expect("a package");
    (place, file)
}

/// Gets a set from a package of these bytes; on failure nothing may be left behind.
fn get_from(set: &KnownSet, bytes: &[u8]) -> Result<(), String> {
    let (place, file) = packed(bytes);
    let out = place.path().join("out");
    let result = get_with(set, &out, Some(&file), &nobody(), &mut ());
    let left = fs::read_dir(place.path()).expect("the place").count();
    assert_eq!(left, if result.is_ok() { 2 } else { 1 }, "the package, and the set only if it was gotten");
    result.map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn a_set_is_unpacked_with_a_note_on_its_source() {
    let (place, file) = packed(&gzipped(&good()));
    let out = place.path().join("deep/er/out");
    let mut heard = Recorder::default();
    let gotten = get_with(&SMALL, &out, Some(&file), &nobody(), &mut heard);
    let gotten = gotten.expect("gotten");
    assert_eq!((gotten.name, gotten.files, gotten.pictures), ("small", 2, 2));
    assert_eq!(heard.progress, [(Stage::Unpacking, 1.0, None), (Stage::Unpacking, 2.0, None)]);
    assert_eq!(fs::read(out.join("one")).expect("one"), HELLO);
    assert_eq!(fs::read(out.join("test/two")).expect("two"), HELLO);
    assert!(!out.join("README.md").exists());
    let note = fs::read_to_string(out.join("SOURCE.txt")).expect("the note");
    assert_eq!(
        note,
        "small: two greetings\n\nFrom the npm package @some/greetings 1.0.0\nLicence: public domain\n\
         Labels: 0 warm, 1 cold\n"
    );
}

#[test]
fn debian_packages_are_read_in_every_compression() {
    for (ending, data) in
        [("", good()), (".gz", gzipped(&good())), (".xz", xzipped(&good())), (".zst", zstandard(&good()))]
    {
        assert_eq!(get_from(&SMALL, &deb(ending, &data)), Ok(()), "{ending}");
    }
    let error = get_from(&SMALL, &deb(".lzma", b"??")).expect_err("refused");
    assert!(error.contains("compression `.lzma` is not known here"), "{error}");
}

#[test]
fn wheels_are_read_with_the_same_care() {
    let good = [("package/one", HELLO), ("package/two", HELLO), ("package/other", b"")];
    assert_eq!(get_from(&SMALL, &zipped(&good)), Ok(()));
    let error = get_from(&SMALL, &zipped(&[("../one", HELLO)])).expect_err("refused");
    assert!(error.contains("leads out of it"), "{error}");
    let error = get_from(&SMALL, &zipped(&[("package/one", b"hallo")])).expect_err("refused");
    assert!(error.contains("is not what was published"), "{error}");
    assert!(get_from(&SMALL, b"PK\x03\x04 no zip").expect_err("refused").contains("is damaged"));
}

#[test]
fn an_empty_folder_is_used_and_a_full_one_left_alone() {
    let (place, file) = packed(&gzipped(&good()));
    let out = place.path().join("out");
    fs::create_dir(&out).expect("a folder");
    get_with(&SMALL, &out, Some(&file), &nobody(), &mut ()).expect("gotten");
    let error = get_with(&SMALL, &out, Some(&file), &nobody(), &mut ()).expect_err("refused").to_string();
    assert!(error.contains("is not empty") && error.contains("choose another folder"), "{error}");
}

#[test]
fn entries_that_lead_out_of_the_package_are_refused() {
    for name in ["../one", "package/../../one", "/etc/one", "package\\..\\one"] {
        let bytes = tar(&[(EntryType::Regular, name, HELLO)]);
        let error = get_from(&SMALL, &gzipped(&bytes)).expect_err("refused");
        assert!(error.contains("leads out of it") && error.contains("don't use it"), "{name}: {error}");
    }
}

#[test]
fn links_are_refused_where_a_file_is_wanted() {
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo] {
        let bytes = tar(&[(kind, "package/one", b"/etc/passwd")]);
        let error = get_from(&SMALL, &gzipped(&bytes)).expect_err("refused");
        assert!(error.contains("is a link, not a file"), "{error}");
    }
}

#[test]
fn absurd_sizes_are_refused_before_anything_is_written() {
    let mut header = Header::new_gnu();
    header.set_path("package/one").expect("a name");
    header.set_size(1 << 40);
    header.set_cksum();
    let error = get_from(&SMALL, &gzipped(header.as_bytes())).expect_err("refused");
    assert!(error.contains("more than a gigabyte"), "{error}");
}

#[test]
fn a_file_that_was_changed_is_refused() {
    let bytes = tar(&[(EntryType::Regular, "package/one", b"hallo")]);
    let error = get_from(&SMALL, &gzipped(&bytes)).expect_err("refused");
    assert!(error.contains("one in ") && error.contains(HELLO_SHA256), "{error}");
    assert!(error.contains("is not what was published"), "{error}");
}

#[test]
fn a_name_that_comes_twice_is_refused() {
    let twice = (EntryType::Regular, "package/one", HELLO);
    let error = get_from(&SMALL, &gzipped(&tar(&[twice, twice]))).expect_err("refused");
    assert!(error.contains("the same file twice"), "{error}");
}

#[test]
fn another_package_is_refused_and_the_right_one_named() {
    let bytes = tar(&[(EntryType::Regular, "package/one", HELLO)]);
    let error = get_from(&SMALL, &gzipped(&bytes)).expect_err("refused");
    assert!(error.contains("does not hold `package/two`"), "{error}");
    assert!(error.contains("small wants the npm package @some/greetings 1.0.0"), "{error}");
    let error = get_from(&SMALL, b"no package").expect_err("refused");
    assert!(error.contains("neither a .tgz nor a .deb nor a .whl"), "{error}");
    assert!(get_from(&SMALL, b"").expect_err("refused").contains("neither"));
}

#[test]
fn a_package_of_many_files_is_checked_as_a_whole() {
    let of_another = folder_of(b"another package");
    let error = get_from(&of_another, &gzipped(&good())).expect_err("refused");
    assert!(error.contains("is not what was published"), "{error}");
}

#[test]
fn names_inside_a_folder_must_be_plain() {
    for name in ["package/png/a/b.png", "package/png/.png", "package/png/a b.png", "package/png/C:a.png"] {
        let bytes = gzipped(&tar(&[(EntryType::Regular, name, HELLO)]));
        let error = get_from(&folder_of(&bytes), &bytes).expect_err("refused");
        assert!(error.contains("is no plain file name"), "{error}");
    }
    let bytes = gzipped(&tar(&[(EntryType::Regular, "package/png/a-1_b.png", HELLO)]));
    assert_eq!(get_from(&folder_of(&bytes), &bytes), Ok(()));
    let bytes = gzipped(&tar(&[(EntryType::Regular, "package/jpg/a.png", HELLO)]));
    let error = get_from(&folder_of(&bytes), &bytes).expect_err("refused");
    assert!(error.contains("1 files `package/png/*.png` but 0"), "{error}");
}

/// A set of one `.png` whose checksum fits these bytes.
fn folder_of(bytes: &[u8]) -> KnownSet {
    use sha2::{Digest, Sha256};
    let sum: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    // The table holds constants; a test's few bytes may live as long as the test program.
    let package = Package { sha256: sum.leak(), ..SMALL.parcel.package };
    let layout = Layout::Folder { under: "package/png/", ending: ".png", files: 1 };
    KnownSet { pictures: 1, parcel: Parcel { package, layout, ..SMALL.parcel }, ..SMALL }
}

#[test]
fn damaged_packages_are_errors_and_never_panics() {
    let packages = [
        gzipped(&good()),
        deb("", &good()),
        deb(".gz", &gzipped(&good())),
        deb(".xz", &xzipped(&good())),
        deb(".zst", &zstandard(&good())),
        zipped(&[("package/one", HELLO), ("package/two", HELLO)]),
    ];
    let mut random = impasto_random::Random::new(1, "damage", 0);
    for package in &packages {
        for _ in 0..150 {
            let mut bytes = package.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len());
                bytes[at] = random.below(256) as u8;
            }
            if random.chance(0.3) {
                bytes.truncate(random.below(bytes.len()));
            }
            // Either it is refused, or what was damaged did not matter; both leave things tidy.
            let _ = get_from(&SMALL, &bytes);
        }
    }
}

#[test]
fn a_missing_client_is_named_with_what_to_do() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("out");
    let error = get_with(&SMALL, &out, None, &nobody(), &mut ()).expect_err("no client").to_string();
    assert_eq!(
        error,
        "small comes as the npm package @some/greetings 1.0.0, and `npm` is not on this machine: it comes with \
         Node.js; install that (the system's package is often called `npm`); or run `npm pack --ignore-scripts \
         @some/greetings@1.0.0` on a machine that has it, and give its file"
    );
    assert_eq!(fs::read_dir(place.path()).expect("the place").count(), 0);
}

#[test]
fn an_unknown_name_brings_the_nearest_one() {
    let error = get("fashion-mnst", Path::new("nowhere"), None, Consent::Unpack, &mut ())
        .expect_err("unknown")
        .to_string();
    assert!(error.contains("did you mean `fashion-mnist`?") && error.contains("noto-emoji"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_an_error_that_names_it() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let from = place.path().join("absent.tgz");
    let out = place.path().join("out");
    let error = get_with(&SMALL, &out, Some(&from), &nobody(), &mut ()).expect_err("absent").to_string();
    assert!(error.contains("could not read") && error.contains("absent.tgz"), "{error}");
}

#[test]
fn a_package_that_has_to_be_built_is_not_touched_without_consent() {
    let package = Package { client: Client::Source, name: "eyes", version: "1.2", sha256: "" };
    let parcel = Parcel { package, ..SMALL.parcel };
    let (place, file) = packed(&gzipped(&good()));
    let out = place.path().join("out");
    let fetch = |from| fetch_with(&parcel, &out, from, &nobody(), &mut (), |_| Ok(()));
    let error = fetch(None).expect_err("refused").to_string();
    assert!(error.contains("runs the package's build script"), "{error}");
    assert!(error.contains("pip download --no-deps --no-binary=:all: eyes==1.2"), "{error}");
    assert_eq!(fs::read_dir(place.path()).expect("the place").count(), 1, "only the package");
    assert_eq!(fetch(Some(&file)).expect("a file is only unpacked"), 2);
}

#[cfg(unix)]
mod with_a_client_of_our_own {
    use super::*;

    /// Gets the small set through an `npm` that is this shell script.
    fn get_through(script: &str) -> Result<Gotten, String> {
        let (place, _package) = packed(&gzipped(&good()));
        pretend::program(&place.path().join("npm"), script);
        let out = place.path().join("out");
        let clients = Clients::in_folders(place.path());
        get_with(&SMALL, &out, None, &clients, &mut ()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_it_downloads_is_unpacked() {
        let script =
            "test \"$*\" = 'pack --ignore-scripts @some/greetings@1.0.0' && cp ../../package.any g.tgz";
        assert_eq!(get_through(script).expect("gotten").files, 2);
    }

    #[test]
    fn pip_is_given_the_checksum_before_it_unpacks_anything() {
        let (place, _package) = packed(b"");
        let script = "cp \"$5\" what.whl; echo \"$*\" >&2; exit 9";
        pretend::program(&place.path().join("pip3"), script);
        let sum = "ab".repeat(32).leak();
        let package = Package { client: Client::Source, name: "eyes", version: "1.2", sha256: sum };
        let parcel = Parcel { package, ..SMALL.parcel };
        let clients = Clients::in_folders(place.path());
        let into = place.path().join("into");
        fs::create_dir(&into).expect("a folder");
        let error = clients.fetch(&parcel, &into, &mut ()).expect_err("it fails").to_string();
        assert!(error.contains("pip download --no-deps --no-binary=:all: eyes==1.2"), "{error}");
        assert!(error.contains("--no-binary=:all: --require-hashes -r"), "{error}");
        let pins = fs::read_to_string(into.join("requirements.txt")).expect("the pins");
        assert_eq!(pins, format!("eyes==1.2 --hash=sha256:{sum}\n"));
    }

    #[test]
    fn its_last_words_are_passed_on_when_it_fails() {
        let error = get_through("echo 'npm error network: no route' >&2; exit 7").expect_err("failed");
        assert!(error.contains("npm error network: no route") && error.contains("exit status: 7"), "{error}");
    }

    #[test]
    fn leaving_nothing_is_a_failure_too() {
        let error = get_through("exit 0").expect_err("failed");
        assert!(error.contains("left 0 files instead of one"), "{error}");
    }
}

#[test]
fn every_known_set_can_really_be_fetched() {
    if std::env::var_os("SLOW").is_none() {
        println!("skipped: set SLOW=1 to download {} known sets", sets().len());
        return;
    }
    let place = tempfile::tempdir().expect("a temporary folder");
    for set in sets() {
        let gotten =
            get(set.parcel.name, &place.path().join(set.parcel.name), None, Consent::Unpack, &mut ())
                .expect(set.parcel.name);
        assert!(gotten.files >= 4, "{}", set.parcel.name);
    }
}

#[test]
fn the_table_of_sets_is_in_order_and_its_checksums_have_their_length() {
    assert!(sets().is_sorted_by(|one, two| one.parcel.name < two.parcel.name));
    for set in sets() {
        let sums: Vec<&str> = match set.parcel.layout {
            Layout::Files(pieces) => pieces.iter().map(|piece| piece.sha256).collect(),
            Layout::Folder { .. } => vec![set.parcel.package.sha256],
        };
        assert!(sums.iter().all(|sum| sum.len() == 64), "{}", set.parcel.name);
    }
}
