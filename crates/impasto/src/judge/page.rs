//! A report as a page in one file: what was found, in words, figures, pictures and charts.

use impasto_data::Picture;

use super::figures::{Both, Figure as Share, NamedPair, Spread};
use super::report::{Report, Shown as Chosen};
use crate::page::{BarChart, Cell, Figure, Page, Shown};
use crate::picture::{PictureError, contact_sheet, magnification, magnified, side_by_side, square_columns};

/// Bars of a histogram of scores.
const BARS: usize = 20;

/// The page; nothing is written yet.
pub fn page(report: &Report) -> Result<Page, PictureError> {
    let protocol = &report.protocol;
    let mut page = Page::new(&format!("{} beside {}", protocol.generated.path, protocol.real.path));
    report.verdict.iter().for_each(|finding| page.text(&finding.text));
    report.warnings.iter().for_each(|warning| page.note(warning));
    page.figures(&boxes(report));
    sheets(&mut page, report)?;
    entropies(&mut page, report);
    page.heading("How they are spread");
    page.text(
        "Real pictures are sorted into clusters; where a generated bar is missing or far too high, the model has lost kinds \
         of pictures or paints one of them over and over.",
    );
    page.bars(&histograms(report));
    modes(&mut page, report);
    originality(&mut page, report)?;
    typical(&mut page, report)?;
    page.folded("How the figures were made", |page| {
        page.table(&["what", "how"], &how(report));
    });
    Ok(page)
}

fn number(value: f64) -> String {
    format!("{value:.4}")
}

fn boxes(report: &Report) -> Vec<Figure> {
    let figures = &report.figures;
    let share = |name: &str, figure: &Share, what: &str| {
        let [from, to] = figure.interval.map(number);
        Figure::new(name, number(figure.value)).hover(format!("{what}; 95%: {from} to {to}"))
    };
    let [from, to] = figures.kid_interval.map(number);
    let fid = figures.fid.map_or_else(|| "too few pictures".to_owned(), number);
    vec![
        Figure::new("fid", fid)
            .hover("distance between the sets; lower is better, and 0 is reached by equal sets"),
        Figure::new("kid", number(figures.kid))
            .hover(format!("the same for any number of pictures; 95%: {from} to {to}")),
        share("precision", &figures.precision, "share of generated pictures that lie among the real ones"),
        share("recall", &figures.recall, "share of real pictures that lie among the generated ones"),
        share("density", &figures.density, "how densely generated pictures lie where real ones do"),
        share("coverage", &figures.coverage, "share of real pictures with a generated one beside them"),
        share(
            "copies",
            &figures.originality.copies,
            "share of generated pictures that are copies of a real one, or nearly so",
        ),
    ]
}

fn sheets(page: &mut Page, report: &Report) -> Result<(), PictureError> {
    let sheet = |pictures: &[Picture]| contact_sheet(pictures, square_columns(pictures.len()));
    let gallery = &report.gallery;
    page.heading("Some of both");
    page.pictures(&[
        Shown::new(&sheet(&gallery.generated), "generated", "generated pictures")?,
        Shown::new(&sheet(&gallery.real), "real", "real pictures")?,
    ]);
    Ok(())
}

/// A figure of both sides, and what it says.
fn row(name: &str, both: Both, what: &str) -> Vec<Cell> {
    let [generated, real] = [both.generated, both.real].map(|value| Cell::number(number(value)));
    vec![Cell::text(name), generated, real, Cell::text(what)]
}

/// How both sides are spread over kinds of pictures.
fn spread(name: &str, Spread { shares, expected }: &Spread, what: &str) -> Vec<Cell> {
    let both = Both { generated: shares.generated_entropy, real: shares.real_entropy };
    let more = format!(
        "; divergence {} nats, {} of {} reached (as many real pictures: {} nats, {:.1})",
        number(shares.divergence),
        shares.reached,
        shares.kinds,
        number(expected.divergence),
        expected.reached * shares.settled()[1] as f64
    );
    row(name, both, &format!("{what}{more}"))
}

fn entropies(page: &mut Page, report: &Report) {
    let figures = &report.figures;
    let entropy = &figures.entropy;
    let mut rows = vec![
        row(
            "entropy of a picture, bits",
            entropy.picture,
            "how evenly a picture uses its tones: low for flat pictures, 8 for noise",
        ),
        row(
            "its spread",
            entropy.picture_spread,
            "how far pictures differ in that: pictures that are all alike hardly do",
        ),
        row(
            "entropy of the set, bits",
            entropy.set,
            "how evenly all pictures together use the tones that there are",
        ),
        spread(
            "entropy of clusters, bits",
            &figures.clusters,
            "how evenly kinds of pictures occur: falls in a mode collapse",
        ),
    ];
    let classes = figures.classes.as_ref();
    rows.extend(classes.map(|all| {
        spread("entropy of classes, bits", all, "the same by the class of the nearest real picture")
    }));
    rows.push(row("diversity", figures.diversity, "how far two pictures of a set are apart"));
    rows.extend(report.lpips.as_ref().map(|seen| {
        row("diversity by LPIPS", seen.diversity, "the same as people see it: falls in a mode collapse")
    }));
    rows.push(row("repeats", figures.repeats, "share of pictures with a twin in their own set"));
    rows.push(row(
        "roughness",
        figures.roughness,
        "how much neighbouring pixels differ: low for blur, high for noise",
    ));
    page.heading("Variety");
    page.table(&["figure", "generated", "real", "what it says"], &rows);
}

fn histograms(report: &Report) -> Vec<BarChart> {
    let figures = &report.figures;
    let chart = |title: &str, Spread { shares, .. }: &Spread, labels: Vec<String>| {
        let part = |counts: &[u64]| {
            let total = counts.iter().sum::<u64>().max(1) as f64;
            counts.iter().map(|&count| count as f64 / total).collect::<Vec<f64>>()
        };
        let series =
            vec![("real".to_owned(), part(&shares.real)), ("generated".to_owned(), part(&shares.generated))];
        BarChart { title: title.to_owned(), x: "kinds".to_owned(), labels, series }
    };
    let numbers = (1..=figures.clusters.shares.real.len()).map(|number| number.to_string()).collect();
    let mut charts = vec![chart("share of each cluster", &figures.clusters, numbers)];
    let classes = figures.classes.as_ref();
    charts.extend(classes.map(|all| chart("share of each class", all, report.class_names.clone())));
    charts.push(scores(&report.details.scores));
    charts
}

/// Bars of a histogram of classes.
const CLASSES: usize = 100;

fn modes(page: &mut Page, report: &Report) {
    let Some(modes) = &report.modes else { return };
    page.heading("Classes");
    page.text("What a classifier that was trained on the real pictures sees in the generated ones.");
    let rows: Vec<Vec<Cell>> = modes
        .in_words()
        .into_iter()
        .map(|figure| {
            let [value, real] = [figure.value, figure.real].map(Cell::number);
            vec![Cell::text(figure.name), value, real, Cell::text(figure.says)]
        })
        .collect();
    page.table(&["figure", "generated", "real", "what it says"], &rows);
    if modes.kinds <= CLASSES {
        let shares = |side: usize| modes.histogram.shares().map(|(_, both)| both[side]).collect();
        page.bars(&[BarChart {
            title: "share of each class".to_owned(),
            x: "as the classifier sees them".to_owned(),
            labels: modes.histogram.names.clone(),
            series: vec![("real".to_owned(), shares(1)), ("generated".to_owned(), shares(0))],
        }]);
    }
}

fn scores(scores: &[f64]) -> BarChart {
    let mut bars = vec![0.0; BARS];
    scores
        .iter()
        .for_each(|score| bars[((score * BARS as f64) as usize).min(BARS - 1)] += 1.0 / scores.len() as f64);
    BarChart {
        title: "originality of the generated pictures".to_owned(),
        x: "0 a copy, even for new pictures of the same kind, 1 far from all".to_owned(),
        labels: (0..BARS).map(|bar| format!("{:.2}", bar as f64 / BARS as f64)).collect(),
        series: vec![("generated".to_owned(), bars)],
    }
}

fn originality(page: &mut Page, report: &Report) -> Result<(), PictureError> {
    let pair = |chosen: &Chosen| {
        let (other, name) =
            chosen.beside.as_ref().map_or((&chosen.picture, ""), |(other, name)| (other, name));
        let picture = side_by_side(&large(&chosen.picture), &large(other), 4);
        Shown::new(
            &picture,
            &format!("score {:.2}", chosen.figure),
            &format!("{} beside {name}", chosen.name),
        )
    };
    page.heading("Nearest to real pictures");
    page.text("Left: generated. Right: the real picture that is nearest to it.");
    if let Some(seen) = report.lpips.as_ref().map(|seen| seen.copies).filter(|seen| seen.looked_at > 0) {
        page.text(&format!(
            "{} of {} pictures that are taken for copies look like copies to LPIPS too.",
            seen.confirmed, seen.looked_at
        ));
    }
    page.pictures(&report.gallery.nearest.iter().map(pair).collect::<Result<Vec<_>, _>>()?);
    let pairs = &report.figures.originality.pairs;
    if !pairs.is_empty() {
        page.folded("All copies, by their names", |page| {
            let row = |pair: &NamedPair| {
                let how = if pair.mirrored { "in a mirror" } else { "" };
                let names = [&pair.generated, &pair.real].map(Cell::text);
                [names.to_vec(), vec![Cell::number(number(pair.score)), Cell::text(how)]].concat()
            };
            page.table(&["generated", "real", "unlikeness", ""], &pairs.iter().map(row).collect::<Vec<_>>());
        });
    }
    Ok(())
}

fn typical(page: &mut Page, report: &Report) -> Result<(), PictureError> {
    let gallery = &report.gallery;
    let single = |chosen: &Chosen| Shown::new(&large(&chosen.picture), "", &chosen.name);
    for (title, chosen) in [
        ("Most typical of the generated pictures", &gallery.most_typical),
        ("Least typical of the generated pictures", &gallery.least_typical),
        ("Real pictures that nothing generated resembles", &gallery.missing),
    ] {
        if !chosen.is_empty() {
            page.heading(title);
            page.pictures(&chosen.iter().map(single).collect::<Result<Vec<_>, _>>()?);
        }
    }
    Ok(())
}

fn large(picture: &Picture) -> Picture {
    magnified(picture, magnification(picture))
}

fn how(report: &Report) -> Vec<Vec<Cell>> {
    let protocol = &report.protocol;
    let row = |name: &str, text: String| vec![Cell::text(name), Cell::text(text)];
    let mut rows =
        vec![row("features", protocol.network.clone()), row("pictures", protocol.pictures.clone())];
    for (name, side) in [("generated", &protocol.generated), ("real", &protocol.real)] {
        let [width, height] = side.size;
        rows.push(row(name, format!("{}, {}: {} of {width} x {height}", side.path, side.kind, side.count)));
    }
    rows.extend(report.lpips.as_ref().map(|seen| row("LPIPS", seen.protocol.clone())));
    rows.extend(report.modes.as_ref().map(|modes| row("classes", modes.protocol.clone())));
    rows.extend(protocol.methods.iter().map(|method| row("", (*method).to_owned())));
    rows.push(row("seed", protocol.seed.to_string()));
    rows.push(row("version", protocol.version.to_owned()));
    rows
}
