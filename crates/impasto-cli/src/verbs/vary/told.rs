//! What came of it, in words and as JSON.

use std::path::PathBuf;

use burn::tensor::Device;
use impasto::error::Result;
use impasto::measure::seam;
use impasto::picture::Origin;
use impasto::steer::{Eye, Kin};
use impasto::weights::Weights;
use impasto_data::Picture;
use serde::Serialize;

use super::{Made, Parent, Plan, Vary};
use crate::voice::Voice;
use crate::words::{counted, info_of, named, short};

/// What was made.
#[derive(Debug, Serialize)]
pub(super) struct Varied {
    method: &'static str,
    /// Why that way was taken.
    why: &'static str,
    run: Option<String>,
    strength: f64,
    children: Vec<Child>,
    sheet: Option<String>,
    /// Who measured: LPIPS where it was added, else the network that comes with the program.
    eye: &'static str,
    /// The mean distance of children from their parents,
    closeness: Option<f64>,
    /// and of children from each other.
    diversity: Option<f64>,
}

/// One child.
#[derive(Debug, Serialize)]
pub(super) struct Child {
    path: String,
    seed: u64,
    size: [usize; 2],
    /// The first is the one that it is most like.
    parents: Vec<Origin>,
    distance: f64,
    /// The jump of gradients along a collage's joins, before a run has painted it again, or after it has made one picture of
    /// it: about 1 can't be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    jump: Option<f64>,
    /// How visible the seam between copies of a tile is: about 1 can't be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    seam: Option<f64>,
}

impl Varied {
    pub(super) fn of(
        vary: &Vary,
        plan: Plan,
        parents: &[Parent],
        all: &[Made],
        places: &[PathBuf],
        run: Option<String>,
        device: &Device,
    ) -> Result<Self> {
        let eye = Eye::usual(&Weights::of_this_user()?, device)?;
        let families: Vec<(&Picture, &Picture)> =
            all.iter().map(|made| (&made.picture, &parents[made.parents[0]].picture)).collect();
        let kin = Kin::of(&eye, &families, device);
        let child = |((made, path), distance): ((&Made, &PathBuf), &f64)| Child {
            path: path.display().to_string(),
            seed: made.recipe.seed,
            size: [made.picture.width(), made.picture.height()],
            parents: made.parents.iter().map(|&parent| parents[parent].origin.clone()).collect(),
            distance: *distance,
            jump: made.jump,
            seam: vary.tileable.then(|| seam(&made.picture)),
        };
        let sheet = places.get(plan.count).filter(|_| !all.is_empty());
        Ok(Self {
            method: plan.method.name(),
            why: why(vary, parents.len()),
            run,
            strength: plan.strength,
            children: all.iter().zip(places).zip(&kin.from_parent).map(child).collect(),
            sheet: sheet.map(|path| path.display().to_string()),
            eye: eye.name(),
            closeness: kin.closeness(),
            diversity: kin.between,
        })
    }

    pub(super) fn tell(&self, voice: &Voice) -> Result<()> {
        voice.result(self, &self.in_words())
    }

    fn in_words(&self) -> String {
        let [first, .., last] = &self.children[..] else {
            return self
                .children
                .first()
                .map_or_else(|| "nothing was made".to_owned(), |one| self.with(&named(&one.path)));
        };
        self.with(&format!("{} to {}", named(&first.path), named(&last.path)))
    }

    fn with(&self, paths: &str) -> String {
        let children = counted(self.children.len(), "variation", "variations");
        let close =
            self.closeness.map_or_else(String::new, |far| format!("{} from the original", short(far)));
        let apart =
            self.diversity.map_or_else(String::new, |far| format!(", {} from each other", short(far)));
        let sheet =
            self.sheet.as_ref().map_or_else(String::new, |sheet| format!("\nsheet: {}", named(sheet)));
        let worst =
            |of: fn(&Child) -> Option<f64>| self.children.iter().filter_map(of).max_by(f64::total_cmp);
        let jump = worst(|child| child.jump).map_or_else(String::new, |jump| {
            format!("\njump of gradients along joins: {jump:.2} at most (1: no edge)")
        });
        let seam = worst(|child| child.seam).map_or_else(String::new, |seam| {
            format!("\nseam between copies: {seam:.2} at most (about 1: not seen)")
        });
        let recipe = self.children.first().map_or_else(String::new, |one| info_of(&one.path).to_string());
        format!(
            "{children} by {} ({}): {paths}\n{close}{apart} in {} features{jump}{seam}{sheet}\n\n\
             the originals of one: {recipe}",
            self.method, self.why, self.eye
        )
    }
}

fn why(vary: &Vary, parents: usize) -> &'static str {
    match () {
        () if vary.method.is_some() => "as asked for",
        () if vary.tileable => "the way to tiles",
        () if vary.run.is_some() => "with a run",
        () if parents > 1 => "several pictures, no run",
        () => "a single picture, no run",
    }
}
