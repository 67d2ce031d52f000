//! A contact sheet of a motif, one row a class, to look at while changing how it is drawn.
//!
//!     cargo run -p impasto-data --example contact_sheet -- flowers 64 12 sheet.png

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;

use impasto_data::synth;
use impasto_random::Random;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, size, columns, path] = words.as_slice() else {
        return Err("usage: contact_sheet MOTIF SIZE COLUMNS FILE.png".into());
    };
    let motif = synth::motifs().iter().find(|motif| motif.name == name).ok_or("no such motif")?;
    let (size, columns): (u32, usize) = (size.parse()?, columns.parse()?);
    let (side, rows) = (size as usize, motif.classes.len());
    let (width, height) = (columns * (side + 2) + 2, rows * (side + 2) + 2);
    let mut sheet = vec![255u8; width * height * 3];
    for cell in 0..rows * columns {
        let (row, column) = (cell / columns, cell % columns);
        let picture = synth::draw(motif, row, size, &mut Random::new(1, "sheet", cell as u64));
        for y in 0..side {
            let from = &picture.pixels()[y * side * 3..(y + 1) * side * 3];
            let at = ((row * (side + 2) + 2 + y) * width + column * (side + 2) + 2) * 3;
            sheet[at..at + side * 3].copy_from_slice(from);
        }
    }
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    Ok(encoder.write_header()?.write_image_data(&sheet)?)
}
