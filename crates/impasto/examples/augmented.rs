//! What a critic sees of a folder: `augmented FOLDER SIZE STRENGTH OUT.png`. Each row is one picture, first as it is.

use std::path::Path;

use burn::tensor::Device;
use impasto::picture::{contact_sheet, from_chw, write_png};
use impasto::recipe::Batch;
use impasto_data::{Channels, Dataset, Preparation};
use impasto_nn::augment::Policy;
use impasto_nn::values;
use impasto_random::Random;
use impasto_system::Existing;

const PICTURES: u32 = 8;
const TIMES: u64 = 12;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, size, strength, out] = words.as_slice() else {
        return Err("augmented FOLDER SIZE STRENGTH OUT.png".into());
    };
    let (size, strength): (usize, f64) = (size.parse()?, strength.parse()?);
    let preparation = Preparation::square(size, Channels::Rgb);
    let data = Dataset::open(Path::new(folder), &preparation, &mut ())?;
    let chosen: Vec<u32> = (0..PICTURES).map(|row| row * (data.len() as u32 / PICTURES)).collect();
    let x = Batch::from_data(&data.plain(&chosen)?, 0, &Device::flex()).pictures;
    let [n, channels, height, width] = x.dims();
    let columns: Vec<Vec<f32>> = (0..TIMES)
        .map(|time| {
            let strength = if time == 0 { 0.0 } else { strength };
            let mut random = Random::new(1, "augmented", time);
            values(
                Policy::default().draw(&mut random, n, [channels, height, width], strength).apply(x.clone()),
            )
        })
        .collect();
    let area = channels * height * width;
    let places = (0..n).flat_map(|row| columns.iter().map(move |column| &column[row * area..][..area]));
    let pictures: Vec<_> = places.map(|values| from_chw(values, channels, height, width)).collect();
    write_png(Path::new(out), &contact_sheet(&pictures, TIMES as usize), &[], Existing::Replace)?;
    Ok(())
}
