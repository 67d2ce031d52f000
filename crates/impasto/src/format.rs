//! Numbers in words: counts, times, sizes and losses, as people read them.

/// `12345` as `12,345`.
pub fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 picture`, `2 pictures`, `2 classes`.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Seconds as `1h 02m`, `3m 20s` or `12s`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 if seconds < 9.95 && seconds.fract() != 0.0 => format!("{seconds:.1}s"),
        0..60 => format!("{whole}s"),
        60..3600 => format!("{}m {:02}s", whole / 60, whole % 60),
        _ => format!("{}h {:02}m", whole / 3600, whole % 3600 / 60),
    }
}

/// Bytes as `12 B`, `1.2 kB`, `34 MB`.
pub fn bytes(number: u64) -> String {
    let (mut value, mut unit) = (number as f64, "B");
    for larger in ["kB", "MB", "GB", "TB"] {
        if value < 999.5 {
            break;
        }
        (value, unit) = (value / 1000.0, larger);
    }
    if unit == "B" || value >= 9.95 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

/// A rate such as pictures in a second: `0.31`, `4.2`, `1,234`.
pub fn rate(value: f64) -> String {
    match value {
        v if !v.is_finite() => "-".into(),
        v if v < 1.0 => format!("{v:.2}"),
        v if v < 10.0 => format!("{v:.1}"),
        v => count(v.round() as u64),
    }
}

/// A loss in few digits.
pub fn short(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => value.to_string(),
        size if size != 0.0 && !(1e-3..1e5).contains(&size) => format!("{value:.2e}"),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(0u64), "0");
        assert_eq!(count(999u64), "999");
        assert_eq!(count(1_234_567u64), "1,234,567");
        assert_eq!(counted(1, "class", "classes"), "1 class");
        assert_eq!(counted(1200, "class", "classes"), "1,200 classes");
    }

    #[test]
    fn times_and_sizes_are_short() {
        assert_eq!(duration(0.25), "0.2s");
        assert_eq!(duration(8.0), "8s");
        assert_eq!(duration(59.4), "59s");
        assert_eq!(duration(200.0), "3m 20s");
        assert_eq!(duration(3720.0), "1h 02m");
        assert_eq!(bytes(12), "12 B");
        assert_eq!(bytes(1_234), "1.2 kB");
        assert_eq!(bytes(34_000_000), "34 MB");
        assert_eq!(rate(1234.4), "1,234");
        assert_eq!([0.0, 0.5, 123.4, 1e9, f64::NAN].map(short), ["0.000", "0.500", "123", "1.00e9", "NaN"]);
    }
}
