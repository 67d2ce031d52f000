//! The figures that torch-fidelity's own tests demand, from real networks and real pictures: only with `SLOW=1`, because
//! 81 MB of network and 160 MB of pictures are downloaded.
//!
//! 256 training pictures of CIFAR-10 against 256 test pictures, chosen by numpy's `RandomState(2020)`. The distances are
//! written here once more, in their shortest form, so that this tests the features and nothing else.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use burn::tensor::Device;
use impasto::features::inception::Inception;
use impasto::weights::Weights;

const DIMS: usize = Inception::DIMS;

#[test]
fn fid_and_kid_of_cifar_are_those_of_torch_fidelity() {
    if std::env::var_os("SLOW").is_none() {
        println!("skipped: set SLOW=1 to download CIFAR-10 and the Inception of FID");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let (set, weights) = (place.path().join("cifar10"), Weights::at(place.path().join("weights")));
    impasto_data::get::get("cifar10", &set, None, &mut |_| {}).unwrap();
    weights.get("inception", None, false, &mut |_| {}).unwrap();
    let inception = Inception::load(&weights, &Device::flex()).unwrap();
    let batches: Vec<String> = (1..=5).map(|batch| format!("train/data_batch_{batch}.png")).collect();
    let batches: Vec<&str> = batches.iter().map(String::as_str).collect();
    let [train, test] = [&batches[..], &["test/test_batch.png"]].map(|files| chosen(&set, files));
    let look = |pictures: Vec<u8>| -> Vec<f64> {
        inception.describe(&pictures, [256, 3, 32, 32]).into_iter().map(f64::from).collect()
    };
    let (train, test) = (look(train), look(test));
    let (fid, kid) = (fid(&train, &test), kid(&train, &test));
    println!("FID {fid}, KID {kid}");
    assert!((fid - 110.280_826_17).abs() < 0.01, "FID {fid}");
    assert!((kid + 0.000_679_25).abs() < 1e-5, "KID {kid}");
}

/// 256 pictures of these files, `[256, 3, 32, 32]`, in the order in which they lie there.
fn chosen(set: &Path, files: &[&str]) -> Vec<u8> {
    let rows: Vec<u8> = files.iter().flat_map(|file| decoded(&set.join(file))).collect();
    let indices: BTreeSet<usize> = Twister::new(2020).choice(rows.len() / 3072, 256).into_iter().collect();
    let planes = |index: usize| {
        let picture = &rows[index * 3072..][..3072];
        (0..3).flat_map(move |channel| picture.iter().skip(channel).step_by(3).copied())
    };
    indices.into_iter().flat_map(planes).collect()
}

fn decoded(path: &Path) -> Vec<u8> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap())).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    bytes
}

/// numpy's `RandomState`: a Mersenne twister (Matsumoto and Nishimura, 1998).
struct Twister {
    state: Vec<u32>,
    at: usize,
}

impl Twister {
    fn new(seed: u32) -> Self {
        let mut state = vec![seed];
        for place in 1..624 {
            let last = state[place - 1];
            state.push((last ^ last >> 30).wrapping_mul(1_812_433_253).wrapping_add(place as u32));
        }
        Self { state, at: 624 }
    }

    fn draw(&mut self) -> u32 {
        if self.at == 624 {
            for place in 0..624 {
                let bits = self.state[place] & 1 << 31 | self.state[(place + 1) % 624] & !(1 << 31);
                let turned = if bits & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[place] = self.state[(place + 397) % 624] ^ bits >> 1 ^ turned;
            }
            self.at = 0;
        }
        let mut value = self.state[self.at];
        self.at += 1;
        value ^= value >> 11;
        value ^= value << 7 & 0x9d2c_5680;
        value ^= value << 15 & 0xefc6_0000;
        value ^ value >> 18
    }

    /// `choice(all, count, replace=False)`: the beginning of a shuffled row.
    fn choice(&mut self, all: usize, count: usize) -> Vec<usize> {
        let mut row: Vec<usize> = (0..all).collect();
        for last in (1..all).rev() {
            let mask = last.next_power_of_two().max(1) * 2 - 1;
            let mask = if mask >> 1 >= last { mask >> 1 } else { mask };
            let other = std::iter::repeat_with(|| self.draw() as usize & mask).find(|&other| other <= last);
            row.swap(last, other.unwrap());
        }
        row.truncate(count);
        row
    }
}

/// Fréchet's distance. The trace of the root of the covariances' product is the sum of the singular values of one set's
/// rows times the other's, once both are centred.
fn fid(one: &[f64], other: &[f64]) -> f64 {
    let ((mean, one), (other_mean, other)) = (centred(one), centred(other));
    let n = one.len() / DIMS;
    let mut product: Vec<Vec<f64>> =
        one.chunks(DIMS).map(|a| other.chunks(DIMS).map(|b| dot(a, b)).collect()).collect();
    // One-sided rotations of Jacobi: rows are turned until they are at right angles; then their lengths are the values.
    for _ in 0..12 {
        for p in 0..n {
            for q in p + 1..n {
                turn(&mut product, p, q);
            }
        }
    }
    let roots: f64 = product.iter().map(|row| dot(row, row).sqrt()).sum();
    let apart: f64 = mean.iter().zip(&other_mean).map(|(a, b)| (a - b) * (a - b)).sum();
    apart + dot(&one, &one) + dot(&other, &other) - 2.0 * roots
}

fn turn(rows: &mut [Vec<f64>], p: usize, q: usize) {
    let (a, b, c) = (dot(&rows[p], &rows[p]), dot(&rows[q], &rows[q]), dot(&rows[p], &rows[q]));
    if c.abs() <= 1e-15 * (a * b).sqrt() {
        return;
    }
    let ratio = (b - a) / (2.0 * c);
    let tangent = ratio.signum() / (ratio.abs() + (1.0 + ratio * ratio).sqrt());
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    let (upper, lower) = rows.split_at_mut(q);
    for (x, y) in upper[p].iter_mut().zip(&mut lower[0]) {
        (*x, *y) = (cosine * (*x - tangent * *y), cosine * (tangent * *x + *y));
    }
}

/// The mean, and the rows without it over the root of their number less one.
fn centred(rows: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let n = (rows.len() / DIMS) as f64;
    let mean: Vec<f64> =
        (0..DIMS).map(|place| rows.iter().skip(place).step_by(DIMS).sum::<f64>() / n).collect();
    let centred = rows.iter().enumerate().map(|(at, value)| (value - mean[at % DIMS]) / (n - 1.0).sqrt());
    let centred = centred.collect();
    (mean, centred)
}

/// The mean over 100 pairs of subsets of 64.
fn kid(one: &[f64], other: &[f64]) -> f64 {
    let mut twister = Twister::new(2020);
    let mut subset = |rows: &[f64]| -> Vec<Vec<f64>> {
        let row = |at: usize| rows[at * DIMS..][..DIMS].to_vec();
        twister.choice(rows.len() / DIMS, 64).into_iter().map(row).collect()
    };
    let distance = |_| {
        let (one, other) = (subset(one), subset(other));
        inside(&one) + inside(&other) - 2.0 * kernels(&one, &other) / (64.0 * 64.0)
    };
    (0..100).map(distance).sum::<f64>() / 100.0
}

fn inside(rows: &[Vec<f64>]) -> f64 {
    let own: f64 = rows.iter().map(|row| kernel(row, row)).sum();
    (kernels(rows, rows) - own) / (64.0 * 63.0)
}

fn kernels(one: &[Vec<f64>], other: &[Vec<f64>]) -> f64 {
    one.iter().flat_map(|a| other.iter().map(move |b| kernel(a, b))).sum()
}

fn kernel(a: &[f64], b: &[f64]) -> f64 {
    (dot(a, b) / DIMS as f64 + 1.0).powi(3)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, rest) = a.as_chunks::<8>();
    let (b, other) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum::<f64>() + rest.iter().zip(other).map(|(a, b)| a * b).sum::<f64>()
}
