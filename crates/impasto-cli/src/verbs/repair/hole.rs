//! Where holes are: a box, or what is white in another picture.

use std::path::{Path, PathBuf};

use impasto::error::{Error, Result};
use impasto::patches::Mask;
use impasto_data::Picture;

use crate::works;

/// Left, top, width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rectangle(pub(super) [usize; 4]);

impl Rectangle {
    /// The hole in a picture of this size, which it must not leave.
    pub(super) fn within(self, [width, height]: [usize; 2], file: &Path) -> Result<Mask> {
        let Self([x, y, across, down]) = self;
        if x + across > width || y + down > height {
            return Err(Error::usage(format!(
                "the box {x},{y},{across},{down} reaches to {} x {}, but {} has {width} x {height} pixels: make it smaller",
                x + across,
                y + down,
                file.display()
            )));
        }
        Ok(Mask::rectangle([width, height], self.0))
    }
}

/// The mask of a picture: the one file, or the one of its name in a folder.
pub(super) fn mask_of(file: &Path, mask: &Path) -> Result<PathBuf> {
    if !mask.is_dir() {
        return Ok(mask.to_path_buf());
    }
    let all = works::files(&[mask.to_path_buf()])?;
    let own = all.into_iter().find(|other| works::stem(other) == works::stem(file));
    own.ok_or_else(|| {
        let name = works::stem(file);
        Error::usage(format!(
            "{} has no mask called {name} for {}: put one there",
            mask.display(),
            file.display()
        ))
    })
}

/// What is white in a mask.
pub(super) fn hole_in(mask: &Picture, [width, height]: [usize; 2], file: &Path, path: &Path) -> Result<Mask> {
    if [mask.width(), mask.height()] != [width, height] {
        return Err(Error::usage(format!(
            "{} has {width} x {height} pixels, but its mask {} has {} x {}: give a mask of the picture's size",
            file.display(),
            path.display(),
            mask.width(),
            mask.height()
        )));
    }
    let hole = Mask { width, height, meant: mask.pixels().iter().map(|&grey| grey > 127).collect() };
    if hole.count() == 0 {
        return Err(Error::usage(format!(
            "{} is black all over, so nothing is to be filled: what is white in a mask is filled",
            path.display()
        )));
    }
    Ok(hole)
}

/// Four numbers, as they are typed.
pub(super) fn rectangle(text: &str) -> Result<Rectangle, String> {
    let numbers: Result<Vec<usize>, _> = text.split(',').map(|number| number.trim().parse()).collect();
    match numbers.as_deref() {
        Ok(&[x, y, width, height])
            if width > 0 && height > 0 && x.max(y).max(width).max(height) < 1 << 20 =>
        {
            Ok(Rectangle([x, y, width, height]))
        }
        _ => Err("it must be four whole numbers, x,y,width,height, such as 120,80,60,40".into()),
    }
}
