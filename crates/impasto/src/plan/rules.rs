//! The rules: each is one function that chooses one setting and says why.

use impasto_data::{Channels, Crop, Glance, Size};
use impasto_nn::Precision;
use toml::Value;

use super::machine::Machine;

/// A setting, its value, and why.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) key: &'static str,
    pub(super) value: Value,
    pub(super) reason: String,
}

fn choice(key: &'static str, value: impl Into<Value>, reason: impl Into<String>) -> Choice {
    Choice { key, value: value.into(), reason: reason.into() }
}

/// Classes are learned when there are this many, each with so many pictures: with fewer a class is learned by heart.
const CLASSES: std::ops::RangeInclusive<usize> = 2..=100;
const FEWEST_OF_A_CLASS: usize = 50;
/// Pictures in a step, of many: more make fewer steps in the same time, fewer make steps that are less sure of their way.
const BATCH: usize = 32;
/// The same of few, of which each is soon seen again.
const BATCH_OF_FEW: usize = 16;
/// A critic learns fewer pictures than this by heart within an hour, ...
const FEW: usize = 5_000;
/// ... and more than this not within a night.
const MANY: usize = 20_000;
/// The sign of the painter's critic on pairs of which it knows none by heart is about 0.72 (MNIST, Fashion-MNIST). That it
/// is kept at 0.6 suits few pictures, which augmentation helps in any case.
const BY_HEART: f64 = 0.75;
/// A picture that is shown so often is known by heart, whatever augmentation does to it.
const TOO_OFTEN: u64 = 2_000;
/// Where at least one picture in so many has another shape than it will be learned in, that is worth a thought.
const MOST_OF_ANOTHER_SHAPE: usize = 8;
/// The sides that are usual: they halve evenly.
const USUAL: [usize; 7] = [32, 48, 64, 96, 128, 192, 256];
/// The smallest side that a recipe takes.
const SMALLEST: usize = 8;
/// Steps of so many pictures after which pictures of up to 64 pixels are worth seeing.
const STEPS: f64 = 10_000.0;
const STEPS_OF: f64 = 64.0;
/// The share of all pictures seen after which penalty and rate of the painter have come down: the rest polishes.
const BURN_IN: f64 = 0.8;

/// Everything that depends on the pictures, the processor and the shape that pictures will have.
pub(super) fn of_pictures(glance: &Glance, machine: &Machine, shape: Size) -> Vec<Choice> {
    let mut choices = vec![channels(glance), conditional(glance), batch(glance), precision(machine)];
    choices.extend(crop(glance, shape));
    choices.extend(augmentation(glance));
    choices.push(flip(glance));
    choices
}

/// Transparency where most pictures have it: it can be laid over any background later. Grey when all of it is grey.
fn channels(glance: &Glance) -> Choice {
    let (channels, reason) = match (glance.transparent, glance.colour) {
        (true, _) => (Channels::Rgba, "most pictures are transparent somewhere"),
        (false, true) => (Channels::Rgb, "there is colour in the pictures"),
        (false, false) => (Channels::Grey, "all pictures are grey"),
    };
    choice("channels", channels.to_string(), reason)
}

/// What lies on a plain or transparent ground is seldom in its middle, and more ground around it does no harm: there all of each
/// picture is kept. Elsewhere padding would be learned as a frame.
fn crop(glance: &Glance, shape: Size) -> Vec<Choice> {
    let others = glance.of_another_shape([shape.width, shape.height]);
    let said = format!("{others} of {} pictures have another shape", glance.pictures);
    let is_plain = glance.transparent || glance.ground.is_some();
    if glance.fixed || MOST_OF_ANOTHER_SHAPE * others < glance.pictures {
        return vec![choice("crop", Crop::Center.to_string(), "nearly all pictures have this shape")];
    }
    if !is_plain {
        let reason = format!("{said}: the middle of each is learned (--crop fit keeps all of it)");
        return vec![choice("crop", Crop::Center.to_string(), reason)];
    }
    let reason = format!("{said}, on a plain ground: all of each is kept");
    let colour = glance.ground.filter(|_| !glance.transparent);
    let background = colour.map(|colour| {
        let colour: Vec<Value> = colour.into_iter().map(|part| i64::from(part).into()).collect();
        choice("background", colour, "the ground that most pictures lie on")
    });
    [choice("crop", Crop::Fit.to_string(), reason)].into_iter().chain(background).collect()
}

fn conditional(glance: &Glance) -> Choice {
    let count = glance.classes.len();
    let fewest = glance.classes.values().min().copied().unwrap_or(0);
    let reason = match () {
        () if count == 0 => "the pictures have no classes".to_owned(),
        () if !CLASSES.contains(&count) => format!("{count} classes are too many to learn by name"),
        () if fewest < FEWEST_OF_A_CLASS => {
            format!("the smallest class has {fewest} pictures, fewer than {FEWEST_OF_A_CLASS}")
        }
        () => format!("{count} classes with at least {fewest} pictures each"),
    };
    choice("conditional", CLASSES.contains(&count) && fewest >= FEWEST_OF_A_CLASS, reason)
}

/// Halved until it is smaller than the set.
fn batch(glance: &Glance) -> Choice {
    let (usual, reason) = match glance.pictures {
        0..FEW => (BATCH_OF_FEW, "few pictures are learned sooner in many small steps"),
        _ => (BATCH, "many small steps learn more in the same time than few large ones"),
    };
    let mut batch = usual;
    while batch > 2 && batch >= glance.pictures {
        batch /= 2;
    }
    choice("batch", batch as i64, if batch == usual { reason } else { "smaller than the set" })
}

fn precision(machine: &Machine) -> Choice {
    let quickest = machine.quickest;
    let reason = match quickest {
        Precision::Bf16 => "this processor multiplies it faster, and the painter learns alike",
        Precision::F32 => "this processor multiplies nothing else clearly faster",
    };
    choice("precision", quickest.name(), reason)
}

/// Settings of augmentation; left out where the recipe has none.
fn augmentation(glance: &Glance) -> Vec<Choice> {
    let count = glance.pictures;
    let mut choices = match count {
        0..FEW => {
            let reason = format!("fewer than {FEW} pictures are soon learned by heart");
            vec![choice("augment", "adaptive", reason)]
        }
        FEW..MANY => {
            let reason = "only if the critic learns the pictures by heart";
            let target = choice("augment_target", BY_HEART, "above it the critic learns them by heart");
            vec![choice("augment", "adaptive", reason), choice("augment_strength", 0.0, reason), target]
        }
        _ => {
            let reason = format!("{MANY} pictures and more are not learned by heart");
            return vec![choice("augment", "off", reason)];
        }
    };
    if glance.transparent || glance.ground.is_some() {
        let behind = if glance.transparent { "transparent" } else { "most" };
        let reason = format!("behind {behind} pictures lies one colour, and paintings would take on others");
        choices.push(choice("augment_colour", 0.0, reason));
    }
    choices
}

/// Only of coloured pictures that are not many; never of what may be letters.
fn flip(glance: &Glance) -> Choice {
    let (flip, reason) = match () {
        () if may_be_letters(glance) => {
            (false, "they may be letters or digits, which mean something else mirrored")
        }
        () if !glance.colour => {
            (false, "grey pictures may be drawings or writing: mirrored only if asked (--flip)")
        }
        () if glance.pictures >= MANY => (false, "there are pictures enough"),
        () => (true, "mirrored pictures are as good, and there are twice as many"),
    };
    choice("flip", flip, reason)
}

fn may_be_letters(glance: &Glance) -> bool {
    let is_sign = |name: &String| name.chars().count() <= 2 || name.parse::<f64>().is_ok();
    (glance.fixed && !glance.colour) || (!glance.classes.is_empty() && glance.classes.keys().all(is_sign))
}

/// The sides that are worth a thought, the smallest first: the set's own where its format fixes it, else usual ones that
/// are not above the picture in the middle: its shorter side where it is cropped, its longer one where all of it is kept.
pub(super) fn sides(glance: &Glance, crop: Crop) -> Vec<usize> {
    let (width, height) = glance.usual_size();
    let side = if crop == Crop::Fit { glance.median_longer_side() } else { glance.median_side() };
    match side {
        _ if glance.fixed => vec![width.max(height).max(SMALLEST)],
        0..28 => vec![(side / 4 * 4).max(SMALLEST)],
        28..32 => vec![28],
        _ => USUAL.into_iter().filter(|usual| *usual <= side).collect(),
    }
}

/// The presets of `painter` for a side, the quickest first. Large pictures need the wider ones; where the side is asked for,
/// a narrow one is better than one that learns nothing in the time.
pub(super) fn presets(side: usize, is_asked: bool) -> &'static [&'static str] {
    match side {
        _ if is_asked => &["tiny", "small", "base"],
        0..=64 => &["tiny", "small", "base"],
        65..=128 => &["small", "base"],
        _ => &["base"],
    }
}

/// Steps that pictures of this side need at least; larger ones have more to be learned. Steps of a quarter of the pictures
/// need to be twice as many, so they see half as many pictures.
pub(super) fn steps_needed(side: usize, batch: usize) -> f64 {
    let steps = STEPS * (side as f64 / 64.0).max(1.0) * (STEPS_OF / batch as f64).sqrt();
    (steps / 1000.0).ceil() * 1000.0
}

/// In thousands of pictures.
pub(super) fn burn_in(images: u64) -> Choice {
    let thousands = BURN_IN * images as f64 / 1000.0;
    let scale = 10f64.powf(2.0 - thousands.max(1e-9).log10().floor());
    choice("burn_in", (thousands * scale).round() / scale, "most of the pictures that it will see")
}

/// What to say where each picture would be shown so often that it is learned by heart.
pub(super) fn by_heart(images: u64, pictures: usize) -> Option<String> {
    let times = images / pictures.max(1) as u64;
    (times >= TOO_OFTEN).then(|| {
        format!(
            "each of the {pictures} pictures would be shown about {} times, and be learned by heart rather than varied: \
             show more pictures or train for less time; `impasto vary` makes variations of a few pictures without training",
            approximately(times)
        )
    })
}

/// To two digits.
fn approximately(number: u64) -> u64 {
    let unit = 10u64.pow(number.max(1).ilog10().saturating_sub(1));
    number / unit * unit
}

/// A sheet every two minutes and a checkpoint every five; of long trainings fewer, of short ones four in all.
pub(super) fn intervals(step_seconds: f64, seconds: f64) -> [Choice; 2] {
    let every = |usual: f64, most: f64| {
        let between = usual.max(seconds / most).min(seconds / 4.0);
        round(between / step_seconds.max(1e-9)) as i64
    };
    [
        choice("sample_every", every(120.0, 60.0), "a sheet every few minutes"),
        choice("checkpoint_every", every(300.0, 30.0), "little is lost when the machine stops"),
    ]
}

/// 1, 2 or 5, and zeros: not above the number, but 1 at least.
fn round(number: f64) -> f64 {
    let tens = 10f64.powf(number.max(1.0).log10().floor());
    let digit = [5.0, 2.0].into_iter().find(|digit| digit * tens <= number).unwrap_or(1.0);
    digit * tens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_any_number_of_pictures_are_needed() {
        let of_64_pixels = [16, 64, 100_000].map(|batch| steps_needed(64, batch));
        assert_eq!(of_64_pixels, [20_000.0, 10_000.0, 1_000.0]);
        assert_eq!(steps_needed(96, 64), 15_000.0);
    }

    #[test]
    fn intervals_are_round_numbers() {
        assert_eq!(
            [0.2, 1.0, 4.9, 5.0, 19.0, 387.0, 2000.0].map(round),
            [1.0, 1.0, 2.0, 5.0, 10.0, 200.0, 2000.0]
        );
        let [sheet, checkpoint] = intervals(0.3, 3600.0);
        assert_eq!((sheet.value.as_integer(), checkpoint.value.as_integer()), (Some(200), Some(1000)));
        let [sheet, _] = intervals(0.3, 1.0);
        assert_eq!(sheet.value.as_integer(), Some(1));
    }
}
