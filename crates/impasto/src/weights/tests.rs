//! Networks of made-up numbers, in the formats that real ones come in.

use super::*;
use crate::error::{Action, Class, Classify, ErrorKind};

/// All tensors of a network under their names number `spelling`, every one with the same number in it.
fn made_up(known: &KnownNetwork, spelling: usize, value: f32) -> BTreeMap<String, Stored> {
    let needs = (known.needs)();
    let tensor = |need: &fit::Need| {
        // Where a network has fewer, the last one again.
        let spelling = &need.spellings[spelling.min(need.spellings.len() - 1)];
        let shape = match (spelling.order, need.shape.as_slice()) {
            (fit::Order::Hwio, &[o, i, h, w]) => vec![h, w, i, o],
            (_, shape) => shape.to_vec(),
        };
        let value = if need.only_ones { 1.0 } else { value };
        let values = vec![value; shape.iter().product()];
        (spelling.name.clone(), Stored { shape, values })
    };
    needs.iter().map(tensor).collect()
}

fn alexnet() -> &'static KnownNetwork {
    find("lpips-alexnet").unwrap()
}

/// A folder for networks, and a file with a made-up AlexNet.
fn place() -> (tempfile::TempDir, Weights, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("alexnet.safetensors");
    fs::write(&file, encode(&made_up(alexnet(), 1, 0.5)).unwrap()).unwrap();
    let weights = Weights::at(place.path().join("weights"));
    (place, weights, file)
}

#[test]
fn what_was_added_is_read_back() {
    let (_place, weights, file) = place();
    let Class { kind, hints } = weights.read("lpips-alexnet").unwrap_err().class();
    assert_eq!((kind, &hints[0].purpose[..]), (ErrorKind::Missing, "fetch it (64 MB)"));
    assert_eq!(hints[0].action, Action::FetchWeights { name: "lpips", replace: false });
    assert_eq!(hints[1].action, Action::AddWeights { name: "lpips-alexnet" });
    assert_eq!(weights.about(alexnet()), None);
    let about = weights.add("lpips-alexnet", &file, false).unwrap();
    assert_eq!(about.from, "file alexnet.safetensors");
    assert_eq!(weights.about(alexnet()), Some(about.clone()));
    let network = weights.read("lpips-alexnet").unwrap();
    assert_eq!((network.about, network.tensors.len()), (about, 15));
    assert_eq!(network.tensors["conv0.weight"].shape, [64, 3, 11, 11]);
    assert_eq!(network.tensors["head4"].shape, [256]);
}

#[test]
fn nothing_is_replaced_without_being_asked_to() {
    let (_place, weights, file) = place();
    weights.add("lpips-alexnet", &file, false).unwrap();
    let again = weights.add("lpips-alexnet", &file, false).unwrap_err();
    assert!(again.to_string().contains("already there"), "{again}");
    assert_eq!(again.class().hints[0].action, Action::Set { key: "replace".into(), value: None });
    let again = weights.get("lpips", Some(&file), Consent::Unpack, false, &mut ()).unwrap_err().to_string();
    assert!(again.contains("already there"), "{again}");
    weights.add("lpips-alexnet", &file, true).unwrap();
}

#[test]
fn every_spelling_of_every_network_is_taken() {
    let (place, weights, _) = place();
    for known in networks().iter().filter(|known| !["lpips-vgg16", "vgg19"].contains(&known.name)) {
        let hashes = (0..3).map(|spelling| {
            let file = place.path().join("any.safetensors");
            fs::write(&file, encode(&made_up(known, spelling, 0.25)).unwrap()).unwrap();
            weights.add(known.name, &file, true).unwrap().sha256
        });
        let hashes: Vec<String> = hashes.collect();
        assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{}", known.name);
    }
}

#[test]
fn files_that_are_something_else_are_refused_and_leave_nothing() {
    let (place, weights, file) = place();
    let wrong = weights.add("inception", &file, false).unwrap_err().to_string();
    assert!(
        wrong.contains("does not hold the network `inception`") && wrong.contains("is missing"),
        "{wrong}"
    );
    let text = place.path().join("note.pt");
    fs::write(&text, "no weights").unwrap();
    let wrong = weights.add("inception", &text, false).unwrap_err().to_string();
    assert!(wrong.contains("note.pt") && wrong.contains("no kind that holds weights"), "{wrong}");
    let wrong =
        weights.get("inception", Some(&text), Consent::Unpack, false, &mut ()).unwrap_err().to_string();
    assert!(wrong.contains("is not what was published"), "{wrong}");
    assert!(weights.add("inception", &place.path().join("none"), false).is_err());
    assert_eq!(fs::read_dir(place.path().join("weights")).unwrap().count(), 0);
}

#[test]
fn unknown_names_bring_the_nearest() {
    let weights = Weights::at("nowhere");
    let error = weights.add("inceptoin", Path::new("x"), false).unwrap_err().to_string();
    assert!(error.contains("did you mean `inception`?") && error.contains("lpips-vgg16"), "{error}");
    let error = weights.get("lpps", None, Consent::Unpack, false, &mut ()).unwrap_err().to_string();
    assert!(error.contains("did you mean `lpips`?"), "{error}");
}

#[test]
fn damage_is_seen_and_named_with_a_remedy() {
    let (_place, weights, file) = place();
    weights.add("lpips-alexnet", &file, false).unwrap();
    let path = weights.path(alexnet()).join(TENSORS);
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let error = weights.read("lpips-alexnet").unwrap_err();
    assert!(error.to_string().contains("SHA-256"), "{error}");
    assert_eq!(error.class().hints[0].action, Action::FetchWeights { name: "lpips", replace: true });
    fs::remove_file(weights.path(alexnet()).join(ABOUT)).unwrap();
    let error = weights.read("lpips-alexnet").unwrap_err().to_string();
    assert!(error.contains("damaged") && error.contains("about.json"), "{error}");
}

#[test]
fn a_network_that_has_grown_is_refused_unread() {
    let (_place, weights, file) = place();
    let about = weights.add("lpips-alexnet", &file, false).unwrap();
    assert!(about.bytes <= most_stored(alexnet()) && most_stored(alexnet()) < about.bytes + 10_000);
    let folder = weights.path(alexnet());
    let stored = fs::OpenOptions::new().write(true).open(folder.join(TENSORS)).unwrap();
    // Without a disk's worth of zeros: only its length is written.
    stored.set_len(1 << 40).unwrap();
    let error = weights.read("lpips-alexnet").unwrap_err().to_string();
    assert!(error.contains("it has 1099511627776 bytes"), "{error}");
    let lie = About { bytes: 1 << 40, ..about };
    fs::write(folder.join(ABOUT), serde_json::to_vec(&lie).unwrap()).unwrap();
    let error = weights.read("lpips-alexnet").unwrap_err().to_string();
    assert!(error.contains("is not what was stored"), "{error}");
}

#[test]
fn a_huge_about_is_none() {
    let (_place, weights, file) = place();
    let about = weights.add("lpips-alexnet", &file, false).unwrap();
    let path = weights.path(alexnet()).join(ABOUT);
    let padded =
        |spaces: usize| [" ".repeat(spaces).into_bytes(), serde_json::to_vec(&about).unwrap()].concat();
    fs::write(&path, padded(1000)).unwrap();
    assert_eq!(weights.about(alexnet()), Some(about.clone()));
    fs::write(&path, padded(70_000)).unwrap();
    assert_eq!(weights.about(alexnet()), None);
    let error = weights.read("lpips-alexnet").unwrap_err().to_string();
    assert!(error.contains("about.json"), "{error}");
}

#[test]
fn a_file_larger_than_any_network_is_refused_unread() {
    let (place, weights, _) = place();
    let file = place.path().join("large.pt");
    fs::File::create(&file).unwrap().set_len(MOST_BYTES + 1).unwrap();
    let error = weights.add("lpips-alexnet", &file, false).unwrap_err().to_string();
    assert!(error.contains("larger than 2 GiB") && error.contains("large.pt"), "{error}");
}

#[test]
fn every_known_network_can_really_be_fetched() {
    if std::env::var_os("SLOW").is_none() {
        println!("skipped: set SLOW=1 to download 233 MB of networks");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let weights = Weights::at(place.path());
    for name in ["inception", "lpips", "vgg19"] {
        weights.get(name, None, Consent::Build, false, &mut ()).unwrap();
    }
    for known in networks() {
        assert_eq!(weights.read(known.name).unwrap().about.from, known.source.parcel.package.to_string());
    }
}
