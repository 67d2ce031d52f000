//! The alarm for mode collapse: a generator that paints nearly the same picture whatever it is given.
//!
//! Every look compares a generated sheet with a real one of the same number of pictures, by diversity and by entropy
//! of position, as fractions of the real ones. Models begin with almost no variety, so a low look only counts once the
//! sheets have been varied, or when that hasn't happened for so long that it should have.

/// Watches the variety of generated sheets.
#[derive(Debug, Clone, PartialEq)]
pub struct CollapseWatch {
    real_diversity: f64,
    real_entropy: f64,
    looks: u64,
    low_in_a_row: u64,
    has_been_varied: bool,
    is_sounding: bool,
}

impl CollapseWatch {
    /// A look is low when diversity or entropy is below this fraction of the real one.
    pub const LOW: f64 = 0.3;
    /// Sheets are varied when both are at least this fraction of the real ones.
    pub const VARIED: f64 = 0.5;
    /// So many low looks in a row raise the alarm.
    pub const PATIENCE: u64 = 3;
    /// After so many looks low ones count even if the sheets have never been varied.
    pub const WARM_UP: u64 = 20;

    /// A watch that compares with a real sheet's diversity and entropy of position. Where the real pictures have no
    /// variety themselves, it never raises an alarm.
    pub fn new(real_diversity: f64, real_entropy: f64) -> Self {
        Self {
            real_diversity,
            real_entropy,
            looks: 0,
            low_in_a_row: 0,
            has_been_varied: false,
            is_sounding: false,
        }
    }

    /// Takes a look at a generated sheet of as many pictures. An alarm is raised once; it can be raised again after
    /// the sheets have been varied in between. What isn't finite is no look: other alarms are for that.
    pub fn look(&mut self, diversity: f64, entropy: f64) -> Option<String> {
        if !(diversity.is_finite() && entropy.is_finite()) {
            return None;
        }
        let least = fraction(diversity, self.real_diversity).min(fraction(entropy, self.real_entropy));
        self.looks += 1;
        if least >= Self::VARIED {
            (self.has_been_varied, self.is_sounding) = (true, false);
        }
        let counts = self.has_been_varied || self.looks > Self::WARM_UP;
        self.low_in_a_row = if least < Self::LOW && counts { self.low_in_a_row + 1 } else { 0 };
        if self.low_in_a_row < Self::PATIENCE || self.is_sounding {
            return None;
        }
        self.is_sounding = true;
        Some(self.in_words(diversity, entropy))
    }

    /// What must be kept for an exact resume; whole numbers all.
    pub fn state(&self) -> Vec<f64> {
        let flag = |is: bool| f64::from(u8::from(is));
        vec![self.looks as f64, self.low_in_a_row as f64, flag(self.has_been_varied), flag(self.is_sounding)]
    }

    /// Goes on from a kept state; false, and unchanged, when it isn't one.
    pub fn restore(&mut self, state: &[f64]) -> bool {
        let &[looks, low_in_a_row, has_been_varied, is_sounding] = state else { return false };
        (self.looks, self.low_in_a_row) = (looks as u64, low_in_a_row as u64);
        (self.has_been_varied, self.is_sounding) = (has_been_varied != 0.0, is_sounding != 0.0);
        true
    }

    fn in_words(&self, diversity: f64, entropy: f64) -> String {
        let percent = |value, of_real| 100.0 * fraction(value, of_real).min(10.0);
        format!(
            "the painted pictures have become nearly alike: their diversity is {:.0}% and their entropy {:.0}% of the real \
             ones', too low for {} looks in a row",
            percent(diversity, self.real_diversity),
            percent(entropy, self.real_entropy),
            self.low_in_a_row
        )
    }
}

/// Where there is nothing to compare with, nothing is too low.
fn fraction(value: f64, of_real: f64) -> f64 {
    if of_real > 0.0 { value / of_real } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the looks that raised an alarm, for fractions of the real diversity.
    fn alarms(watch: &mut CollapseWatch, fractions: &[f64]) -> Vec<usize> {
        let looks = fractions.iter().enumerate();
        looks.filter_map(|(number, f)| watch.look(0.3 * f, 2.0 * f).map(|_| number)).collect()
    }

    fn watch() -> CollapseWatch {
        CollapseWatch::new(0.3, 2.0)
    }

    #[test]
    fn a_fall_that_lasts_raises_one_alarm() {
        assert_eq!(alarms(&mut watch(), &[0.1, 0.6, 0.9, 0.2, 0.2, 0.2, 0.1, 0.1]), [5]);
    }

    #[test]
    fn a_short_dip_and_a_slow_beginning_raise_none() {
        assert!(alarms(&mut watch(), &[0.6, 0.2, 0.2, 0.4, 0.2, 0.2, 0.8]).is_empty());
        assert!(alarms(&mut watch(), &[0.01; 20]).is_empty());
    }

    #[test]
    fn sheets_that_never_become_varied_raise_it_after_the_warm_up() {
        assert_eq!(alarms(&mut watch(), &[0.01; 40]), [22]);
    }

    #[test]
    fn after_a_recovery_it_can_be_raised_again() {
        assert_eq!(alarms(&mut watch(), &[0.9, 0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1]), [3, 7]);
    }

    #[test]
    fn low_entropy_alone_is_enough() {
        let mut watch = watch();
        assert!(watch.look(0.3, 2.0).is_none());
        assert!((0..3).filter_map(|_| watch.look(0.3, 0.1)).count() == 1);
    }

    #[test]
    fn real_pictures_without_variety_and_numbers_that_are_not_finite_raise_none() {
        assert!(alarms(&mut CollapseWatch::new(0.0, 0.0), &[0.0; 50]).is_empty());
        assert!(alarms(&mut watch(), &[f64::NAN; 50]).is_empty());
    }

    #[test]
    fn the_alarm_says_what_happened() {
        let mut watch = watch();
        let told = [0.3, 0.03, 0.03, 0.03].into_iter().filter_map(|d| watch.look(d, 2.0)).next().unwrap();
        assert!(["10%", "100%", "3 looks"].iter().all(|part| told.contains(part)), "{told}");
    }

    #[test]
    fn a_watch_goes_on_from_its_state_anywhere() {
        let fractions = [0.1, 0.6, 0.2, 0.2, 0.2, 0.2, 0.9, 0.1, 0.1, 0.1];
        for cut in 0..fractions.len() {
            let mut first = watch();
            let mut raised = alarms(&mut first, &fractions[..cut]);
            let mut second = watch();
            assert!(second.restore(&first.state()));
            assert_eq!(second, first);
            raised.extend(alarms(&mut second, &fractions[cut..]).into_iter().map(|number| number + cut));
            assert_eq!(raised, [4, 9], "cut at {cut}");
        }
        assert!(!watch().restore(&[1.0]));
    }
}
