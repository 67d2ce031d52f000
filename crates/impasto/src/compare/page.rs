//! The comparison as a page.

use std::collections::BTreeMap;

use super::{Compared, Comparison, Curves, FIGURES, png_at};
use crate::format::{duration, rate, short};
use crate::page::{Cell, LineChart, Page, Series, Shown};

/// The page.
pub fn page(all: &Comparison) -> Page {
    let mut page = Page::new(&title(all));
    page.note(&format!(
        "Written by Impasto {}. Losses are means over the last tenth of a run.",
        env!("CARGO_PKG_VERSION")
    ));
    page.heading("Pictures");
    page.pictures(&sheets(all));
    page.heading("Learning curves");
    page.charts(&charts(all, "pictures seen", images, measured_images));
    page.folded("The same over seconds of training", |page| {
        page.charts(&charts(all, "seconds of training", seconds, measured_seconds));
    });
    page.folded("Figures, settings that differ, and alarms", |page| {
        final_figures(page, all);
        settings(page, all);
        alarms(page, all);
    });
    page
}

fn title(all: &Comparison) -> String {
    let names: Vec<&str> = all.runs.iter().map(|run| run.name.as_str()).collect();
    names.join(", ")
}

fn final_figures(page: &mut Page, all: &Comparison) {
    page.heading("Where they stand");
    let head = head("", all);
    let words = |name: &str, value: &dyn Fn(&Compared) -> String| {
        row(name, all.runs.iter().map(|run| Cell::text(value(run))))
    };
    let count = |name: &str, value: &dyn Fn(&Compared) -> String| {
        row(name, all.runs.iter().map(|run| Cell::number(value(run))))
    };
    let mut rows = vec![
        words("recipe", &|run| run.recipe.clone()),
        words("state", &|run| run.state.clone()),
        count("steps", &|run| run.steps.to_string()),
        count("pictures seen", &|run| run.images.to_string()),
        count("time", &|run| duration(run.seconds)),
        count("pictures in a second", &|run| rate(run.images_per_second)),
        count("alarms", &|run| run.alarms.len().to_string()),
        count("remedies", &|run| run.remedies.len().to_string()),
        words("best checkpoint", &|run| {
            run.best.as_ref().map_or_else(String::new, |best| {
                format!("{} (score {}; lower is better)", best.checkpoint, short(best.score))
            })
        }),
    ];
    for figures in FIGURES {
        for name in all.names_of(figures) {
            let value = |run| figures(run).get(name).map_or_else(String::new, |value| short(*value));
            rows.push(row(name, all.runs.iter().map(value).map(Cell::number)));
        }
    }
    page.table(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows);
}

fn settings(page: &mut Page, all: &Comparison) {
    if all.settings.is_empty() {
        return;
    }
    page.heading("Settings that differ");
    let head = head("setting", all);
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rows: Vec<_> = all
        .settings
        .iter()
        .map(|(key, values)| row(key, values.iter().map(|v| Cell::text(text(v)))))
        .collect();
    page.table(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows);
}

fn alarms(page: &mut Page, all: &Comparison) {
    let raised = all.runs.iter().flat_map(|run| run.alarms.iter().map(move |alarm| (run, alarm)));
    let rows: Vec<Vec<Cell>> = raised
        .map(|(run, alarm)| {
            let words =
                [&run.name, &alarm.kind, &alarm.message, &alarm.remedy].map(|text| Cell::text(text.clone()));
            let mut cells = words.to_vec();
            cells.insert(1, Cell::number(alarm.step.to_string()));
            cells
        })
        .collect();
    if !rows.is_empty() {
        page.heading("Alarms");
        page.table(&["run", "step", "alarm", "what happened", "what to do"], &rows);
    }
}

/// The newest sheet of each run, and the real pictures: once where all runs have the same.
fn sheets(all: &Comparison) -> Vec<Shown> {
    let shown = |png: Vec<u8>, caption: String| Shown { png, hover: caption.clone(), caption };
    let reals: Vec<Option<Vec<u8>>> = all.runs.iter().map(|run| png_at(run.reals.as_deref())).collect();
    let one_for_all = reals.iter().all(|png| png.is_some() && *png == reals[0]);
    let mut sheets = Vec::new();
    for (run, real) in all.runs.iter().zip(reals) {
        let painted = png_at(run.sheet.as_deref());
        let name = run.sheet.as_ref().and_then(|path| path.file_stem()).unwrap_or_default().to_string_lossy();
        let name = name.trim_start_matches('0');
        sheets.extend(painted.map(|png| shown(png, format!("{}: painted after {name} pictures", run.name))));
        if !one_for_all {
            sheets.extend(real.map(|png| shown(png, format!("{}: real pictures", run.name))));
        } else if std::ptr::eq(run, &all.runs[all.runs.len() - 1]) {
            sheets.extend(real.map(|png| shown(png, "real pictures".to_owned())));
        }
    }
    sheets
}

type Along = fn(&Curves) -> Vec<f64>;

fn images(curves: &Curves) -> Vec<f64> {
    curves.images.iter().map(|&images| images as f64).collect()
}

fn measured_images(curves: &Curves) -> Vec<f64> {
    curves.measured_images.iter().map(|&images| images as f64).collect()
}

fn seconds(curves: &Curves) -> Vec<f64> {
    curves.seconds.clone()
}

fn measured_seconds(curves: &Curves) -> Vec<f64> {
    curves.measured_seconds.clone()
}

/// A chart for each measure, each loss, and the speed.
fn charts(all: &Comparison, x: &str, along: Along, measured_along: Along) -> Vec<LineChart> {
    let losses = |curves: &Curves| curves.losses.clone();
    let measures = |curves: &Curves| curves.measures.clone();
    let speed = |curves: &Curves| {
        BTreeMap::from([("pictures in a second".to_owned(), curves.images_per_second.clone())])
    };
    let mut charts = family(all, x, measured_along, measures);
    // What is measured of the real pictures never changes; it stands in the table.
    charts.retain(|chart| !chart.title.starts_with("real_"));
    let mut all_charts = family(all, x, along, losses);
    all_charts.extend(charts);
    all_charts.extend(family(all, x, along, speed));
    all_charts
}

fn family(
    all: &Comparison,
    x: &str,
    along: Along,
    values: fn(&Curves) -> BTreeMap<String, Vec<f64>>,
) -> Vec<LineChart> {
    let mut charts: BTreeMap<String, LineChart> = BTreeMap::new();
    for (colour, run) in all.runs.iter().enumerate() {
        for (name, values) in values(&run.curves) {
            let points = along(&run.curves).into_iter().zip(values).collect();
            let chart = charts.entry(name.clone()).or_insert_with(|| LineChart {
                title: name,
                x: x.to_owned(),
                ..LineChart::default()
            });
            chart.series.push(Series { name: run.name.clone(), points, colour });
        }
    }
    // Shares lie between 0 and 1, and it is the upper end that counts.
    charts
        .values_mut()
        .for_each(|chart| chart.log = chart.spans_decades() && !chart.title.ends_with("accuracy"));
    charts.into_values().collect()
}

fn head(first: &str, all: &Comparison) -> Vec<String> {
    std::iter::once(first.to_owned()).chain(all.runs.iter().map(|run| run.name.clone())).collect()
}

fn row(name: &str, cells: impl Iterator<Item = Cell>) -> Vec<Cell> {
    std::iter::once(Cell::text(name)).chain(cells).collect()
}
