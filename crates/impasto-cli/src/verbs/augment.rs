//! `impasto augment`: a labelled synthetic set to train classifiers on, without copies.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::AugmentRequest;
use impasto::shell::Command;
use impasto::synthetic::{Ended, Set};

use crate::job;
use crate::painting::Brush;
use crate::verbs::sample::{one_or_more, truncation};
use crate::voice::Voice;
use crate::words::{count, counted, indented, named, short, table};

/// Paint a labelled set to train classifiers on, without copies of the training pictures
///
/// Pictures go into a folder for each class, the same number of every class (where it does not divide, the first ones get
/// one more). Each file is named by its seed and carries its recipe: `impasto sample RUN --seed S --count 1` paints it again.
///
/// Refused are pictures that are nearer to a training picture, or to its mirror image, than all but 1% of the training
/// pictures are to each other (as `impasto judge` finds copies, on builtin features), and pictures that repeat another one
/// of the set (half that distance). The next seed of the class takes their place. The training pictures must still be
/// where the run found them.
///
/// augment.json beside the classes says what was done. Whether such a set helps a classifier is not certain: measure it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Augment {
    /// The run to paint from; trained with --conditional, or the pictures have no labels
    run: PathBuf,
    /// The folder for it; it must be empty or not there yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many pictures, of all classes together
    #[arg(long, value_name = "N", value_parser = one_or_more)]
    count: usize,
    /// So many of each class, and not together
    #[arg(long)]
    per_class: bool,
    /// Also copy these real pictures in (real-*.png), at the run's size and by their classes: a labelled folder, an archive,
    /// a set
    #[arg(long, value_name = "REAL")]
    with: Option<PathBuf>,
    /// The first seed; the next ones count up from it
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Below 1: safer pictures, less variety
    #[arg(long, default_value_t = 1.0, value_name = "T", value_parser = truncation)]
    truncation: f64,
    /// Replace a set that augment wrote into this folder before
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    brush: Brush,
}

const EXAMPLES: &str = "\
Examples:
  impasto augment runs/mine --out synthetic --count 1000
  impasto augment runs/mine --out both --count 200 --per-class --with my-pictures
  impasto augment runs/mine --out safer --count 1000 --truncation 0.7 --checkpoint last
  impasto data check synthetic";

const STOPPING: &str =
    "stopping: what is painted is a whole set and kept; Ctrl-C once more leaves at once, without it";

impl Augment {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let report = job::done(&self.request(), &self.brush.workshop()?, STOPPING, voice)?;
        voice.result(&report, &self.in_words(&report.set))
    }

    fn request(&self) -> AugmentRequest {
        AugmentRequest {
            run: self.brush.request(&self.run),
            out: self.out.clone(),
            count: self.count,
            per_class: self.per_class,
            with: self.with.clone(),
            seed: self.seed,
            truncation: self.truncation,
            force: self.force,
        }
    }

    fn in_words(&self, set: &Set) -> String {
        let pictures = counted(set.pictures, "picture", "pictures");
        let stopped = match set.ended {
            Ended::Stopped => format!(" (stopped: {} were asked for)", count(set.asked)),
            _ => String::new(),
        };
        let real = match set.real {
            0 => String::new(),
            number => format!(", and {}", counted(number, "real one", "real ones")),
        };
        let compared = format!(
            "compared with {} of {}; nearer than {} is a copy",
            counted(set.compared.pictures, "training picture", "training pictures"),
            named(&set.compared.path),
            short(set.compared.threshold)
        );
        let parts = [
            format!("{}: {pictures}{real}{stopped}", named(self.out.display())),
            classes(set),
            format!("{}\n{compared}", refused(set)),
            format!("next: {}", Command::new("data check").path(&self.out)),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    }
}

/// The classes that are listed.
const LISTED: usize = 20;

fn classes(set: &Set) -> String {
    if set.classes.len() > LISTED || set.classes.iter().all(|class| class.name.is_empty()) {
        return String::new();
    }
    let rows: Vec<Vec<String>> = set
        .classes
        .iter()
        .map(|class| {
            let real = if class.real > 0 { format!("and {} real", count(class.real)) } else { String::new() };
            vec![class.name.clone(), count(class.pictures), real]
        })
        .collect();
    indented(&table(&rows))
}

/// `refused: 3 copies of training pictures, 1 that repeats another one`.
fn refused(set: &Set) -> String {
    format!(
        "refused: {} of training pictures, {} another one",
        counted(set.refused.copies, "copy", "copies"),
        counted(set.refused.repeats, "that repeats", "that repeat")
    )
}
