//! What the figures of a classifier say.

use super::Modes;
use crate::judge::classifier::TRUSTED;
use crate::judge::verdict::{Finding, Matter};

/// Missing classes that are named in a sentence.
const NAMED: usize = 12;

/// A figure in words: its name, its value, what to compare it with, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InWords {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// The same for real pictures.
    pub real: String,
    /// One sentence.
    pub says: &'static str,
}

impl Modes {
    /// Every figure with what it says.
    pub fn in_words(&self) -> Vec<InWords> {
        let tell = |name, value: String, real: String, says| InWords { name, value, real, says };
        let percent = |share: f64| format!("{:.1}%", 100.0 * share);
        let number = |value: f64| format!("{value:.3}");
        let mut all = vec![
            tell(
                "modes",
                format!("{} of {}", self.hit, self.kinds),
                format!("{:.1}", self.hit_expected),
                "classes that at least one picture shows; beside it, how many as many real pictures show",
            ),
            tell(
                "mode divergence",
                number(self.divergence),
                number(self.divergence_expected),
                "KL(generated || real) in nats: how far the shares of the classes are from the real ones; 0 is best",
            ),
            tell(
                "mode entropy",
                number(self.entropy.generated),
                number(self.entropy.real),
                "bits: how evenly the classes occur; it falls when a model keeps to a few of them",
            ),
            tell(
                "classifier score",
                number(self.score.generated),
                number(self.score.real),
                "how sure the classifier is of each picture while all classes occur: 1 is worst, the number of classes best",
            ),
        ];
        all.extend(self.as_asked.map(|share| {
            tell(
                "as asked",
                percent(share),
                percent(self.as_asked_expected),
                "share of pictures that show the class they were asked for; beside it, as the classifier sees real pictures that it has not learned",
            )
        }));
        all
    }

    /// What is to be said about missing classes, if there are any.
    pub(in crate::judge) fn finding(&self) -> Option<Finding> {
        let missing = self.missing.len();
        if missing == 0 {
            return None;
        }
        let mut names: Vec<&str> = self.missing.iter().take(NAMED).map(String::as_str).collect();
        let more = format!("{} more", missing.saturating_sub(NAMED));
        if missing > NAMED {
            names.push(&more);
        }
        let (last, others) = names.split_last()?;
        let listed =
            if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) };
        let doubt = match self.classifier.accuracy < TRUSTED {
            true => format!(
                " (by a classifier that is right only {:.0}% of the time)",
                100.0 * self.classifier.accuracy
            ),
            false => String::new(),
        };
        Some(Finding {
            matter: Matter::MissingClasses,
            text: format!(
                "{missing} of {} classes are missing or nearly: {listed}; each has less than a tenth of its real share{doubt}",
                self.kinds
            ),
        })
    }
}
