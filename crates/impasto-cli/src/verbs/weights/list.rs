//! `impasto weights list`: which networks there are.

use clap::Args;
use impasto::error::Result;
use impasto::weights::{KnownNetwork, Weights, networks};
use serde_json::{Value, json};

use crate::voice::Voice;
use crate::words::{bytes, table};

/// List the networks that Impasto can use, and which of them are here
///
/// With --json, one object in a line for each network.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  impasto weights list\n  impasto weights list --json")]
pub(crate) struct List {}

impl List {
    pub(super) fn run(&self, weights: &Weights, voice: &Voice) -> Result<()> {
        let rows: Vec<Vec<String>> = networks().iter().map(|known| row(weights, known)).collect();
        let values: Vec<Value> = networks().iter().map(|known| value(weights, known)).collect();
        voice.results(&values, &table(&rows))
    }
}

fn row(weights: &Weights, known: &KnownNetwork) -> Vec<String> {
    let source = known.source;
    let state = match weights.about(known) {
        Some(_) => "here".to_owned(),
        None => format!("impasto weights get {} ({})", source.parcel.name, bytes(source.bytes)),
    };
    let from = source.parcel.package.to_string();
    vec![known.name.to_owned(), state, format!("{}; {}; {from}", known.what, known.licence)]
}

fn value(weights: &Weights, known: &KnownNetwork) -> Value {
    let (parcel, bytes) = (&known.source.parcel, known.source.bytes);
    let about = weights.about(known);
    json!({
        "name": known.name, "what": known.what, "licence": known.licence, "get": parcel.name,
        "client": parcel.package.client.program(), "package": parcel.package.name, "version": parcel.package.version,
        "package_bytes": bytes, "present": about.is_some(), "path": weights.path(known), "from": about.map(|it| it.from)
    })
}
