//! Classes by name, also several at a time.

use crate::paint::{PaintError, Painter, only};

/// The weights of `rose`, or of `rose:0.7,daisy:0.3`, among a run's classes: they add up to 1.
pub(crate) fn weights(painter: &Painter, text: &str) -> Result<Vec<f32>, PaintError> {
    let count = painter.classes().len();
    let as_a_whole = painter.class_number(text);
    if as_a_whole.is_ok() || !text.contains([',', ':']) {
        return as_a_whole.map(|class| only(class, count));
    }
    let mut sums = vec![0.0; count];
    for part in text.split(',') {
        let (name, weight) = named(part)?;
        sums[painter.class_number(name)?] += weight;
    }
    let total: f64 = sums.iter().sum();
    if !(total.is_finite() && total > 0.0) {
        return Err(bad(text, "the weights must add up to more than 0"));
    }
    Ok(sums.iter().map(|sum| (sum / total) as f32).collect())
}

/// A class and its weight; 1 where none is said.
fn named(part: &str) -> Result<(&str, f64), PaintError> {
    let Some((name, weight)) = part.rsplit_once(':') else { return Ok((part.trim(), 1.0)) };
    match weight.trim().parse::<f64>() {
        Ok(weight) if weight.is_finite() && weight >= 0.0 => Ok((name.trim(), weight)),
        _ => Err(bad(part, "a weight must be a number from 0 on")),
    }
}

fn bad(text: &str, why: &'static str) -> PaintError {
    PaintError::BadClasses { text: text.to_owned(), why }
}
