//! What a synthetic set adds to a small classifier that has few labels:
//!
//!     few_labels subset SET OUT K                             the first K pictures of each class, into folders
//!     few_labels measure REAL SYNTHETIC EXAM [SEEDS] [STEPS]  trains on REAL with and without SYNTHETIC, asks EXAM
//!
//! The classifier is the judge's own. It is trained on the real pictures alone, on all pictures together, and on all of
//! them with the real ones repeated until they are half; each time for as many steps, so that no one learns longer, and
//! from the same seeds. What is printed is the share of right answers on EXAM: for each seed, their mean, and where it lies
//! with a chance of 95 % (Student's t over the seeds); then the same of the difference to the real pictures alone. Seeds
//! differ in first weights and in what is seen when; the few pictures and the model that painted stay the same, so the
//! intervals say nothing of another choice of them.
//!
//! `bench/few-labels` runs all of it.

use std::error::Error;
use std::path::Path;

use burn::tensor::Device;
use impasto::judge::{Lesson, few_labels};
use impasto::picture::write_png;
use impasto_data::{Channels, Dataset, Preparation, make_classes, make_empty, typical_size};
use impasto_system::Existing;

type Outcome<T> = Result<T, Box<dyn Error>>;

const USAGE: &str = "few_labels subset SET OUT K  or  few_labels measure REAL SYNTHETIC EXAM [SEEDS] [STEPS]";
const SEEDS: u64 = 5;
const STEPS: usize = 600;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["subset", set, out, count] => subset(Path::new(set), Path::new(out), count.parse()?),
        ["measure", real, synthetic, exam, ref rest @ ..] if rest.len() <= 2 => {
            let seeds = rest.first().map_or(Ok(SEEDS), |seeds| seeds.parse())?;
            let steps = rest.get(1).map_or(Ok(STEPS), |steps| steps.parse())?;
            measure([real, synthetic, exam].map(Path::new), seeds, steps)
        }
        _ => Err(USAGE.into()),
    }
}

fn opened(path: &Path, size: (usize, usize)) -> Outcome<Dataset> {
    let preparation = Preparation { width: size.0, height: size.1, ..Preparation::square(1, Channels::Grey) };
    Ok(Dataset::open(path, &preparation, &mut ())?)
}

/// The first pictures of each class, in the order of the set.
fn subset(set: &Path, out: &Path, count: usize) -> Outcome<()> {
    let data = opened(set, typical_size(set)?.0)?;
    make_empty(out)?;
    make_classes(out, data.classes().iter().map(String::as_str))?;
    let mut found = vec![0; data.classes().len()];
    for (at, &label) in data.labels().iter().enumerate() {
        if found[label as usize] < count {
            found[label as usize] += 1;
            let path = out.join(&data.classes()[label as usize]).join(format!("{at:05}.png"));
            write_png(&path, &data.plain(&[at as u32])?.picture(0), &[], Existing::Replace)?;
        }
    }
    println!("{}: {found:?}", out.display());
    Ok(())
}

/// All pictures of a set, their classes numbered as in `names`.
fn lesson(path: &Path, size: (usize, usize), names: &[String]) -> Outcome<Lesson> {
    let data = opened(path, size)?;
    let number = |name: &String| names.iter().position(|known| known == name);
    let numbers: Option<Vec<usize>> = data.classes().iter().map(number).collect();
    let numbers = numbers.ok_or_else(|| format!("{} has other classes", path.display()))?;
    let batch = data.plain(&(0..data.len() as u32).collect::<Vec<_>>())?;
    Ok(Lesson {
        labels: batch.labels.iter().map(|&label| numbers[label as usize] as u32).collect(),
        pixels: batch.pixels,
        channels: 1,
        side: size.0,
        kinds: names.len(),
    })
}

/// Several lessons as one.
fn joined<'a>(lessons: impl IntoIterator<Item = &'a Lesson>) -> Lesson {
    let mut all = Lesson::default();
    for lesson in lessons {
        all.pixels.extend(&lesson.pixels);
        all.labels.extend(&lesson.labels);
        all = Lesson { channels: lesson.channels, side: lesson.side, kinds: lesson.kinds, ..all };
    }
    all
}

fn measure([real, synthetic, exam]: [&Path; 3], seeds: u64, steps: usize) -> Outcome<()> {
    let size = typical_size(real)?.0;
    if size.0 != size.1 {
        return Err("the pictures are not square".into());
    }
    let names = opened(real, size)?.classes().to_vec();
    let [real, synthetic, exam] = [real, synthetic, exam].map(|path| lesson(path, size, &names));
    let (real, synthetic, exam) = (real?, synthetic?, exam?);
    let times = synthetic.labels.len().div_ceil(real.labels.len());
    let half = joined(std::iter::repeat_n(&real, times).chain([&synthetic]));
    let lessons = [("real", real.clone()), ("all", joined([&real, &synthetic])), ("half", half)];
    println!(
        "{} real pictures, {} synthetic ones, {} in the exam; {steps} steps, {seeds} seeds",
        real.labels.len(),
        synthetic.labels.len(),
        exam.labels.len()
    );
    let mut scores: Vec<Vec<f64>> = Vec::new();
    for (name, lesson) in &lessons {
        let score = |seed| few_labels(lesson, &exam, steps, seed, &Device::flex(), &mut ());
        let own: Vec<f64> = (1..=seeds).filter_map(score).collect();
        println!("{name:5} {}   each {own:.4?}", interval(&own));
        scores.push(own);
    }
    for ((name, _), own) in lessons.iter().zip(&scores).skip(1) {
        let gained: Vec<f64> = own.iter().zip(&scores[0]).map(|(own, alone)| own - alone).collect();
        println!("{name} - real: {}", interval(&gained));
    }
    Ok(())
}

/// The mean, and where it lies with a chance of 95 %.
fn interval(values: &[f64]) -> String {
    // Student's t at 97.5 % for 1, 2, ... degrees of freedom.
    const T: [f64; 9] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let Some(t) = values.len().checked_sub(2).map(|at| T.get(at).copied().unwrap_or(1.96)) else {
        return format!("{mean:.4}");
    };
    let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let reach = t * (spread / count).sqrt();
    format!("{mean:.4} ({:.4} to {:.4})", mean - reach, mean + reach)
}
