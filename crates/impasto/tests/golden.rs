//! The figures that torch-fidelity's own tests demand, from real networks and real pictures: only with `SLOW=1`, because
//! 81 MB of network and 160 MB of pictures are downloaded. Weights in `$IMPASTO_WEIGHTS` and a set in
//! `$IMPASTO_SETS/cifar10` are used instead where they are.
//!
//! 256 training pictures of CIFAR-10 against 256 test pictures, chosen by numpy's `RandomState(2020)`; measured with the
//! judge's own network and statistics.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use impasto::features;
use impasto::judge::statistics::numpy::RandomState;
use impasto::judge::statistics::{frechet_distance, kid_of_subsets};
use impasto::weights::Weights;
use impasto_data::Picture;

#[test]
fn fid_and_kid_of_cifar_are_those_of_torch_fidelity() {
    if std::env::var_os("SLOW").is_none() {
        println!("skipped: set SLOW=1 to download CIFAR-10 and the Inception of FID");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let (set, weights) = (cifar(place.path()), weights(place.path()));
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

fn cifar(place: &Path) -> PathBuf {
    let own = std::env::var_os("IMPASTO_SETS").map(|sets| PathBuf::from(sets).join("cifar10"));
    own.filter(|set| set.is_dir()).unwrap_or_else(|| {
        let set = place.join("cifar10");
        impasto_data::get::get("cifar10", &set, None, &mut |_| {}).unwrap();
        set
    })
}

fn weights(place: &Path) -> Weights {
    let own = std::env::var_os("IMPASTO_WEIGHTS").map(Weights::at);
    own.filter(|weights| weights.has("inception")).unwrap_or_else(|| {
        let weights = Weights::at(place.join("weights"));
        weights.get("inception", None, false, &mut |_| {}).unwrap();
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
