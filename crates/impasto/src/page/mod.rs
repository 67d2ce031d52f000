//! Pages in one file: HTML with its style, charts and pictures inside, so that it can be sent to somebody and still
//! reads the same in ten years. No script, nothing that is fetched. Whoever fills a page hands in plain text: it is
//! escaped here.
//!
//! ```
//! use impasto::page::{Figure, LineChart, Page};
//! let mut page = Page::new("Two runs");
//! page.heading("How they learned");
//! page.figures(&[Figure::new("fid", "12.3").hover("lower is better")]);
//! page.charts(&[LineChart::default()]);
//! assert!(page.html().starts_with("<!doctype html>"));
//! ```

mod axis;
mod chart;
mod escape;

use std::path::{Path, PathBuf};

use impasto_data::Picture;

pub use chart::{BarChart, LineChart, Series};

use crate::error::{Class, Classify, ErrorKind, Hint};
use crate::picture::{PictureError, png_bytes};
use escape::{base64, escaped};
use impasto_system::{Existing, FileError, write_atomically};

const STYLE: &str = include_str!("style.css");

/// A page that is being written, from top to bottom.
#[derive(Debug, Clone)]
pub struct Page {
    title: String,
    body: String,
}

/// A number worth a box of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    name: String,
    value: String,
    hover: String,
}

/// A picture on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// A whole PNG file; its texts (such as the mark that a machine made it) stay in it.
    pub png: Vec<u8>,
    /// What stands above it.
    pub caption: String,
    /// What is told on hovering, and to those who can't see it.
    pub hover: String,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    text: String,
    is_number: bool,
}

/// A page can't be written.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// It would overwrite something.
    #[error("`{}` is there already; choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The disk said no.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Classify for PageError {
    fn class(&self) -> Class {
        match self {
            Self::Exists { .. } => ErrorKind::Refused.with([Hint::overwrite()]),
            Self::File(error) => error.class(),
        }
    }
}

impl Page {
    /// A page with this title and nothing else.
    pub fn new(title: &str) -> Self {
        Self { title: escaped(title), body: format!("<h1>{}</h1>\n", escaped(title)) }
    }

    /// Begins a new part.
    pub fn heading(&mut self, text: &str) {
        self.put("h2", "", text);
    }

    /// A paragraph.
    pub fn text(&mut self, text: &str) {
        self.put("p", "", text);
    }

    /// A paragraph in small print.
    pub fn note(&mut self, text: &str) {
        self.put("p", " class=\"note\"", text);
    }

    /// Numbers in boxes, side by side.
    pub fn figures(&mut self, figures: &[Figure]) {
        self.row(figures.iter().map(|Figure { name, value, hover }| {
            let (name, value, hover) = (escaped(name), escaped(value), escaped(hover));
            format!("<div class=\"figure\" title=\"{hover}\"><b>{value}</b><span>{name}</span></div>")
        }));
    }

    /// A table; numbers stand at the right of their cells.
    pub fn table(&mut self, head: &[&str], rows: &[Vec<Cell>]) {
        let head: String = head.iter().map(|text| format!("<th>{}</th>", escaped(text))).collect();
        let row =
            |cells: &Vec<Cell>| format!("<tr>{}</tr>\n", cells.iter().map(Cell::html).collect::<String>());
        let rows: String = rows.iter().map(row).collect();
        self.body.push_str(&format!(
            "<div class=\"scroll\"><table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>\n"
        ));
    }

    /// Pictures side by side, as many in a row as fit.
    pub fn pictures(&mut self, pictures: &[Shown]) {
        self.row(pictures.iter().map(|Shown { png, caption, hover }| {
            let (caption, hover, data) = (escaped(caption), escaped(hover), base64(png));
            format!(
                "<figure><figcaption>{caption}</figcaption><img alt=\"{hover}\" title=\"{hover}\" \
                 src=\"data:image/png;base64,{data}\"></figure>"
            )
        }));
    }

    /// Line charts, side by side where there is room.
    pub fn charts(&mut self, charts: &[LineChart]) {
        self.row(charts.iter().map(LineChart::html));
    }

    /// Bar charts, side by side where there is room.
    pub fn bars(&mut self, charts: &[BarChart]) {
        self.row(charts.iter().map(BarChart::html));
    }

    /// A part that opens when it is clicked.
    pub fn folded(&mut self, title: &str, fill: impl FnOnce(&mut Self)) {
        self.body.push_str(&format!("<details><summary>{}</summary>\n", escaped(title)));
        fill(self);
        self.body.push_str("</details>\n");
    }

    /// The whole file.
    pub fn html(&self) -> String {
        let Self { title, body } = self;
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
             content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
             </head>\n<body>\n{body}</body>\n</html>\n"
        )
    }

    /// Whether a page may be written there: for asking before long work.
    pub fn check_free(path: &Path, force: bool) -> Result<(), PageError> {
        if path.exists() && !force { Err(PageError::Exists { path: path.to_path_buf() }) } else { Ok(()) }
    }

    /// Writes the file, wholly or not at all; another that is there is only overwritten with `force`.
    pub fn write(&self, path: &Path, force: bool) -> Result<(), PageError> {
        Self::check_free(path, force)?;
        Ok(write_atomically(path, self.html().as_bytes(), Existing::forced(force))?)
    }

    fn put(&mut self, tag: &str, attributes: &str, text: &str) {
        self.body.push_str(&format!("<{tag}{attributes}>{}</{tag}>\n", escaped(text)));
    }

    fn row(&mut self, parts: impl Iterator<Item = String>) {
        let parts: Vec<String> = parts.collect();
        self.body.push_str(&format!("<div class=\"row\">\n{}\n</div>\n", parts.join("\n")));
    }
}

impl Figure {
    /// A name and its value as text.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), hover: String::new() }
    }

    /// What is told on hovering.
    pub fn hover(mut self, text: impl Into<String>) -> Self {
        self.hover = text.into();
        self
    }
}

impl Shown {
    /// A picture with its caption.
    pub fn new(picture: &Picture, caption: &str, hover: &str) -> Result<Self, PictureError> {
        Ok(Self { png: png_bytes(picture, &[])?, caption: caption.to_owned(), hover: hover.to_owned() })
    }
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_number: false }
    }

    /// A number, as it should be read.
    pub fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_number: true }
    }

    fn html(&self) -> String {
        let class = if self.is_number { " class=\"number\"" } else { "" };
        format!("<td{class}>{}</td>", escaped(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "<script src=\"//evil\">&'";

    fn full() -> String {
        let mut page = Page::new(HOSTILE);
        page.heading(HOSTILE);
        page.text(HOSTILE);
        page.note(HOSTILE);
        page.figures(&[Figure::new(HOSTILE, HOSTILE).hover(HOSTILE)]);
        page.table(&[HOSTILE], &[vec![Cell::text(HOSTILE), Cell::number(HOSTILE)]]);
        let picture = Picture::filled(2, 2, &[9]);
        page.pictures(&[Shown::new(&picture, HOSTILE, HOSTILE).unwrap()]);
        let series = vec![Series { name: HOSTILE.into(), points: vec![(0.0, 1.0), (1.0, 2.0)], colour: 0 }];
        page.charts(&[LineChart { title: HOSTILE.into(), x: HOSTILE.into(), series, log: true }]);
        let labels = vec![HOSTILE.to_owned()];
        let series = vec![(HOSTILE.to_owned(), vec![1.0])];
        page.bars(&[BarChart { title: HOSTILE.into(), x: HOSTILE.into(), labels, series }]);
        page.html()
    }

    #[test]
    fn foreign_text_stays_text_wherever_it_stands() {
        let html = full();
        assert!(!html.contains("<script") && !html.contains("\"//evil"), "{html}");
        assert!(html.matches("&lt;script src=&quot;//evil&quot;&gt;&amp;&#39;").count() > 15, "{html}");
        let (opened, closed) = (html.matches("<div").count(), html.matches("</div>").count());
        assert_eq!(opened, closed);
    }

    #[test]
    fn nothing_is_fetched_and_nothing_runs() {
        let html = full();
        for outside in ["http:", "https:", "url(", "@import", "<link", "<script", "href="] {
            assert!(!html.contains(outside), "{outside}");
        }
        let sources: Vec<&str> = html.split(" src=\"").skip(1).collect();
        assert!(
            sources.len() == 1 && sources[0].starts_with("data:image/png;base64,iVBOR"),
            "{}",
            sources.len()
        );
    }

    #[test]
    fn nothing_is_overwritten_without_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        Page::new("one").write(&path, false).unwrap();
        let error = Page::new("two").write(&path, false).unwrap_err();
        assert!(error.to_string().contains("page.html"), "{error}");
        assert_eq!(error.class().hints, [Hint::overwrite()]);
        assert!(std::fs::read_to_string(&path).unwrap().contains("<h1>one</h1>"));
        Page::new("two").write(&path, true).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("<h1>two</h1>"));
        assert!(Page::new("x").write(&folder.path().join("no/page.html"), false).is_err());
    }
}
