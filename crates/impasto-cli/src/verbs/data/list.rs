//! `impasto data list`: what can be drawn and fetched.

use clap::Args;
use impasto::error::Result;
use impasto_data::get::{KnownSet, Parcel, sets};
use impasto_data::synth::{Motif, motifs};
use serde_json::{Value, json};

use crate::voice::Voice;
use crate::words::{indented, table};

/// List the motifs that can be drawn and the sets that can be fetched
#[derive(Debug, Args)]
pub(crate) struct List {}

impl List {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let motif = |motif: &Motif| vec![motif.name.to_owned(), motif.summary.to_owned()];
        let set = |set: &KnownSet| vec![set.parcel.name.to_owned(), format!("{}; {}", set.what, set.licence)];
        let motif_rows: Vec<_> = motifs().iter().map(motif).collect();
        let set_rows: Vec<_> = sets().iter().map(set).collect();
        let text = format!(
            "motifs (impasto data synth MOTIF OUT):\n{}\n\nsets (impasto data get NAME OUT):\n{}",
            indented(&table(&motif_rows)),
            indented(&table(&set_rows))
        );
        let value = json!({
            "motifs": motifs().iter().map(motif_value).collect::<Vec<_>>(),
            "sets": sets().iter().map(set_value).collect::<Vec<_>>(),
        });
        voice.result(&value, &text)
    }
}

fn motif_value(motif: &Motif) -> Value {
    json!({ "name": motif.name, "summary": motif.summary, "classes": motif.classes })
}

fn set_value(set: &KnownSet) -> Value {
    let KnownSet { what, pictures, classes, licence, parcel } = set;
    let Parcel { name, package, .. } = parcel;
    let (client, package) = (package.client.program(), package.name);
    json!({
        "name": name, "what": what, "pictures": pictures, "classes": classes, "licence": licence,
        "client": client, "package": package
    })
}
