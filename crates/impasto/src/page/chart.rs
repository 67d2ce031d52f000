//! Charts as SVG inside a page: lines over two axes, and groups of bars.

use super::axis::{Axis, is_drawn, number};
use super::escape::escaped;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 42.0;
/// A line has no more corners than this; longer series are drawn as means, with a band from least to greatest.
const CORNERS: usize = 240;
/// Colours of the stylesheet; more series begin again with the first.
const COLOURS: usize = 8;
/// Labels that fit under a bar chart.
const LABELS: usize = 16;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// `(x, y)`; where y isn't finite (or not positive on a logarithmic axis) the line has a gap.
    pub points: Vec<(f64, f64)>,
    /// Its colour: the same number has the same colour in all charts.
    pub colour: usize,
}

/// Lines over two axes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LineChart {
    /// What is shown.
    pub title: String,
    /// What lies along.
    pub x: String,
    /// The lines.
    pub series: Vec<Series>,
    /// Whether the axis up is logarithmic.
    pub log: bool,
}

/// Groups of bars: several series over the same labels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BarChart {
    /// What is shown.
    pub title: String,
    /// What the labels are.
    pub x: String,
    /// One for each group; where there are many only some are written.
    pub labels: Vec<String>,
    /// Names and values, one value for each label.
    pub series: Vec<(String, Vec<f64>)>,
}

impl LineChart {
    /// Whether the values are positive and spread so far that a logarithmic axis shows more.
    pub fn spans_decades(&self) -> bool {
        let values = || self.series.iter().flat_map(|one| &one.points).map(|point| point.1);
        let drawn = || values().filter(|&value| is_drawn(value, false));
        let (low, high) =
            drawn().fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), v| (low.min(v), high.max(v)));
        low > 0.0 && high / low > 50.0
    }

    pub(super) fn html(&self) -> String {
        let all =
            || self.series.iter().flat_map(|one| &one.points).filter(|point| is_drawn(point.1, self.log));
        let across = Axis::around(all().map(|point| point.0), false, 7);
        let up = Axis::around(all().map(|point| point.1), self.log, 5);
        let mut svg = grid(&across, &up, &self.x);
        self.series.iter().for_each(|one| svg.push_str(&line(one, &across, &up, self.log)));
        if all().next().is_none() {
            svg.push_str(&nothing());
        }
        let names = self.series.iter().map(|one| (one.name.as_str(), one.colour));
        figure(&self.title, &svg, names)
    }
}

impl BarChart {
    pub(super) fn html(&self) -> String {
        let values = || self.series.iter().flat_map(|(_, values)| values.iter().copied());
        let up = Axis::around(values().chain([0.0]), false, 5);
        let mut svg = rules(&up);
        svg.push_str(&text(LEFT + plot_width() / 2.0, HEIGHT - 6.0, "middle", &self.x));
        let every = self.labels.len().div_ceil(LABELS).max(1);
        for (place, label) in self.labels.iter().enumerate().step_by(every) {
            svg.push_str(&text(self.slot(place as f64 + 0.5), HEIGHT - BOTTOM + 16.0, "middle", label));
        }
        for (number, (name, values)) in self.series.iter().enumerate() {
            for (place, &value) in values.iter().take(self.labels.len()).enumerate() {
                svg.push_str(&self.bar(number, name, place, value, &up));
            }
        }
        if !values().any(|value| is_drawn(value, false)) {
            svg.push_str(&nothing());
        }
        figure(
            &self.title,
            &svg,
            self.series.iter().enumerate().map(|(number, (name, _))| (name.as_str(), number)),
        )
    }

    fn slot(&self, place: f64) -> f64 {
        LEFT + plot_width() * place / self.labels.len().max(1) as f64
    }

    fn bar(&self, series: usize, name: &str, place: usize, value: f64, up: &Axis) -> String {
        let (Some(top), Some(zero)) = (up.place(value), up.place(0.0)) else { return String::new() };
        // A tenth of a slot is left free on both sides.
        let share = |part: f64| place as f64 + 0.1 + 0.8 * part / self.series.len() as f64;
        let (left, right) = (self.slot(share(series as f64)), self.slot(share(series as f64 + 1.0)));
        let (top, bottom) = (height_of(top.max(zero)), height_of(top.min(zero)));
        let title = escaped(&format!("{name}, {}: {}", self.labels[place], number(value)));
        format!(
            "<rect class=\"f{}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"><title>{title}</title></rect>",
            series % COLOURS,
            right - left,
            bottom - top
        )
    }
}

/// A piece of a line: one point, or the mean of neighbours with the least and the greatest of them.
struct Corner {
    x: f64,
    y: f64,
    low: f64,
    high: f64,
}

/// At most [`CORNERS`] corners, in runs without gaps.
fn runs(points: &[(f64, f64)], log: bool) -> Vec<Vec<Corner>> {
    let size = points.len().div_ceil(CORNERS).max(1);
    let corners = points.chunks(size).map(|some| {
        let drawn = || some.iter().filter(|point| is_drawn(point.1, log) && is_drawn(point.0, false));
        let count = drawn().count() as f64;
        let mean = |value: fn(&(f64, f64)) -> f64| drawn().map(value).sum::<f64>() / count;
        let low = drawn().map(|point| point.1).fold(f64::INFINITY, f64::min);
        let high = drawn().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
        (count > 0.0).then(|| Corner { x: mean(|p| p.0), y: mean(|p| p.1), low, high })
    });
    let mut runs = vec![Vec::new()];
    for corner in corners {
        match (corner, runs.last_mut()) {
            (Some(corner), Some(run)) => run.push(corner),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn line(series: &Series, across: &Axis, up: &Axis, log: bool) -> String {
    let colour = series.colour % COLOURS;
    let mut points = series.points.clone();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |x: f64, y: f64| Some((LEFT + plot_width() * across.place(x)?, height_of(up.place(y)?)));
    let joined = |corners: &mut dyn Iterator<Item = (f64, f64)>| {
        let places = corners.filter_map(|(x, y)| at(x, y)).map(|(x, y)| format!("{x:.1},{y:.1}"));
        places.collect::<Vec<_>>().join(" ")
    };
    let mut svg = String::new();
    for run in runs(&points, log) {
        if run.iter().any(|corner| corner.low < corner.high) {
            let there = run.iter().map(|corner| (corner.x, corner.high));
            let back = run.iter().rev().map(|corner| (corner.x, corner.low));
            svg.push_str(&format!(
                "<polygon class=\"band f{colour}\" points=\"{}\"/>",
                joined(&mut there.chain(back))
            ));
        }
        let middle = joined(&mut run.iter().map(|corner| (corner.x, corner.y)));
        svg.push_str(&format!("<polyline class=\"line l{colour}\" points=\"{middle}\"/>"));
        // A line of one corner can't be seen: its dot is always shown.
        let class = if run.len() == 1 { "" } else { "dot " };
        for corner in &run {
            let Some((x, y)) = at(corner.x, corner.y) else { continue };
            let title = escaped(&format!("{}: {} at {}", series.name, number(corner.y), number(corner.x)));
            svg.push_str(&format!(
                "<circle class=\"{class}f{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"><title>{title}</title></circle>"
            ));
        }
    }
    svg
}

fn grid(across: &Axis, up: &Axis, x: &str) -> String {
    let mut svg = rules(up);
    for (place, label) in across.ticks() {
        svg.push_str(&text(LEFT + plot_width() * place, HEIGHT - BOTTOM + 16.0, "middle", &label));
    }
    svg + &text(LEFT + plot_width() / 2.0, HEIGHT - 6.0, "middle", x)
}

/// Horizontal lines with their numbers.
fn rules(up: &Axis) -> String {
    let rule = |(place, label): (f64, String)| {
        let (y, right) = (height_of(place), WIDTH - RIGHT);
        format!(
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>{}",
            text(LEFT - 6.0, y + 4.0, "end", &label)
        )
    };
    up.ticks().map(rule).collect()
}

fn nothing() -> String {
    text(LEFT + plot_width() / 2.0, HEIGHT / 2.0, "middle", "nothing to show yet")
}

fn text(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", escaped(text))
}

fn figure<'a>(title: &str, svg: &str, names: impl Iterator<Item = (&'a str, usize)>) -> String {
    let title = escaped(title);
    let entry = |(name, colour): (&str, usize)| {
        format!("<li><i class=\"b{}\"></i>{}</li>", colour % COLOURS, escaped(name))
    };
    let legend: String = names.map(entry).collect();
    format!(
        "<figure class=\"chart\"><figcaption>{title}</figcaption><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"{title}\">{svg}</svg><ul class=\"legend\">{legend}</ul></figure>"
    )
}

fn plot_width() -> f64 {
    WIDTH - LEFT - RIGHT
}

fn height_of(place: f64) -> f64 {
    HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>, log: bool) -> String {
        let series = vec![Series { name: "<critic>".into(), points, colour: 9 }];
        LineChart { title: "a & b".into(), x: "pictures".into(), series, log }.html()
    }

    fn count(html: &str, part: &str) -> usize {
        html.matches(part).count()
    }

    #[test]
    fn every_point_of_a_short_series_is_a_corner_with_a_title() {
        let html = chart(vec![(0.0, 1.0), (1.0, 2.0), (2.0, 4.0)], false);
        assert_eq!((count(&html, "<polyline"), count(&html, "<circle"), count(&html, "<polygon")), (1, 3, 0));
        assert!(html.contains("&lt;critic&gt;: 4 at 2") && html.contains("a &amp; b"), "{html}");
        assert!(html.contains("class=\"line l1\"") && !html.contains("<critic>"), "{html}");
    }

    #[test]
    fn what_is_not_a_number_is_a_gap() {
        let html =
            chart(vec![(0.0, 1.0), (1.0, f64::NAN), (2.0, f64::INFINITY), (3.0, 1.0), (4.0, 2.0)], false);
        assert_eq!((count(&html, "<polyline"), count(&html, "<circle")), (2, 3));
        assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
        let html = chart(vec![(0.0, 1.0), (1.0, 0.0), (2.0, 10.0)], true);
        assert_eq!(count(&html, "<polyline"), 2, "0 has no place on a logarithmic axis");
    }

    #[test]
    fn nothing_says_so_and_one_point_can_be_seen() {
        assert!(chart(vec![], false).contains("nothing to show yet"));
        assert!(chart(vec![(1.0, f64::NAN)], true).contains("nothing to show yet"));
        let one = chart(vec![(5.0, 0.5)], false);
        assert!(one.contains("<circle class=\"f1\"") && !one.contains("nothing"), "{one}");
        let none = LineChart::default().html();
        assert!(none.contains("nothing to show yet") && none.contains("<svg"), "{none}");
    }

    #[test]
    fn a_long_series_is_drawn_as_means_in_a_band() {
        let points = (0..10_000).map(|step| (f64::from(step), f64::from(step % 2))).collect();
        let html = chart(points, false);
        assert_eq!((count(&html, "<polygon"), count(&html, "<polyline")), (1, 1));
        assert!(count(&html, "<circle") <= CORNERS && html.len() < 60_000, "{}", html.len());
        assert!(html.contains(": 0.5 at"), "the mean of 0 and 1");
    }

    #[test]
    fn points_out_of_order_are_drawn_in_order() {
        assert_eq!(
            chart(vec![(2.0, 3.0), (0.0, 1.0), (1.0, 2.0)], false),
            chart(vec![(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)], false)
        );
    }

    #[test]
    fn only_positive_values_over_decades_ask_for_a_logarithmic_axis() {
        let spans = |values: &[f64]| {
            let points = values.iter().map(|&value| (0.0, value)).collect();
            let series = vec![Series { name: String::new(), points, colour: 0 }];
            LineChart { series, ..LineChart::default() }.spans_decades()
        };
        assert!(spans(&[500.0, 0.7, f64::NAN]));
        assert!(!spans(&[500.0, 0.0]) && !spans(&[0.4, 2.0]) && !spans(&[]) && !spans(&[-500.0, -1.0]));
    }

    #[test]
    fn bars_stand_on_zero_in_groups() {
        let chart = |values: Vec<f64>| {
            let labels = values.iter().map(|value| format!("at {value}")).collect();
            let series = vec![("real".to_owned(), values.clone()), ("painted".to_owned(), values)];
            BarChart { title: "t".into(), x: "distance".into(), labels, series }.html()
        };
        let html = chart(vec![1.0, -2.0, f64::NAN]);
        assert_eq!(count(&html, "<rect"), 4, "{html}");
        assert!(html.contains("painted, at -2: -2") && !html.contains("height=\"-"), "{html}");
        assert!(chart(vec![]).contains("nothing to show yet"));
        assert!(count(&chart((0..200).map(f64::from).collect()), ">at ") <= LABELS);
    }
}
