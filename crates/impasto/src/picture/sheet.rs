//! Contact sheets: many pictures on one.

use impasto_data::Picture;

use super::as_rgb;
use super::png::LARGEST_FILE;

/// The colour between the pictures where nothing else is said.
pub const PAPER: [u8; 3] = [255; 3];
/// Pixels between them, likewise.
const GAP: usize = 2;

/// The sheet as Impasto shows it everywhere: on paper, tiny pictures enlarged.
pub fn contact_sheet(pictures: &[Picture], columns: usize) -> Picture {
    let pictures: Vec<Picture> = pictures.iter().map(|one| magnified(one, magnification(one))).collect();
    sheet(&pictures, columns, GAP, PAPER)
}

/// The same sheet, picture by picture: they are all of one size, and only the sheet is kept.
#[derive(Debug)]
pub struct ContactSheet {
    canvas: Picture,
    columns: usize,
    times: usize,
    next: usize,
}

impl ContactSheet {
    /// An empty sheet for so many pictures like the first.
    pub fn new(first: &Picture, count: usize, columns: usize) -> Self {
        let (times, columns) = (magnification(first), columns.clamp(1, count.max(1)));
        let [width, height] = contact_sheet_size([first.width(), first.height()], count, columns);
        Self { canvas: blank(std::slice::from_ref(first), width, height, PAPER), columns, times, next: 0 }
    }

    /// Puts the next picture onto it.
    pub fn add(&mut self, picture: &Picture) {
        let picture = magnified(picture, self.times);
        let place = |number: usize, side: usize| GAP + number * (side + GAP);
        let (left, top) = (self.next % self.columns, self.next / self.columns);
        put(&mut self.canvas, &picture, place(left, picture.width()), place(top, picture.height()), PAPER);
        self.next += 1;
    }

    /// The sheet.
    pub fn picture(self) -> Picture {
        self.canvas
    }
}

/// Width and height of the contact sheet of so many pictures of this size.
fn contact_sheet_size([width, height]: [usize; 2], count: usize, columns: usize) -> [usize; 2] {
    let times = times_of([width, height]);
    let columns = columns.clamp(1, count.max(1));
    let side = |number: usize, side: usize| number.saturating_mul(side * times + GAP).saturating_add(GAP);
    [side(columns, width), side(count.div_ceil(columns).max(1), height)]
}

/// How many pictures of this size and so many channels a contact sheet may hold: a PNG file that would unpack to more is
/// not read again. The columns are those that are asked for, else about as many as rows.
pub fn most_on_a_sheet(size: [usize; 2], channels: usize, columns: Option<usize>) -> usize {
    let fits = |count: usize| {
        let [width, height] =
            contact_sheet_size(size, count, columns.unwrap_or_else(|| square_columns(count)));
        width.saturating_mul(height).saturating_mul(channels) as u64 <= LARGEST_FILE
    };
    // More than there can be, as each takes a few pixels.
    let (mut least, mut most) = (0, LARGEST_FILE as usize);
    while most - least > 1 {
        let middle = least.midpoint(most);
        if fits(middle) { least = middle } else { most = middle }
    }
    least
}

/// Pictures in rows of `columns`, `gap` pixels of background between and around them. Tiny pictures should be
/// [`magnified`] first. Those smaller than the largest stand in the middle of their place; the sheet is grey when
/// all its pictures and the background are, and transparent with nothing for a background when all its pictures have
/// alpha.
pub fn sheet(pictures: &[Picture], columns: usize, gap: usize, background: [u8; 3]) -> Picture {
    let columns = columns.clamp(1, pictures.len().max(1));
    let rows = pictures.len().div_ceil(columns);
    let cell_width = pictures.iter().map(Picture::width).max().unwrap_or(1);
    let cell_height = pictures.iter().map(Picture::height).max().unwrap_or(1);
    let (width, height) = (gap + columns * (cell_width + gap), gap + rows.max(1) * (cell_height + gap));
    let mut canvas = blank(pictures, width, height, background);
    for (number, picture) in pictures.iter().enumerate() {
        let left = gap + number % columns * (cell_width + gap) + (cell_width - picture.width()) / 2;
        let top = gap + number / columns * (cell_height + gap) + (cell_height - picture.height()) / 2;
        put(&mut canvas, picture, left, top, background);
    }
    canvas
}

/// Two pictures beside each other, their middles at one height, on paper, or on nothing where both have alpha.
pub fn side_by_side(left: &Picture, right: &Picture, gap: usize) -> Picture {
    let height = left.height().max(right.height());
    let width = left.width() + gap + right.width();
    let mut canvas = blank(&[left.clone(), right.clone()], width, height, PAPER);
    put(&mut canvas, left, 0, (height - left.height()) / 2, PAPER);
    put(&mut canvas, right, left.width() + gap, (height - right.height()) / 2, PAPER);
    canvas
}

/// How often a tiny picture should be magnified to be seen well: 28 and 32 pixels twice, 16 four times, 64 not.
pub fn magnification(picture: &Picture) -> usize {
    times_of([picture.width(), picture.height()])
}

fn times_of([width, height]: [usize; 2]) -> usize {
    (64 / width.max(height).max(1)).max(1)
}

/// The picture with each pixel `times` as large, sharp-edged.
pub fn magnified(picture: &Picture, times: usize) -> Picture {
    let times = times.max(1);
    let mut pixels = Vec::with_capacity(picture.pixels().len() * times * times);
    for row in picture.pixels().chunks_exact((picture.width() * picture.channels()).max(1)) {
        let wide: Vec<u8> =
            row.chunks_exact(picture.channels()).flat_map(|pixel| pixel.repeat(times)).collect();
        (0..times).for_each(|_| pixels.extend_from_slice(&wide));
    }
    Picture::new(picture.width() * times, picture.height() * times, picture.channels(), pixels)
}

/// The number of columns that makes a sheet of `count` pictures about square.
pub fn square_columns(count: usize) -> usize {
    (count as f64).sqrt().ceil().max(1.0) as usize
}

fn blank(pictures: &[Picture], width: usize, height: usize, colour: [u8; 3]) -> Picture {
    let is_grey = colour.iter().all(|&part| part == colour[0]);
    let have = |channels| pictures.iter().all(|picture| picture.channels() == channels);
    match () {
        () if is_grey && have(1) => Picture::filled(width, height, &colour[..1]),
        () if have(4) => Picture::filled(width, height, &[0; 4]),
        () => Picture::filled(width, height, &colour),
    }
}

/// Puts a picture that fits onto the canvas, in the canvas's own channels (1 or 4 only when the picture has as many).
fn put(canvas: &mut Picture, picture: &Picture, left: usize, top: usize, background: [u8; 3]) {
    let channels = canvas.channels();
    let promoted = if picture.channels() == channels { picture } else { &as_rgb(picture, background) };
    let (across, stride) = (picture.width() * channels, canvas.width() * channels);
    for (row, line) in promoted.pixels().chunks_exact(across.max(1)).enumerate() {
        let at = (top + row) * stride + left * channels;
        canvas.pixels_mut()[at..at + across].copy_from_slice(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_made_picture_by_picture_is_the_same() {
        for (channels, side, count, columns) in [(1, 28, 5, 2), (3, 64, 7, 9), (4, 100, 1, 1), (3, 16, 12, 4)]
        {
            let one = |number: usize| Picture::filled(side, side + 3, &vec![number as u8 * 20; channels]);
            let all: Vec<Picture> = (0..count).map(one).collect();
            let mut sheet = ContactSheet::new(&all[0], count, columns);
            all.iter().for_each(|picture| sheet.add(picture));
            assert!(sheet.picture() == contact_sheet(&all, columns), "{channels} {side} {count} {columns}");
        }
    }

    #[test]
    fn the_largest_sheet_can_be_read_again_and_one_more_picture_could_not() {
        assert_eq!(contact_sheet_size([64, 64], 10, 5), [2 + 5 * 66, 2 + 2 * 66]);
        for (size, channels, columns) in [
            ([64, 64], 3, None),
            ([16, 8], 1, None),
            ([1024, 1024], 4, None),
            ([64, 64], 3, Some(1)),
            ([9, 9], 3, Some(7)),
        ] {
            let most = most_on_a_sheet(size, channels, columns);
            let bytes = |count| {
                let columns = columns.unwrap_or_else(|| square_columns(count));
                contact_sheet_size(size, count, columns).iter().product::<usize>() * channels
            };
            assert!(bytes(most) as u64 <= LARGEST_FILE && most > 100, "{size:?}: {most}");
            let more = most + columns.unwrap_or(1);
            assert!(bytes(more) as u64 > LARGEST_FILE, "{size:?}: {most}");
        }
        assert_eq!(most_on_a_sheet([1 << 20, 1 << 20], 3, None), 0);
    }

    #[test]
    fn pictures_stand_in_rows_with_gaps() {
        let pictures = [1, 2, 3].map(|grey| Picture::filled(1, 1, &[grey]));
        let sheet = sheet(&pictures, 2, 1, [9; 3]);
        assert_eq!((sheet.width(), sheet.height(), sheet.channels()), (5, 5, 1));
        #[rustfmt::skip]
        let expected = [
            9, 9, 9, 9, 9,
            9, 1, 9, 2, 9,
            9, 9, 9, 9, 9,
            9, 3, 9, 9, 9,
            9, 9, 9, 9, 9,
        ];
        assert_eq!(sheet.pixels(), expected);
    }

    #[test]
    fn grey_and_colour_and_different_sizes_go_together() {
        let pictures =
            [Picture::filled(3, 3, &[7]), Picture::filled(1, 1, &[1, 2, 3]), Picture::filled(2, 2, &[0; 4])];
        let sheet = sheet(&pictures, 3, 0, [200, 0, 0]);
        assert_eq!((sheet.width(), sheet.height(), sheet.channels()), (9, 3, 3));
        assert_eq!(sheet.pixel(0, 0), [7, 7, 7]);
        assert_eq!(sheet.pixel(4, 1), [1, 2, 3]);
        assert_eq!(sheet.pixel(3, 0), [200, 0, 0]);
        assert_eq!(sheet.pixel(6, 0), [200, 0, 0], "what is transparent shows the background");
    }

    #[test]
    fn transparent_pictures_stand_on_nothing() {
        let pictures = [[9, 8, 7, 6], [1, 2, 3, 255]].map(|colour| Picture::filled(1, 1, &colour));
        let together = sheet(&pictures, 2, 1, PAPER);
        assert_eq!((together.width(), together.height(), together.channels()), (5, 3, 4));
        assert_eq!([0, 1, 2, 3, 4].map(|x| together.pixel(x, 1)[3]), [0, 6, 0, 255, 0]);
        assert_eq!(together.pixel(1, 1), [9, 8, 7, 6]);
        assert_eq!(side_by_side(&pictures[0], &pictures[1], 1).pixel(1, 0), [0; 4]);
    }

    #[test]
    fn a_sheet_of_nothing_is_a_piece_of_background() {
        assert_eq!(sheet(&[], 0, 0, [5; 3]), Picture::filled(1, 1, &[5]));
    }

    #[test]
    fn tiny_pictures_are_magnified_by_whole_numbers() {
        let times = |side| magnification(&Picture::filled(side, side, &[0]));
        assert_eq!([16, 28, 32, 64, 128].map(times), [4, 2, 2, 1, 1]);
        let picture = Picture::new(2, 1, 1, vec![1, 2]);
        assert_eq!(magnified(&picture, 2), Picture::new(4, 2, 1, vec![1, 1, 2, 2, 1, 1, 2, 2]));
        assert_eq!(magnified(&picture, 0), picture);
    }

    #[test]
    fn two_pictures_stand_beside_each_other() {
        let both = side_by_side(&Picture::filled(1, 3, &[1]), &Picture::filled(2, 1, &[2]), 1);
        assert_eq!((both.width(), both.height()), (4, 3));
        assert_eq!(both.pixels(), [1, 255, 255, 255, 1, 255, 2, 2, 1, 255, 255, 255]);
    }

    #[test]
    fn sheets_are_about_square() {
        assert_eq!([0, 1, 2, 4, 5, 64].map(square_columns), [1, 1, 2, 2, 3, 8]);
    }
}
