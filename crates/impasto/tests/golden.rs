//! Figures of established programs, from real networks: only with `SLOW=1`, because 145 MB of networks and 160 MB of pictures
//! are downloaded. Weights in `$IMPASTO_WEIGHTS` and a set in `$IMPASTO_SETS/cifar10` are used instead where they are.
//!
//! FID and KID are those that torch-fidelity's own tests demand: 256 training pictures of CIFAR-10 against 256 test pictures, chosen by numpy's `RandomState(2020)`; measured with the
//! judge's own network and statistics. LPIPS is what the paper's own program (Python package `lpips` 0.1.4) says of three
//! drawn flowers, with the same weights.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use impasto::features;
use impasto::features::lpips::{Backbone, Lpips};
use impasto::judge::statistics::numpy::RandomState;
use impasto::judge::statistics::{frechet_distance, kid_of_subsets};
use impasto::picture::{planes, read_png};
use impasto::weights::Weights;
use impasto_data::Picture;
use impasto_data::get::Consent;
use impasto_data::synth::write;

#[test]
fn fid_and_kid_of_cifar_are_those_of_torch_fidelity() {
    if std::env::var_os("SLOW").is_none() {
        println!("skipped: set SLOW=1 to download CIFAR-10 and the Inception of FID");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let (set, weights) = (cifar(place.path()), weights(place.path(), "inception", "inception"));
    let inception = features::load("inception", &weights, &Device::flex()).unwrap();
    assert!(inception.is_standard());
    let batches: Vec<String> = (1..=5).map(|batch| format!("train/data_batch_{batch}.png")).collect();
    let batches: Vec<&str> = batches.iter().map(String::as_str).collect();
    let [train, test] = [&batches[..], &["test/test_batch.png"]].map(|files| chosen(&set, files));
    let (train, test) = (inception.describe(&train), inception.describe(&test));
    let mut state = RandomState::new(2020);
    let subsets = (0..100).map(|_| [state.choice(256, 64), state.choice(256, 64)]);
    let (fid, kid) = (frechet_distance(&train, &test), kid_of_subsets(&train, &test, subsets));
    println!("FID {fid}, KID {} +- {}", kid.mean, kid.deviation);
    assert!((fid - 110.280_826_17).abs() < 0.01, "FID {fid}");
    assert!((kid.mean + 0.000_679_25).abs() < 1e-5, "{kid:?}");
    assert!((kid.deviation - 0.001_777_82).abs() < 1e-5, "{kid:?}");
}

#[test]
fn lpips_is_that_of_the_papers_own_program() {
    if std::env::var_os("SLOW").is_none() {
        println!("skipped: set SLOW=1 to download LPIPS");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let flowers = place.path().join("flowers");
    write("flowers", &flowers, 3, 64, 1, &mut ()).unwrap();
    let [one, daisy, poppy] = ["bluebell/00000.png", "daisy/00001.png", "poppy/00002.png"]
        .map(|name| planes(&read_png(&flowers.join(name)).unwrap()).collect::<Vec<u8>>());
    let weights = weights(place.path(), "lpips-vgg16", "lpips");
    for (backbone, figures) in
        [(Backbone::AlexNet, [0.443_238_17, 0.464_542_15]), (Backbone::Vgg16, [0.765_956_40, 0.668_346_88])]
    {
        let lpips = Lpips::load(&weights, backbone, &Device::flex()).unwrap();
        for (other, figure) in [&daisy, &poppy].into_iter().zip(figures) {
            let found = lpips.distance(&one, other, [1, 3, 64, 64])[0];
            println!("{}: {found}, and {figure} by the paper's program", backbone.title());
            assert!((found - figure).abs() < 1e-5, "{backbone:?}: {found} against {figure}");
        }
    }
}

fn cifar(place: &Path) -> PathBuf {
    let own = std::env::var_os("IMPASTO_SETS").map(|sets| PathBuf::from(sets).join("cifar10"));
    own.filter(|set| set.is_dir()).unwrap_or_else(|| {
        let set = place.join("cifar10");
        impasto_data::get::get("cifar10", &set, None, Consent::Unpack, &mut ()).unwrap();
        set
    })
}

/// Weights with this network, from this package where they are not there.
fn weights(place: &Path, network: &str, package: &str) -> Weights {
    let own = std::env::var_os("IMPASTO_WEIGHTS").map(Weights::at);
    own.filter(|weights| weights.has(network)).unwrap_or_else(|| {
        let weights = Weights::at(place.join("weights"));
        weights.get(package, None, Consent::Build, false, &mut ()).unwrap();
        weights
    })
}

/// 256 pictures of these files, in the order in which they lie there.
fn chosen(set: &Path, files: &[&str]) -> Vec<Picture> {
    let rows: Vec<u8> = files.iter().flat_map(|file| decoded(&set.join(file))).collect();
    let mut indices = RandomState::new(2020).choice(rows.len() / 3072, 256);
    indices.sort_unstable();
    let picture = |index: u32| Picture::new(32, 32, 3, rows[index as usize * 3072..][..3072].to_vec());
    indices.into_iter().map(picture).collect()
}

fn decoded(path: &Path) -> Vec<u8> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap())).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    bytes
}
