//! Functions made of the exponential, without a branch and without a call, so that loops over them use vectors.

/// `tanh x` to within 2e-7.
///
/// With `e = exp(-2|x|) - 1` it is `-e / (e + 2)`, with the sign of `x`: nothing cancels near zero and nothing
/// overflows far from it.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let e = exp_minus_one(no_less(-2.0 * x.abs(), -32.0));
    (-e / (e + 2.0)).copysign(x)
}

/// `ln(1 + exp(x))`, to within 2e-7 where it is small and to within rounding where it is large.
///
/// It is `max(x, 0) + ln(1 + e)` with `e = exp(-|x|)`, and the logarithm is `2 artanh(e / (2 + e))`: of a number that
/// is at most a third, so its series is short.
#[inline(always)]
pub(crate) fn softplus(x: f32) -> f32 {
    let e = 1.0 + exp_minus_one(no_less(-x.abs(), -80.0));
    let s = e / (2.0 + e);
    let q = s * s;
    let tail = 1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0));
    let series = 1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * tail)));
    no_less(x, 0.0) + 2.0 * s * series
}

/// `1 / (1 + exp(-x))` to within 2e-7.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    0.5 + 0.5 * tanh(0.5 * x)
}

/// The larger of both, but what is not a number stays so.
#[inline(always)]
fn no_less(x: f32, least: f32) -> f32 {
    if x < least { least } else { x }
}

/// `exp(y) - 1` for `y` between -87 and 87.
///
/// `y = n ln 2 + r` with a whole `n` and `|r| <= ln(2) / 2`; the series of `exp(r) - 1` is cut after `r^7 / 7!`, which
/// leaves out less than 1e-8 of it.
#[inline(always)]
fn exp_minus_one(y: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to whole numbers and leaves `n` in the lowest bits.
    const SHIFT: f32 = 12_582_912.0;
    // ln 2 in two parts; the first has so few bits that its product with `n` is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let shifted = y * std::f32::consts::LOG2_E + SHIFT;
    let n = shifted - SHIFT;
    let r = (y - n * LN_2_HIGH) - n * LN_2_LOW;
    let tail = 1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0)));
    let series = r + r * r * (0.5 + r * (1.0 / 6.0 + r * tail));
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23); // 2^n
    power * series + (power - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every thousandth of all numbers there are, with both signs.
    fn all() -> impl Iterator<Item = f32> {
        (0..0x7f80_0000u32).step_by(997).map(f32::from_bits).flat_map(|x| [x, -x])
    }

    #[test]
    fn tanh_is_that_of_f64_over_the_whole_range() {
        for x in all() {
            let exact = f64::from(x).tanh();
            let error = (f64::from(tanh(x)) - exact).abs();
            assert!(error < 2e-7 && error < 5e-7 * exact.abs().max(1e-3), "tanh({x}) is off by {error}");
        }
        assert_eq!([tanh(f32::INFINITY), tanh(f32::NEG_INFINITY), tanh(0.0)], [1.0, -1.0, 0.0]);
        assert!(tanh(f32::NAN).is_nan() && tanh(-0.0).is_sign_negative());
    }

    #[test]
    fn softplus_and_sigmoid_are_those_of_f64_over_the_whole_range() {
        for x in all() {
            let wide = f64::from(x);
            let exact = wide.max(0.0) + (-wide.abs()).exp().ln_1p();
            let error = (f64::from(softplus(x)) - exact).abs();
            assert!(error < 2e-7 * exact.max(1.0), "softplus({x}) is off by {error}");
            let error = (f64::from(sigmoid(x)) - 1.0 / (1.0 + (-wide).exp())).abs();
            assert!(error < 2e-7, "sigmoid({x}) is off by {error}");
        }
        assert!(softplus(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan());
        assert_eq!(softplus(f32::INFINITY), f32::INFINITY);
    }
}
