//! `impasto judge`: how good, how varied and how original a set of pictures is.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::features::{self, lpips::BACKBONES};
use impasto::jobs::JudgeRequest;
use impasto::judge::{Figure, InWords, Report};
use impasto::weights::Weights;

use super::sample::one_or_more;
use crate::job::{self, OnDevice, run_named};
use crate::voice::Voice;
use crate::words::{count, indented, listed, short, table};

/// Say how good, how varied and how original pictures are, beside real ones
///
/// Each side is a folder, an archive, or a run. A run that is judged paints its pictures with its best checkpoint; a
/// run after --against stands for the pictures that it was trained on. To see how a model does with pictures that it has
/// not learned, judge it against a set that was held back.
///
/// Figures can be compared only where their protocols agree (--json prints it in full).
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Judge {
    /// The pictures to judge: a folder, an archive, or a run
    generated: PathBuf,
    /// The real pictures: a folder, an archive, or a run
    #[arg(long, value_name = "REAL")]
    against: PathBuf,
    /// The network that looks at the pictures: the small one that comes with the program, or the Inception that papers
    /// measure with (`impasto weights get inception`) [default: inception where it is here]
    #[arg(long, value_name = "NETWORK", value_parser = features::NETWORKS)]
    features: Option<String>,
    /// Also look with LPIPS (`impasto weights get lpips`): diversity, copies, and how smoothly a run's pictures change; on
    /// AlexNet, or with --lpips=vgg16 on VGG16
    #[arg(long, value_name = "NETWORK", num_args = 0..=1, require_equals = true, default_missing_value = BACKBONES[0])]
    #[arg(value_parser = BACKBONES)]
    lpips: Option<String>,
    /// Count the classes that are painted, with a classifier that is trained on the labelled pictures of --against
    ///
    /// Classes are sub-folders or labels. The classifier is small, takes up to a couple of minutes, and is kept, so that it
    /// is trained once for a set. Of a stacked set (impasto data stack) it reads each channel.
    #[arg(long)]
    classes: bool,
    /// Compare at most so many pictures of each side [default: 10,000; a run paints as many as there are real ones]
    #[arg(long, value_name = "N", value_parser = one_or_more)]
    count: Option<usize>,
    /// Judge this checkpoint of the run: best, last, or a name such as 000010.240k [default: best; the last if none was judged]
    #[arg(long, value_name = "NAME")]
    checkpoint: Option<String>,
    /// Decides which pictures, subsets and seeds are taken
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Write a page with all of it, and with pictures, into this one file
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Measure FID also with fewer pictures than it needs, with a warning in the result; overwrite the report
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    device: OnDevice,
}

const EXAMPLES: &str = "\
Examples:
  impasto judge runs/mine --against runs/mine
  impasto judge painted/mine --against my-pictures --count 2000
  impasto judge new.zip --against held-back --report judged.html
  impasto judge painted/mine --against held-back --features inception --lpips
  impasto judge runs/mine --against my-pictures --classes

What the figures say:
  fid        distance between the two sets; lower is better, 0 for equal sets; needs at least 500 pictures
             (2,048 with inception)
  kid        the same question, right for any number of pictures; around 0 for sets of one source
  precision  share of generated pictures that lie among the real ones: are they good?
  recall     share of real pictures that lie among the generated ones: are all kinds there?
  density    how densely generated pictures lie where real ones do; about 1 for real ones
  coverage   share of real pictures with a generated one beside them
  copies     share of generated pictures that are real ones again, or nearly so: moved, cropped, in a mirror, brighter,
             compressed; --json and the page name each with its original

With --classes, as a classifier sees it:
  modes             classes of the real set that occur
  mode divergence   KL(generated || real) in nats: how far the shares of the classes are from the real ones
  mode entropy      how evenly the classes occur, in bits
  classifier score  how sure the classifier is of each picture while all classes occur (as the Inception score)
  as asked          share of pictures of the class that was asked for, of a run or a set with classes";

const STOPPING: &str = "stopping: what is encoded is kept for the next time; Ctrl-C once more leaves at once";

impl Judge {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let workshop = self.device.workshop()?;
        if self.features.is_none() {
            note_usual(workshop.weights()?, voice);
        }
        let report = job::done(&self.request(), &workshop, STOPPING, voice)?;
        if let Some(path) = &self.report {
            voice.note(&format!("the page: {}", path.display()));
        }
        voice.result(&report, &in_words(&report))
    }

    fn request(&self) -> JudgeRequest {
        JudgeRequest {
            generated: run_named(&self.generated),
            against: run_named(&self.against),
            features: self.features.clone(),
            lpips: self.lpips.clone(),
            classes: self.classes,
            count: self.count,
            checkpoint: self.checkpoint.clone(),
            seed: self.seed,
            report: self.report.clone(),
            force: self.force,
        }
    }
}

/// Which network it is that nobody asked for, and how to have the other.
fn note_usual(weights: &Weights, voice: &Voice) {
    voice.note(match features::usual(weights) {
        "builtin" => {
            "features: builtin; for those that papers publish: impasto weights get inception (81 MB)"
        }
        _ => "features: inception, as in papers; much quicker, and good for comparisons: --features builtin",
    });
}

fn in_words(report: &Report) -> String {
    let protocol = &report.protocol;
    let verdict: Vec<&str> = report.verdict.iter().map(|finding| &finding.text[..]).collect();
    let sides = [("generated", &protocol.generated), ("real", &protocol.real)].map(|(name, side)| {
        let [width, height] = side.size;
        let about = format!("{}, {} of {width} x {height}", side.path, count(side.count as u64));
        vec![name.to_owned(), about]
    });
    [
        table(&sides),
        listed(&verdict),
        table(&figures(report)),
        modes(report),
        format!("made with:\n{}", indented(&made_with(report))),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join("\n\n")
}

fn made_with(report: &Report) -> String {
    let protocol = &report.protocol;
    let classes = report.modes.as_ref().map(|modes| &modes.protocol[..]);
    let lines = [&protocol.network[..], &protocol.pictures[..]].into_iter().chain(classes);
    listed(&lines.collect::<Vec<_>>())
}

/// The shares of so many classes are listed.
const LISTED: usize = 20;

/// What the classifier says, where it was asked.
fn modes(report: &Report) -> String {
    let Some(modes) = &report.modes else { return String::new() };
    let row = |figure: InWords| {
        vec![figure.name.to_owned(), figure.value, format!("real {}: {}", figure.real, figure.says)]
    };
    let mut rows: Vec<Vec<String>> = modes.in_words().into_iter().map(row).collect();
    if modes.kinds <= LISTED {
        let percent = |share: f64| format!("{:.1}%", 100.0 * share);
        rows.extend(modes.histogram.shares().map(|(name, [ours, theirs])| {
            vec![format!("  {name}"), percent(ours), format!("real {}", percent(theirs))]
        }));
    }
    format!("classes, as a classifier sees them:\n{}", indented(&table(&rows)))
}

/// A line for each figure: its name, its value, and what to compare it with.
fn figures(report: &Report) -> Vec<Vec<String>> {
    let f = &report.figures;
    let row = |name: &str, value: String, rest: String| vec![name.to_owned(), value, rest];
    let share = |name: &str, figure: &Figure, rest: &str| {
        let [from, to] = figure.interval;
        row(name, short(figure.value), format!("{} to {}{rest}", short(from), short(to)))
    };
    let both = |name: &str, both: impasto::judge::Both, what: &str| {
        row(name, short(both.generated), format!("real {}: {what}", short(both.real)))
    };
    let [from, to] = f.kid_interval;
    let expected = format!("; {} for as many real pictures", short(f.coverage_expected));
    let mut rows = vec![
        row("fid", f.fid.map_or_else(|| "-".into(), short), "lower is better".into()),
        row("kid", format!("{:.4}", f.kid), format!("{from:.4} to {to:.4}; lower is better")),
        share("precision", &f.precision, ": are they good?"),
        share("recall", &f.recall, ": are all kinds there?"),
        share("density", &f.density, ""),
        share("coverage", &f.coverage, &expected),
        both("diversity", f.diversity, "how far two pictures are apart"),
        both("repeats", f.repeats, "share with a twin in its own set"),
        both("roughness", f.roughness, "how much neighbouring pixels differ"),
        both("picture entropy", f.entropy.picture, "bits; how evenly a picture uses its tones"),
        both("  its spread", f.entropy.picture_spread, "how far pictures differ in that"),
        both("set entropy", f.entropy.set, "bits; how evenly the whole set uses them"),
    ];
    for (name, of) in [("clusters", Some(&f.clusters)), ("classes", f.classes.as_ref())] {
        rows.extend(of.map(|of| {
            let rest = format!(
                "entropy {} bits, real {}; divergence {} nats: falls when the model collapses",
                short(of.shares.generated_entropy),
                short(of.shares.real_entropy),
                short(of.shares.divergence)
            );
            row(name, format!("{}/{} at least once", of.shares.reached, of.shares.kinds), rest)
        }));
    }
    if let Some(seen) = &report.lpips {
        rows.push(both("lpips diversity", seen.diversity, "how unlike two pictures look"));
        let length =
            seen.path_length.map(|length| row("path length", short(length), "lower is smoother".into()));
        rows.extend(length);
        let of = format!("{} of {}", seen.copies.confirmed, seen.copies.looked_at);
        rows.push(row("lpips copies", of, "pictures taken for copies that look like copies".into()));
    }
    let of_real = format!("; of the real ones, beside each other: {}", short(f.originality.copies_of_real));
    rows.push(share("copies", &f.originality.copies, &of_real));
    rows.push(row("memorised", short(f.originality.memorised), "share of real pictures with a copy".into()));
    rows
}
