//! Pictures made larger by a run that has learned it, as often as it takes.

use impasto_system::Span;

use impasto_data::Picture;

use super::{TranslateError, Translator, Way};

impl Translator {
    /// How often the run must do what it does until pictures are so many times as large.
    pub fn passes(&self, times: usize) -> Result<usize, TranslateError> {
        let own = self.given()?.times();
        passes(own, times).ok_or_else(|| TranslateError::Times {
            run: self.painter.run().name(),
            own,
            asked: times,
        })
    }

    /// Refuses a picture that the run can't make so many times as large: for its colours, or its size.
    pub fn check_enlarging(&self, name: &str, picture: &Picture, times: usize) -> Result<(), TranslateError> {
        self.passes(times)?;
        if picture.channels() == 4 && !self.knows_alpha() {
            let [run, recipe] = self.names();
            return Err(TranslateError::OnlyOpaque { picture: name.to_owned(), run, recipe });
        }
        let seen = self.in_its_colours(name, picture)?;
        self.input(name, &seen, Way::AsItIs).map(|_| ())
    }

    /// The picture, in the colours of its file, so many times as large on each side.
    pub fn enlarged(
        &self,
        name: &str,
        picture: &Picture,
        times: usize,
        span: &mut Span<'_>,
    ) -> Result<Picture, TranslateError> {
        let (own, passes) = (self.given()?.times(), self.passes(times)?);
        let mut made = picture.clone();
        for pass in 0..passes {
            let input = self.input(name, &self.in_its_colours(name, &made)?, Way::AsItIs)?;
            let [from, to] = [0.0, 1.0].map(|done| share(own, [pass, passes], done));
            let large = self.translate(input, &mut span.part(from..to))?;
            made = self.in_own_colours(&large, picture.channels());
        }
        Ok(made)
    }
}

/// Which power of `own` is `times`; at least the first.
fn passes(own: usize, times: usize) -> Option<usize> {
    (1..=times.ilog2() as usize).find(|&passes| own.pow(passes as u32) == times)
}

/// The share of all work when so much of a pass is done: each pass has the square of `own` times as many pixels as the one
/// before.
fn share(own: usize, [pass, passes]: [usize; 2], of_pass: f64) -> f64 {
    let until = |pass: usize| (0..pass).map(|pass| ((own * own) as f64).powi(pass as i32)).sum::<f64>();
    (until(pass) + of_pass * (until(pass + 1) - until(pass))) / until(passes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_times_is_twice_twice_and_twice_is_no_part_of_four() {
        assert_eq!(
            [(2, 2), (2, 4), (4, 4), (4, 2)].map(|(own, times)| passes(own, times)),
            [Some(1), Some(2), Some(1), None]
        );
        let shares = [[0, 2], [1, 2]].map(|pass| share(2, pass, 1.0));
        assert_eq!(shares, [0.2, 1.0]);
    }
}
