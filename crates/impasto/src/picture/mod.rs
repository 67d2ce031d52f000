//! Pictures on their way out: files that carry their own recipe (`file`: PNG, JPEG, WebP), contact sheets, animations.
//!
//! The bytes are a pure function of the picture and its recipe: no time, no path, no name of a folder.

mod animate;
mod convert;
mod error;
mod file;
mod film;
mod jpeg;
mod palette;
mod png;
mod quantise;
mod recipe;
mod sheet;
mod webp;

pub use impasto_data::as_rgb;

pub use animate::{Film, write_animation, write_timed};
pub use convert::{from_chw, planes, to_chw, with_channels};
pub use error::{PictureError, check_free};
pub(crate) use file::has_ending;
pub use file::{PICTURE_ENDINGS, is_picture_file, write_painting, write_paintings};
pub use film::{FilmToRead, FilmToWrite, Rate, is_film};
pub use png::{png_bytes, png_size, read_png, read_png_text, write_png};
pub use recipe::{
    DIGITAL_SOURCE_TYPE, DIGITAL_SOURCE_TYPE_OF_MADE, FROM, Kind, MADE_BY_A_MACHINE, Origin, PictureRecipe,
    SETTINGS, VERB, read_recipe,
};
pub use sheet::{
    ContactSheet, PAPER, contact_sheet, magnification, magnified, most_on_a_sheet, sheet, side_by_side,
    square_columns,
};
