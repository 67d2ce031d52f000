//! Sets with something the matter, and what is said about them.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use impasto_data::synth::{draw, motifs};
use impasto_data::{DataError, Picture, squeezed};
use impasto_random::Random;
use impasto_system::Recorder;

use super::*;
use crate::error::{Action, Error};
use crate::features::Builtin;
use crate::features::lpips::Backbone;
use crate::weights::Weights;

mod shown;

const SIDE: usize = 32;
const COUNT: usize = 260;

/// Flowers of all classes.
pub(super) fn flowers(seed: u64, count: usize) -> Vec<Picture> {
    let Some(motif) = motifs().iter().find(|motif| motif.name == "flowers") else { panic!("no flowers") };
    let one = |at: usize| {
        draw(motif, at % motif.classes.len(), SIDE as u32, &mut Random::new(seed, "flowers", at as u64))
    };
    (0..count).map(one).collect()
}

fn noise(count: usize) -> Vec<Picture> {
    let one = |at| {
        let mut pixels = vec![0; SIDE * SIDE * 3];
        Random::new(1, "noise", at).bytes(&mut pixels);
        Picture::new(SIDE, SIDE, 3, pixels)
    };
    (0..count as u64).map(one).collect()
}

/// Each pixel the mean of those up to `reach` away.
fn blurred(picture: &Picture, reach: usize) -> Picture {
    let near = |at: usize| at.saturating_sub(reach)..=(at + reach).min(SIDE - 1);
    let mean = |at: usize| {
        let (x, y, channel) = (at / 3 % SIDE, at / 3 / SIDE, at % 3);
        let around = near(y).flat_map(|y| near(x).map(move |x| (x, y)));
        let (sum, count) = around
            .fold((0, 0), |(sum, count), (x, y)| (sum + u32::from(picture.pixel(x, y)[channel]), count + 1));
        (sum / count) as u8
    };
    Picture::new(SIDE, SIDE, 3, (0..SIDE * SIDE * 3).map(mean).collect())
}

/// Writes BMP files, which need no compression and no sync.
pub(super) fn write(folder: &Path, pictures: &[Picture]) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    for (number, picture) in pictures.iter().enumerate() {
        let (width, height) = (picture.width(), picture.height());
        assert!((width * 3).is_multiple_of(4), "rows of BMP are full words");
        let mut bytes = b"BM".to_vec();
        for word in [54 + 3 * width * height, 0, 54, 40, width, height, 1 | 24 << 16, 0, 0, 0, 0, 0, 0] {
            bytes.extend((word as u32).to_le_bytes());
        }
        for row in picture.pixels().rchunks_exact(width * 3) {
            bytes.extend(row.chunks_exact(3).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]));
        }
        fs::write(folder.join(format!("{number:05}.bmp")), bytes).unwrap();
    }
    folder.to_path_buf()
}

/// A folder with the real flowers in `real`.
struct Bench {
    folder: tempfile::TempDir,
    network: Builtin,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("real"), &flowers(1, COUNT));
        Self { folder, network: Builtin::new(&Device::flex()) }
    }

    fn order(&self, generated: &str) -> Order {
        let path = |name: &str| self.folder.path().join(name);
        Order {
            generated: path(generated),
            against: path("real"),
            count: None,
            checkpoint: None,
            seed: 1,
            force: false,
            lpips: None,
            classes: false,
            cache: Some(path("features")),
        }
    }

    fn run(&self, order: &Order) -> Result<Report, JudgeError> {
        judge(order, &self.network, &Device::flex(), &mut ())
    }

    fn of(&self, name: &str, pictures: &[Picture]) -> Report {
        write(&self.folder.path().join(name), pictures);
        self.run(&self.order(name)).unwrap()
    }
}

fn matters(report: &Report) -> Vec<Matter> {
    report.verdict.iter().map(|finding| finding.matter).collect()
}

fn close(value: f64, expected: f64) {
    assert!((value - expected).abs() < 0.03, "{value} instead of {expected}");
}

#[test]
fn a_set_against_itself_is_a_copy() {
    let bench = Bench::new();
    let report = bench.of("itself", &flowers(1, COUNT));
    assert_eq!(matters(&report), [Matter::Copies], "{:?}", report.verdict);
    assert!(report.verdict[0].text.starts_with("copies: 100%"), "{:?}", report.verdict);
    let Figures { precision, recall, coverage, originality, kid, .. } = &report.figures;
    assert_eq!([precision.value, recall.value, coverage.value, originality.equal], [1.0; 4]);
    assert!(*kid < 0.0 || *kid < 1e-3, "{kid}");
    assert_eq!(report.figures.clusters.shares.divergence, 0.0);
}

#[test]
fn judging_can_be_stopped_anywhere_and_what_was_encoded_is_kept() {
    let bench = Bench::new();
    write(&bench.folder.path().join("other"), &flowers(2, COUNT));
    let order = bench.order("other");
    let judged = |stop| judge(&order, &bench.network, &Device::flex(), &mut Recorder::stopping_after(stop));
    let mut stops = 0;
    let report = loop {
        match judged(stops + 1) {
            Ok(report) => break report,
            Err(JudgeError::Cancelled | JudgeError::Data(DataError::Cancelled)) => stops += 1,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(stops > 8, "stopped {stops} times");
    let features = std::fs::read_dir(bench.folder.path().join("features")).unwrap().count();
    assert!(features > 0, "what was encoded is kept");
    assert_eq!(report.figures.kid, bench.run(&order).unwrap().figures.kid);
}

#[test]
fn another_draw_from_the_same_source_looks_like_the_real_set() {
    let bench = Bench::new();
    let report = bench.of("other", &flowers(2, COUNT));
    assert_eq!(matters(&report), [Matter::Alike], "{:?} {:?}", report.verdict, report.figures);
    assert!(report.verdict[0].text.starts_with("looks like the real set"));
    assert!(report.figures.originality.copies.value < 0.05, "{:?}", report.figures.originality);
    let [from, to] = report.figures.kid_interval;
    assert!(from < 1e-3 && to > 0.0, "{from} to {to}");
}

#[test]
fn a_tenth_of_copies_is_counted() {
    let bench = Bench::new();
    let mut pictures = flowers(2, COUNT);
    pictures.splice(..COUNT / 10, flowers(1, COUNT / 10));
    let report = bench.of("tenth", &pictures);
    assert_eq!(matters(&report), [Matter::Copies], "{:?}", report.verdict);
    close(report.figures.originality.equal, 0.1);
    close(report.figures.originality.copies.value, 0.12);
    close(report.figures.originality.memorised, 0.1);
}

#[test]
fn a_tenth_of_duplicates_is_a_set_that_repeats_itself() {
    let bench = Bench::new();
    let mut pictures = flowers(2, COUNT);
    let twins = pictures[COUNT / 10..2 * (COUNT / 10)].to_vec();
    pictures.splice(..COUNT / 10, twins);
    let report = bench.of("twins", &pictures);
    assert_eq!(matters(&report), [Matter::Repeats], "{:?}", report.verdict);
    assert!(
        report.verdict[0].text.starts_with("the generated set repeats itself: 2"),
        "{:?}",
        report.verdict
    );
    close(report.figures.repeats.generated, 0.21);
}

#[test]
fn one_picture_again_and_again_is_a_collapse() {
    let bench = Bench::new();
    let report = bench.of("collapsed", &vec![flowers(2, 1).remove(0); 1000]);
    let found = matters(&report);
    assert!(found.starts_with(&[Matter::Repeats, Matter::Missing]), "{:?}", report.verdict);
    assert!(report.verdict[0].text.contains("100% of its pictures"), "{:?}", report.verdict);
    assert!(report.verdict[1].text.contains("1 of "), "{:?}", report.verdict);
    let figures = &report.figures;
    assert_eq!((figures.clusters.shares.reached, figures.clusters.shares.generated_entropy), (1, 0.0));
    assert!(figures.diversity.generated == 0.0 && figures.recall.value < 0.05);
    assert!(figures.entropy.picture_spread.generated < 1e-12);
}

#[test]
fn pictures_that_are_nearly_alike_lack_variety() {
    let bench = Bench::new();
    let one = flowers(2, 1).remove(0);
    let mut random = Random::new(1, "shades", 0);
    let mut shaded = || {
        let mut picture = one.clone();
        picture
            .pixels_mut()
            .iter_mut()
            .for_each(|value| *value = value.saturating_add(random.below(7) as u8));
        picture
    };
    let pictures: Vec<Picture> = (0..COUNT).map(|_| shaded()).collect();
    let report = bench.of("alike", &pictures);
    let found = report.verdict.iter().find(|finding| finding.matter == Matter::Missing);
    assert!(
        found.is_some_and(|finding| finding.text.contains("lacks variety: 1 of")),
        "{:?}",
        report.verdict
    );
}

#[test]
fn noise_is_called_noise() {
    let bench = Bench::new();
    let report = bench.of("noise", &noise(COUNT));
    assert_eq!(matters(&report), [Matter::NoiseLike], "{:?}", report.verdict);
    assert!(report.verdict[0].text.starts_with("noise-like: 0%"), "{:?}", report.verdict);
    assert!(report.figures.originality.score > 0.99 && report.figures.originality.copies.value == 0.0);
    assert!(report.figures.entropy.picture.generated > report.figures.entropy.picture.real);
}

#[test]
fn distances_grow_from_the_same_source_over_blur_to_noise() {
    let bench = Bench::new();
    let fresh = flowers(2, COUNT);
    let softer = |reach| fresh.iter().map(|picture| blurred(picture, reach)).collect::<Vec<_>>();
    let kids: Vec<f64> =
        [("fresh", fresh.clone()), ("soft", softer(1)), ("softer", softer(3)), ("noise", noise(COUNT))]
            .map(|(name, pictures)| bench.of(name, &pictures).figures.kid)
            .to_vec();
    assert!(kids.is_sorted() && kids[1] > 3.0 * kids[0].abs(), "{kids:?}");
    let soft = bench.run(&bench.order("softer")).unwrap();
    assert!(matters(&soft).contains(&Matter::Blurred), "{:?}", soft.verdict);
    assert!(!matters(&soft).contains(&Matter::Repeats), "blurred pictures are no twins: {:?}", soft.verdict);
}

#[test]
fn few_pictures_get_no_fid_unless_it_is_forced() {
    let bench = Bench::new();
    let report = bench.of("other", &flowers(2, 40));
    assert!(report.figures.fid.is_none());
    assert!(
        report.warnings.iter().any(|w| w.contains("no FID") && w.contains("KID")),
        "{:?}",
        report.warnings
    );
    let forced = bench.run(&Order { force: true, ..bench.order("other") }).unwrap();
    assert!(forced.figures.fid.is_some_and(|fid| fid > 0.0));
    assert!(forced.warnings.iter().any(|w| w.contains("forced")), "{:?}", forced.warnings);
    assert_eq!(report.figures.kid, forced.figures.kid, "features were found again");
}

#[test]
fn what_cannot_be_judged_is_refused_with_a_reason() {
    let bench = Bench::new();
    write(&bench.folder.path().join("three"), &flowers(2, 3));
    let error = bench.run(&bench.order("three")).unwrap_err().to_string();
    assert!(error.contains("3 pictures") && error.contains("at least 16"), "{error}");
    fs::create_dir(bench.folder.path().join("empty")).unwrap();
    let error = bench.run(&bench.order("empty")).unwrap_err().to_string();
    assert!(error.contains("no readable pictures"), "{error}");
    assert!(bench.run(&bench.order("nowhere")).is_err());
}

#[test]
fn sizes_colours_and_bad_files_are_said() {
    let bench = Bench::new();
    let large = |picture: &Picture| {
        let pixels = (0..64 * 64).flat_map(|at| {
            let pixel = picture.pixel(at % 64 / 2, at / 128);
            [((u16::from(pixel[0]) + u16::from(pixel[1])) / 2) as u8; 3]
        });
        Picture::new(64, 64, 3, pixels.collect())
    };
    let folder = bench.folder.path().join("grey");
    write(&folder, &flowers(2, 60).iter().map(large).collect::<Vec<_>>());
    fs::write(folder.join("zz.bmp"), "BM no picture").unwrap();
    let report = bench.run(&bench.order("grey")).unwrap();
    let said = |words: &str| report.warnings.iter().any(|warning| warning.contains(words));
    assert!(said("compared in grey") && said("64 x 64") && said("zz.bmp"), "{:?}", report.warnings);
    assert!(report.protocol.pictures.starts_with("32 x 32 grey"), "{:?}", report.protocol);
}

#[test]
fn pictures_of_one_size_are_judged_whole_and_others_as_both_can_be() {
    let bench = Bench::new();
    let tall = |picture: &Picture| {
        let top = picture.pixels()[..SIDE * 8 * 3].to_vec();
        Picture::new(SIDE, SIDE + 8, 3, [picture.pixels().to_vec(), top].concat())
    };
    for (name, seed) in [("tall", 2), ("real tall", 3)] {
        write(&bench.folder.path().join(name), &flowers(seed, 40).iter().map(tall).collect::<Vec<_>>());
    }
    let standard = Seen { network: Builtin::new(&Device::flex()), sizes: Default::default() };
    let run = |against: &str| {
        standard.sizes.borrow_mut().clear();
        let against = bench.folder.path().join(against);
        let order = Order { against, ..bench.order("tall") };
        let report = judge(&order, &standard, &Device::flex(), &mut ()).unwrap();
        (report.protocol, standard.sizes.borrow().clone())
    };
    let (protocol, sizes) = run("real tall");
    assert_eq!(sizes, [[SIDE, SIDE + 8]], "the network resizes, nobody else");
    assert!(
        protocol.standard && protocol.pictures.starts_with("32 x 40 RGB, their own size"),
        "{protocol:?}"
    );
    let (protocol, sizes) = run("real");
    assert_eq!(sizes, [[SIDE, SIDE]]);
    assert!(!protocol.standard && protocol.pictures.contains("Lanczos"), "{protocol:?}");
    for (name, height) in [("wide", 36), ("large", 64)] {
        let stretched = |picture: Picture| squeezed(picture, 64, height);
        let pictures: Vec<Picture> = flowers(4, 40).into_iter().map(stretched).collect();
        write(&bench.folder.path().join(name), &pictures);
    }
    assert_eq!(run("wide").1, [[SIDE, SIDE]], "neither fits into the other");
    let (protocol, sizes) = run("large");
    assert_eq!(sizes, [[SIDE, SIDE + 8]], "the smaller ones stay as they are");
    assert_eq!((protocol.generated.size, protocol.real.size), ([SIDE, SIDE + 8], [64, 64]));
}

/// A network whose figures count as published, and the sizes of the pictures that it was shown.
struct Seen {
    network: Builtin,
    sizes: std::cell::RefCell<Vec<[usize; 2]>>,
}

impl FeatureNetwork for Seen {
    fn name(&self) -> &str {
        "seen"
    }
    fn dims(&self) -> usize {
        self.network.dims()
    }
    fn protocol(&self) -> String {
        "seen".into()
    }
    fn is_standard(&self) -> bool {
        true
    }
    fn describe(&self, pictures: &[Picture]) -> crate::features::Features {
        let mut sizes = self.sizes.borrow_mut();
        sizes.extend(pictures.iter().map(|picture| [picture.width(), picture.height()]));
        sizes.dedup();
        self.network.describe(pictures)
    }
}

/// LPIPS with made-up weights, kept in this folder.
fn lpips(folder: &Path) -> Weights {
    let network = crate::weights::made_up("lpips-alexnet", |name, at, shape| {
        let fan = shape.iter().skip(1).product::<usize>().max(1) as f32;
        let drawn = (at as f32 * 0.7).sin();
        if name.starts_with("head") { drawn.abs() } else { drawn * (2.0 / fan).sqrt() }
    });
    let file = folder.join("alexnet.safetensors");
    fs::write(&file, crate::run::encode(&network.tensors).unwrap()).unwrap();
    let weights = Weights::at(folder.join("weights"));
    weights.add("lpips-alexnet", &file, false).unwrap();
    weights
}

fn eyes(weights: Weights) -> Eyes {
    Eyes { backbone: Backbone::AlexNet, weights }
}

#[test]
fn lpips_sees_copies_and_a_lack_of_variety() {
    let bench = Bench::new();
    let weights = lpips(bench.folder.path());
    let seen = |name: &str, pictures: &[Picture]| {
        write(&bench.folder.path().join(name), pictures);
        let order = Order { lpips: Some(eyes(weights.clone())), ..bench.order(name) };
        bench.run(&order).unwrap().lpips.unwrap()
    };
    let itself = seen("itself", &flowers(1, COUNT));
    assert_eq!((itself.copies.looked_at, itself.copies.confirmed), (100, 100), "{itself:?}");
    assert!(itself.diversity.generated == itself.diversity.real && itself.diversity.real > 0.0, "{itself:?}");
    assert!(itself.path_length.is_none() && itself.protocol.contains("500 drawn pairs"), "{itself:?}");
    let turned: Vec<Picture> = flowers(1, COUNT).iter().map(side::mirrored).collect();
    assert_eq!(seen("turned", &turned).copies.confirmed, 100, "mirror images are copies");
    let collapsed = seen("collapsed", &vec![flowers(2, 1).remove(0); 40]);
    assert!(collapsed.diversity.generated == 0.0 && collapsed.copies.confirmed == 0, "{collapsed:?}");
    let missing = Order { lpips: Some(eyes(Weights::at(bench.folder.path()))), ..bench.order("itself") };
    let error = Error::from(bench.run(&missing).unwrap_err());
    assert_eq!(error.hints()[0].action, Action::FetchWeights { name: "lpips", replace: false });
}

#[test]
fn the_real_set_is_encoded_once_and_fewer_pictures_are_a_part_of_it() {
    struct Counting(Builtin, std::cell::Cell<usize>);
    impl FeatureNetwork for Counting {
        fn name(&self) -> &str {
            self.0.name()
        }
        fn dims(&self) -> usize {
            self.0.dims()
        }
        fn protocol(&self) -> String {
            self.0.protocol()
        }
        fn describe(&self, pictures: &[Picture]) -> crate::features::Features {
            self.1.set(self.1.get() + pictures.len());
            self.0.describe(pictures)
        }
    }
    let bench = Bench::new();
    write(&bench.folder.path().join("other"), &flowers(2, 60));
    let network = Counting(Builtin::new(&Device::flex()), 0.into());
    let run = |count| {
        network.1.set(0);
        let order = Order { count: Some(count), ..bench.order("other") };
        let report = judge(&order, &network, &Device::flex(), &mut ()).unwrap();
        (network.1.get(), report.figures)
    };
    let (first, figures) = run(40);
    assert_eq!(first, 2 * (40 + 40), "plain and mirrored, of both sides");
    let (again, same) = run(40);
    assert_eq!((again, &same), (0, &figures));
    assert_eq!(run(20).0, 0, "a part of what is known");
    assert_eq!(run(60).0, 2 * (20 + 20), "only what is new");
}
