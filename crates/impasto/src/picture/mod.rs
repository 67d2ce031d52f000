//! Pictures on their way out: PNG files that carry their own recipe, contact sheets, animations.
//!
//! The bytes are a pure function of the picture and its recipe: no time, no path, no name of a folder.

mod animate;
mod convert;
mod error;
mod film;
mod palette;
mod png;
mod quantise;
mod recipe;
mod sheet;

pub use impasto_data::as_rgb;

pub use animate::{Film, write_animation, write_timed};
pub use convert::{from_chw, planes, to_chw, with_channels};
pub use error::{PictureError, check_free};
pub use film::{FilmToRead, FilmToWrite, Rate, is_film};
pub use png::{
    is_png, png_bytes, png_size, read_png, read_png_text, write_painting, write_paintings, write_png,
};
pub use recipe::{
    DIGITAL_SOURCE_TYPE, DIGITAL_SOURCE_TYPE_OF_MADE, FROM, Kind, MADE_BY_A_MACHINE, Origin, PictureRecipe,
    SETTINGS, VERB, read_recipe,
};
pub use sheet::{
    ContactSheet, PAPER, contact_sheet, magnification, magnified, most_on_a_sheet, sheet, side_by_side,
    square_columns,
};
