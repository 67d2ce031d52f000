//! A quick look at a set, before it is known how it will be learned: how many pictures, how large, of which classes, and
//! whether there is any colour or transparency in them, or one ground behind them. Headers are read of all pictures; pixels
//! only as far as these have to be looked for.

use impasto_system::{Monitor, Stage, Unit};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Cursor};
use std::path::Path;

use image::DynamicImage;

use crate::decode::{self, Decoded, Limits};
use crate::error::DataError;
use crate::ledger::classes_inside;
use crate::source::{Found, Payload, Source};

/// What a set looks like from afar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Glance {
    /// How many files look like pictures.
    pub pictures: usize,
    /// How many there are of each width and height.
    pub sizes: BTreeMap<(usize, usize), usize>,
    /// How many of each class; empty without classes.
    pub classes: BTreeMap<String, usize>,
    /// Whether a picture with colour was seen.
    pub colour: bool,
    /// Whether most pictures are transparent somewhere.
    pub transparent: bool,
    /// The colour of the plain ground that most pictures lie on: a border of one colour, the same in all of them.
    pub ground: Option<[u8; 3]>,
    /// Whether the format of the set fixes the size (IDX, CIFAR-10).
    pub fixed: bool,
}

/// A picture that has a header for colour or transparency, but perhaps none in it, is opened: so many of them, then one of
/// so many.
const OPENED: usize = 64;
const OPENED_OF: usize = 16;
/// About so many are opened to see what lies behind them.
const GROUNDS: usize = 12;
/// Red, green and blue this far apart are a colour; less is what JPEG makes of grey. Grounds this far apart are two.
const APART: u8 = 12;
/// Two shapes are the same up to this ratio of width over height: so little is cut off or padded that nobody sees it.
const SAME_SHAPE: f64 = 1.1;

/// Looks at what lies at the path.
///
/// # Errors
/// When the path can't be read, or no file is a picture.
pub fn glance(path: &Path, monitor: &mut dyn Monitor) -> Result<Glance, DataError> {
    let source = Source::scan(path)?;
    let limits = Limits::default();
    let (mut glance, mut names, mut classes) = (Glance::default(), Vec::new(), Vec::new());
    let mut looked_at = 0;
    let (mut coloured, mut clear) = (Doubt::default(), Doubt::default());
    // From all over the set: neighbours are often alike.
    let (mut grounds, stride) = (Vec::new(), (source.total / GROUNDS).max(1));
    source.each(&limits, &mut |Found { name, class, payload }| {
        if !monitor.count(Stage::Reading, Unit::Pictures, looked_at, source.total) {
            return Err(DataError::Cancelled);
        }
        let look_behind = looked_at % stride == 0 && grounds.len() < 2 * GROUNDS;
        looked_at += 1;
        glance.fixed |= matches!(payload, Payload::Pixels(..));
        let Some(header) = header(&payload) else { return Ok(()) };
        *glance.sizes.entry(header.size).or_default() += 1;
        let look_for_colour = header.may_have_colour && coloured.found == 0 && coloured.is_next();
        let look_through = header.may_be_transparent && clear.is_next();
        if look_for_colour || look_through || look_behind {
            let decoded = opened(payload, &limits);
            let image = decoded.as_ref().map(|decoded| &decoded.image);
            grounds.extend(image.filter(|_| look_behind).map(ground));
            coloured.opened(look_for_colour, image.is_some_and(is_coloured));
            clear.opened(look_through, image.is_some_and(decode::is_transparent));
        }
        names.push(name);
        classes.push(class);
        Ok(())
    })?;
    if names.is_empty() {
        let why = format!("{looked_at} files were looked at, and none is a picture that can be read");
        return Err(DataError::Nothing { path: path.to_path_buf(), why });
    }
    glance.pictures = names.len();
    glance.colour = coloured.found > 0;
    glance.transparent = 2 * clear.estimate() > glance.pictures;
    glance.ground = common_ground(&grounds);
    glance.classes = counts(&if source.is_archive() { classes_inside(&names) } else { classes });
    Ok(glance)
}

impl Glance {
    /// The shorter side of the picture in the middle, when they are sorted by it: a square cut out of it is not larger.
    pub fn median_side(&self) -> usize {
        self.median(|width, height| width.min(height))
    }

    /// The same of the longer sides: a square around the picture in the middle is as large.
    pub fn median_longer_side(&self) -> usize {
        self.median(|width, height| width.max(height))
    }

    /// How many pictures have clearly another shape than this width and height.
    pub fn of_another_shape(&self, [width, height]: [usize; 2]) -> usize {
        let shape = width as f64 / height.max(1) as f64;
        let differs = |&(&(width, height), _): &(&(usize, usize), &usize)| {
            let times = width as f64 / height.max(1) as f64 / shape;
            times.max(1.0 / times) > SAME_SHAPE
        };
        self.sizes.iter().filter(differs).map(|(_, count)| count).sum()
    }

    fn median(&self, of: impl Fn(usize, usize) -> usize) -> usize {
        let mut sides: Vec<(usize, usize)> =
            self.sizes.iter().map(|(&(width, height), &count)| (of(width, height), count)).collect();
        sides.sort_unstable();
        let mut left = self.pictures / 2;
        for &(side, count) in &sides {
            if count > left {
                return side;
            }
            left -= count;
        }
        sides.last().map_or(0, |&(side, _)| side)
    }

    /// The size that most pictures have: width and height.
    pub fn usual_size(&self) -> (usize, usize) {
        self.sizes.iter().max_by_key(|(_, count)| **count).map_or((0, 0), |(&size, _)| size)
    }
}

/// None unless there are at least two and every picture belongs to one: the same rule as in a `Dataset`.
fn counts(classes: &[Option<String>]) -> BTreeMap<String, usize> {
    let distinct: BTreeSet<&String> = classes.iter().flatten().collect();
    if distinct.len() < 2 || classes.iter().any(Option::is_none) {
        return BTreeMap::new();
    }
    let mut counts = BTreeMap::new();
    classes.iter().flatten().for_each(|class| *counts.entry(class.clone()).or_default() += 1);
    counts
}

/// Something that a header allows, and only pixels show.
#[derive(Default)]
struct Doubt {
    /// Pictures whose headers allow it.
    allowed: usize,
    opened: usize,
    found: usize,
}

impl Doubt {
    /// Counts one more, and says whether it should be opened.
    fn is_next(&mut self) -> bool {
        self.allowed += 1;
        self.allowed <= OPENED || self.allowed.is_multiple_of(OPENED_OF)
    }

    fn opened(&mut self, was_next: bool, found: bool) {
        self.opened += usize::from(was_next);
        self.found += usize::from(was_next && found);
    }

    /// How many of all pictures have it, if those that were opened are like the others.
    fn estimate(&self) -> usize {
        (self.allowed * self.found).checked_div(self.opened).unwrap_or(0)
    }
}

struct Header {
    size: (usize, usize),
    may_have_colour: bool,
    may_be_transparent: bool,
}

fn header(payload: &Payload) -> Option<Header> {
    let (size, colours) = match payload {
        Payload::File(path) => decode::header(BufReader::new(impasto_system::open(path).ok()?))?,
        Payload::Bytes(bytes) => decode::header(Cursor::new(bytes))?,
        Payload::Pixels(image, _) => ((image.width() as usize, image.height() as usize), image.color()),
        Payload::Bad(_) | Payload::Other => return None,
    };
    Some(Header { size, may_have_colour: colours.has_color(), may_be_transparent: colours.has_alpha() })
}

/// The picture itself; `None` if it can't be read.
fn opened(payload: Payload, limits: &Limits) -> Option<Decoded> {
    let open = |bytes: &[u8]| decode::open(bytes, limits).ok();
    match payload {
        Payload::File(path) => open(&decode::read_file(&path, limits).ok()?.0),
        Payload::Bytes(bytes) => open(&bytes),
        Payload::Pixels(image, _) => Some(Decoded { image, lease: None }),
        Payload::Bad(_) | Payload::Other => None,
    }
}

/// More than one pixel in a thousand.
fn is_coloured(image: &DynamicImage) -> bool {
    let image = image.to_rgb8();
    let apart = |pixel: &&image::Rgb<u8>| {
        let [red, green, blue] = pixel.0;
        red.max(green).max(blue) - red.min(green).min(blue) > APART
    };
    image.pixels().filter(apart).count() * 1000 > (image.width() * image.height()) as usize
}

/// The colour of the border, if nine tenths of it have one.
fn ground(image: &DynamicImage) -> Option<[u8; 3]> {
    let image = image.to_rgb8();
    let (right, bottom) = (image.width().checked_sub(1)?, image.height().checked_sub(1)?);
    let rows = (0..=right).flat_map(|x| [(x, 0), (x, bottom)]);
    let columns = (0..=bottom).flat_map(|y| [(0, y), (right, y)]);
    let border: Vec<[u8; 3]> = rows.chain(columns).map(|(x, y)| image.get_pixel(x, y).0).collect();
    let middle = middle(&border)?;
    let alike = border.iter().filter(|pixel| are_alike(**pixel, middle)).count();
    (10 * alike >= 9 * border.len()).then_some(middle)
}

/// The one that most pictures have, if there is one.
fn common_ground(grounds: &[Option<[u8; 3]>]) -> Option<[u8; 3]> {
    let plain: Vec<[u8; 3]> = grounds.iter().flatten().copied().collect();
    let alike = |middle| plain.iter().filter(|ground| are_alike(**ground, middle)).count();
    middle(&plain).filter(|&middle| 2 * alike(middle) > grounds.len())
}

/// The median of each channel.
fn middle(colours: &[[u8; 3]]) -> Option<[u8; 3]> {
    let median = |channel: usize| {
        let mut levels: Vec<u8> = colours.iter().map(|colour| colour[channel]).collect();
        levels.sort_unstable();
        levels.get(levels.len() / 2).copied()
    };
    Some([median(0)?, median(1)?, median(2)?])
}

fn are_alike(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(&one, other)| one.abs_diff(other) <= APART)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn save(folder: &Path, name: &str, side: u32, pixel: [u8; 3]) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::RgbImage::from_pixel(side, side + 4, image::Rgb(pixel)).save(path).unwrap();
    }

    fn seen(folder: &Path) -> Glance {
        glance(folder, &mut ()).unwrap()
    }

    #[test]
    fn counts_sizes_and_classes_are_seen_and_bad_files_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for (name, side) in [("a/1.png", 20), ("a/2.png", 32), ("b/1.png", 40)] {
            save(folder.path(), name, side, [9, 200, 30]);
        }
        std::fs::write(folder.path().join("b/bad.png"), "no picture").unwrap();
        let glance = seen(folder.path());
        assert_eq!(
            (glance.pictures, glance.median_side(), glance.colour, glance.fixed),
            (3, 32, true, false)
        );
        assert_eq!(glance.classes, [("a".to_owned(), 2), ("b".to_owned(), 1)].into());
    }

    #[test]
    fn one_coloured_picture_is_enough_and_grey_in_rgb_is_grey() {
        let folder = tempfile::tempdir().unwrap();
        (0..3).for_each(|number| save(folder.path(), &format!("{number}.png"), 8, [90, 95, 91]));
        assert!(!seen(folder.path()).colour);
        save(folder.path(), "9.png", 8, [90, 150, 91]);
        assert!(seen(folder.path()).colour);
        assert!(seen(folder.path()).classes.is_empty());
    }

    #[test]
    fn a_set_is_transparent_when_most_of_its_pictures_are() {
        let folder = tempfile::tempdir().unwrap();
        let save = |name: &str, alpha: u8| {
            let path = folder.path().join(name);
            image::RgbaImage::from_pixel(8, 8, image::Rgba([200, 9, 30, alpha])).save(path).unwrap();
        };
        ["1.png", "2.png", "3.png"].iter().for_each(|name| save(name, 255));
        assert!(!seen(folder.path()).transparent, "alpha in the header, and nothing to be seen through");
        ["4.png", "5.png", "6.png"].iter().for_each(|name| save(name, 90));
        assert!(!seen(folder.path()).transparent, "half of them");
        save("7.png", 0);
        assert!(seen(folder.path()).transparent && seen(folder.path()).colour);
    }

    #[test]
    fn a_ground_is_one_when_most_pictures_lie_on_it() {
        let folder = tempfile::tempdir().unwrap();
        // A thing in the middle, and a few specks at the border, as from a scanner.
        let save = |name: &str, shade: u8| {
            let mut image = image::RgbImage::from_pixel(40, 40, image::Rgb([shade; 3]));
            for at in [(20, 20), (21, 20), (0, 7), (39, 39), (13, 0)] {
                image.put_pixel(at.0, at.1, image::Rgb([200, 9, 30]));
            }
            image.save(folder.path().join(name)).unwrap();
        };
        (0..3).for_each(|number| save(&format!("{number}.png"), 250 - number));
        assert_eq!(seen(folder.path()).ground, Some([249; 3]));
        (3..5).for_each(|number| save(&format!("{number}.png"), 30 * number));
        assert!(seen(folder.path()).ground.is_some(), "three of five");
        save("5.png", 20);
        assert_eq!(seen(folder.path()).ground, None, "half of them");
    }

    #[test]
    fn shapes_are_compared_and_sides_counted() {
        let sizes = [((84, 120), 129), ((100, 100), 10), ((105, 100), 9)].into();
        let glance = Glance { pictures: 148, sizes, ..Glance::default() };
        assert_eq!((glance.of_another_shape([64, 64]), glance.of_another_shape([70, 100])), (129, 19));
        assert_eq!((glance.median_side(), glance.median_longer_side()), (84, 120));
    }

    #[test]
    fn a_ground_is_plain() {
        let folder = tempfile::tempdir().unwrap();
        let noise = |x: u32, y: u32| image::Rgb([(x * 37 + y * 101) as u8, (x * 91) as u8, (y * 53) as u8]);
        image::RgbImage::from_fn(40, 30, noise).save(folder.path().join("1.png")).unwrap();
        assert_eq!(seen(folder.path()).ground, None);
    }

    #[test]
    fn loose_pictures_mean_that_there_are_no_classes() {
        let folder = tempfile::tempdir().unwrap();
        ["a/1.png", "b/1.png", "1.png"].iter().for_each(|name| save(folder.path(), name, 8, [0; 3]));
        assert!(seen(folder.path()).classes.is_empty());
    }

    #[test]
    fn a_folder_without_pictures_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = glance(folder.path(), &mut ()).unwrap_err().to_string();
        assert!(error.contains("no readable pictures"), "{error}");
    }
}
