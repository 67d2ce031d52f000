//! A plan in words.

use super::{Bound, Plan};
use crate::format::{count, counted, rate};

impl Plan {
    /// It in three lines: what, why, how long.
    pub fn lines(&self) -> [String; 3] {
        [what(self), why(self), time(self)]
    }
}

fn what(plan: &Plan) -> String {
    let pictures = &plan.pictures;
    let others = if pictures.sizes > 1 { " and other sizes" } else { "" };
    let classes = match pictures.classes {
        0 => String::new(),
        number => format!(" in {}", counted(number, "class", "classes")),
    };
    let by_class = if setting(plan, "conditional") == "true" { ", by class" } else { "" };
    let size = setting(plan, "size");
    let size = if size.contains('x') { size } else { format!("{size}x{size}") };
    let shape = match (pictures.of_another_shape, setting(plan, "crop").as_str()) {
        (0, _) => "",
        (_, "fit") => ", all of each",
        (_, "random") => ", a window of each",
        _ => ", the middle of each",
    };
    format!(
        "plan: {} of {}x{}{others}{classes} -> {size} {}{shape}{by_class}",
        counted(pictures.count, "picture", "pictures"),
        pictures.width,
        pictures.height,
        setting(plan, "channels")
    )
}

fn why(plan: &Plan) -> String {
    let threads = plan.machine.threads;
    let bound = match plan.bound {
        Bound::Asked => "size and preset are as asked",
        Bound::Pictures => "these pictures need no more",
        Bound::Time => "anything larger would make too few passes over your pictures in this time",
        Bound::Memory => "anything larger would not fit into the memory",
    };
    format!(
        "why:  {} {} {} steps a second of {} {} at {}, {} pictures each; {bound}",
        counted(threads, "thread", "threads"),
        if threads == 1 { "does" } else { "do" },
        rate(1.0 / plan.step_seconds.max(1e-9)),
        setting(plan, "recipe"),
        setting(plan, "preset"),
        setting(plan, "size"),
        setting(plan, "batch")
    )
}

fn time(plan: &Plan) -> String {
    let sheet = setting(plan, "sample_every").parse::<f64>().unwrap_or(0.0) * plan.step_seconds;
    let first =
        if sheet > 0.0 { format!("; the first sheet after {}", in_words(sheet)) } else { String::new() };
    let steps = if plan.steps == 1 { "1 step".to_owned() } else { format!("{} steps", about(plan.steps)) };
    format!("time: {}, {steps}{first}. Stop with Ctrl-C whenever you like it", in_words(plan.seconds))
}

/// A setting as it stands in the plan, planned or asked for.
fn setting(plan: &Plan, key: &str) -> String {
    let value = plan.settings.get(key);
    value.map_or_else(String::new, |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// `about 11,500`: as exact as a plan is.
fn about(number: u64) -> String {
    match number {
        0..100 => number.to_string(),
        _ => {
            let unit = 10u64.pow(number.ilog10() - 2) * 5;
            format!("about {}", count(number.saturating_add(unit / 2) / unit * unit))
        }
    }
}

/// `40 seconds`, `2 minutes`, `3.5 hours`.
fn in_words(seconds: f64) -> String {
    let (number, unit) = match seconds {
        0.0..90.0 => (seconds.max(1.0), "second"),
        90.0..5430.0 => (seconds / 60.0, "minute"),
        _ => (seconds / 3600.0, "hour"),
    };
    let number = if number < 9.5 && unit == "hour" { (number * 10.0).round() / 10.0 } else { number.round() };
    format!("{number} {unit}{}", if number == 1.0 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Precision;
    use crate::config::Request;
    use crate::plan::{Machine, plan};
    use impasto_data::Glance;

    fn lines_of(set: &[&str], step_seconds: f64) -> [String; 3] {
        let classes = ["anemone", "bellflower", "chicory"].map(|name| (name.to_owned(), 400));
        let glance = Glance {
            pictures: 1200,
            sizes: [((512, 512), 1200)].into(),
            classes: classes.into(),
            colour: true,
            ..Glance::default()
        };
        let machine = Machine { threads: 2, quickest: Precision::F32, memory: None };
        let request =
            Request { set: set.iter().map(|text| text.to_string()).collect(), ..Request::default() };
        plan(&request, &glance, &machine, &mut |_| Ok(step_seconds)).unwrap().1.lines()
    }

    #[test]
    fn a_plan_is_told_in_three_lines() {
        let [what, why, time] = lines_of(&["size=64", "preset=tiny"], 0.3125);
        assert_eq!(what, "plan: 1,200 pictures of 512x512 in 3 classes -> 64x64 rgb, by class");
        assert_eq!(
            why,
            "why:  2 threads do 3.2 steps a second of painter tiny at 64, 16 pictures each; size and preset are as asked"
        );
        assert_eq!(
            time,
            "time: 60 minutes, about 11,500 steps; the first sheet after 63 seconds. Stop with Ctrl-C whenever you like it"
        );
    }

    #[test]
    fn numbers_are_as_exact_as_a_plan_is() {
        assert_eq!(
            [7, 99, 1234, 11_520, 987_654].map(about),
            ["7", "99", "about 1,250", "about 11,500", "about 990,000"]
        );
        assert_eq!(
            [0.2, 59.0, 120.0, 3600.0, 5400.0, 9000.0].map(in_words),
            ["1 second", "59 seconds", "2 minutes", "60 minutes", "90 minutes", "2.5 hours"]
        );
    }
}
