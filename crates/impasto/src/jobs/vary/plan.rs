//! What will be done: what was asked for, or what fits what was given.

use impasto_data::Size;

use super::helper::Helper;
use super::{Choice, VaryMethod, VaryRequest};
use crate::collage::Join;
use crate::error::{Error, Hint, Result};

/// No side may be longer.
const LONGEST: usize = 16_384;
/// No more variations are made at once.
const MOST: usize = 1_000_000;

/// What will be done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) method: VaryMethod,
    pub(super) count: usize,
    pub(super) strength: f64,
    pub(super) join: Join,
    /// Whether latents are searched for.
    pub(super) searches: bool,
}

impl Plan {
    pub(super) fn of(request: &VaryRequest, originals: usize, helper: Option<&Helper>) -> Result<Self> {
        let method = method(request, originals, helper)?;
        let usual = if matches!(helper, Some(Helper::Harmoniser(_))) { Join::Hard } else { Join::Poisson };
        let is_another_shape = method == VaryMethod::Patches && request.size.is_some() && !request.tileable;
        let strength = request.strength.unwrap_or(if is_another_shape { 0.0 } else { 0.5 });
        let all_alike = method == VaryMethod::Patches && strength == 0.0;
        let plan = Self {
            method,
            count: request.count.unwrap_or(if all_alike { originals } else { 4 }),
            strength,
            join: request.join.unwrap_or(usual),
            searches: matches!(helper, Some(Helper::Painter(_))),
        };
        plan.check(request)?;
        Ok(plan)
    }

    /// Refuses what a way can't do.
    fn check(self, request: &VaryRequest) -> Result<()> {
        let name = self.method.name();
        let is_share = (0.0..=1.0).contains(&self.strength);
        if !is_share || !(1..=MOST).contains(&self.count) || request.steps == 0 {
            return Err(Error::usage(format!(
                "a strength is from 0 to 1, a count from 1 to {MOST}, and a search has at least one step"
            )));
        }
        if request.tileable && self.method != VaryMethod::Patches {
            let sentence = format!("tiles that close are made of patches, and the method is {name}");
            return Err(Error::usage(sentence).hint(Hint::unset("make no tiles", "tileable")));
        }
        if self.method == VaryMethod::Patches && request.run.is_some() {
            return Err(Error::usage("the method patches needs no run and uses none")
                .hint(Hint::unset("make them without the run", "run")));
        }
        if request.size.is_some() && self.searches {
            return Err(
                Error::usage("a run paints pictures of its own size").hint(Hint::unset("have that", "size"))
            );
        }
        match request.size {
            Some(Size { width, height })
                if !(1..=LONGEST).contains(&width.min(height)) || width.max(height) > LONGEST =>
            {
                Err(Error::usage(format!(
                    "size is {width}x{height}: each side must be from 1 to {LONGEST} pixels"
                )))
            }
            _ => Ok(()),
        }
    }
}

fn method(request: &VaryRequest, originals: usize, helper: Option<&Helper>) -> Result<VaryMethod> {
    Ok(match (request.method, helper) {
        (Some(VaryMethod::Latent), None) => {
            return Err(Error::usage("the method latent moves in what a run has learned, so it needs one")
                .hint(Hint::set("name one", "run", Some("RUN")))
                .hint(Hint::set("do it without", "method", Some("patches"))));
        }
        (Some(VaryMethod::Latent), Some(Helper::Harmoniser(_))) => {
            return Err(Error::usage(
                "this run makes one picture of a collage and has no latents to move in",
            )
            .hint(Hint::unset("have what it does", "method")));
        }
        (Some(method), _) => method,
        (None, None) if request.size.is_some() && originals == 1 => VaryMethod::Patches,
        (None, _) if request.tileable => VaryMethod::Patches,
        (None, Some(Helper::Painter(_))) => VaryMethod::Latent,
        (None, Some(Helper::Harmoniser(_))) => VaryMethod::Collage,
        (None, None) if originals > 1 => VaryMethod::Collage,
        (None, None) => VaryMethod::Patches,
    })
}
