//! What stands before the pixels: sizes, tables, orientation. Anything unusual is `None`.

use image::metadata::Orientation;
use sha2::{Digest, Sha256};

use super::huffman::Table;
use super::scan::Scan;

/// One of the planes that a picture is made of.
pub(super) struct Component {
    id: u8,
    /// Blocks in a unit: across and down.
    pub(super) blocks: [usize; 2],
    quantiser: usize,
    /// Numbers of the tables for the first and for the other coefficients.
    pub(super) tables: [usize; 2],
    /// What coefficients are multiplied with, in the order of the file.
    pub(super) factors: [f32; 64],
}

/// Everything about a picture but its pixels.
pub(super) struct Header<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Brightness; or brightness and two of colour, which have one block in a unit.
    pub(super) components: Vec<Component>,
    pub(super) orientation: Orientation,
    /// Tables for the first coefficients, and for the others.
    pub(super) tables: [[Option<Table>; 4]; 2],
    pub(super) scan: Scan<'a>,
    /// Of all that the pixels are made from.
    pub(super) digest: [u8; 32],
}

/// Tables that are read: no usual file has more, and each takes a while to build.
const MOST_TABLES: usize = 16;

/// Filled while the segments pass by.
struct Reader {
    size: [usize; 2],
    components: Vec<Component>,
    orientation: Orientation,
    quantisers: [Option<[f32; 64]>; 4],
    tables: [[Option<Table>; 4]; 2],
    tables_read: usize,
    restart: usize,
    digest: Sha256,
}

impl<'a> Header<'a> {
    /// The header of a baseline JPEG of one scan, in grey or in YCbCr with the usual samplings.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new();
        let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
        loop {
            let [0xff, marker, high, low, ..] = *rest else { return None };
            let length = usize::from(u16::from_be_bytes([high, low]));
            let segment = rest.get(4..length + 2)?;
            // Other metadata than the orientation doesn't make another picture.
            if !matches!(marker, 0xe0..=0xef | 0xfe) {
                reader.digest.update(&rest[..length + 2]);
            }
            rest = &rest[length + 2..];
            if marker == 0xda {
                return reader.finish(segment, rest);
            }
            reader.segment(marker, segment)?;
        }
    }

    /// Blocks in a unit: across and down.
    pub(super) fn unit(&self) -> [usize; 2] {
        self.components[0].blocks
    }

    /// How many units there are: across and down.
    pub(super) fn units(&self) -> [usize; 2] {
        let [across, down] = self.unit();
        [self.width.div_ceil(8 * across), self.height.div_ceil(8 * down)]
    }
}

impl Reader {
    fn new() -> Self {
        Self {
            size: [0; 2],
            components: Vec::new(),
            orientation: Orientation::NoTransforms,
            quantisers: [None; 4],
            tables: Default::default(),
            tables_read: 0,
            restart: 0,
            digest: Sha256::new_with_prefix(b"JPEG"),
        }
    }

    fn segment(&mut self, marker: u8, segment: &[u8]) -> Option<()> {
        match marker {
            0xc0 | 0xc1 if self.components.is_empty() => self.frame(segment),
            0xc4 => self.huffman(segment),
            0xdb => self.quantiser(segment),
            0xdd => {
                self.restart = usize::from(u16::from_be_bytes(segment.try_into().ok()?));
                Some(())
            }
            // Frames of a film leave out their tables.
            0xe0 if segment.starts_with(b"AVI1") => None,
            0xe1 => {
                if let Some(exif) = segment.strip_prefix(b"Exif\0\0") {
                    self.orientation =
                        Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms);
                }
                Some(())
            }
            // Adobe's programs say here whether the colours are YCbCr.
            0xee if segment.starts_with(b"Adobe") => (segment.get(11) == Some(&1)).then_some(()),
            0xe0..=0xef | 0xfe => Some(()),
            _ => None,
        }
    }

    fn frame(&mut self, segment: &[u8]) -> Option<()> {
        let (&[precision, y1, y0, x1, x0, count], components) = segment.split_first_chunk::<6>()?;
        let size = [[x1, x0], [y1, y0]].map(|side| usize::from(u16::from_be_bytes(side)));
        let usual = precision == 8 && matches!(count, 1 | 3) && components.len() == 3 * usize::from(count);
        if !usual || size.contains(&0) {
            return None;
        }
        let component = |&[id, sampling, quantiser]: &[u8; 3]| Component {
            id,
            blocks: [sampling >> 4, sampling & 15].map(usize::from),
            quantiser: usize::from(quantiser),
            tables: [0; 2],
            factors: [0.0; 64],
        };
        self.size = size;
        self.components = components.as_chunks().0.iter().map(component).collect();
        let letters = self.components.iter().map(|one| one.id).eq(*b"RGB");
        let (first, colours) = self.components.split_first_mut()?;
        let usual = first.blocks.iter().all(|side| matches!(side, 1 | 2))
            && colours.iter().all(|colour| colour.blocks == [1; 2]);
        if colours.is_empty() {
            // Without others to compare it with, a sampling means nothing.
            first.blocks = [1; 2];
        }
        (usual && !letters).then_some(())
    }

    fn quantiser(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&number, rest)) = segment.split_first() {
            // Numbers of 16 bits have their place in a scan of 12 bits.
            let (factors, rest) = rest.split_first_chunk::<64>()?;
            *self.quantisers.get_mut(usize::from(number))? = Some(factors.map(f32::from));
            segment = rest;
        }
        Some(())
    }

    fn huffman(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&number, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let (symbols, rest) =
                rest.split_at_checked(counts.iter().map(|&count| usize::from(count)).sum())?;
            self.tables_read += 1;
            if self.tables_read > MOST_TABLES {
                return None;
            }
            let tables = self.tables.get_mut(usize::from(number >> 4))?;
            *tables.get_mut(usize::from(number & 15))? = Some(Table::new(counts, symbols, number >> 4 == 0)?);
            segment = rest;
        }
        Some(())
    }

    /// The header of the scan, and what follows it.
    fn finish<'a>(mut self, segment: &[u8], rest: &'a [u8]) -> Option<Header<'a>> {
        let (&count, segment) = segment.split_first()?;
        let (choices, whole) = segment.as_chunks::<2>();
        if usize::from(count) != self.components.len() || choices.len() != self.components.len() + 1 {
            return None;
        }
        // All coefficients, with all their bits, in one scan.
        if [choices[choices.len() - 1].as_slice(), whole].concat() != [0, 63, 0] {
            return None;
        }
        for (component, &[id, tables]) in self.components.iter_mut().zip(choices) {
            if component.id != id {
                return None;
            }
            component.factors = (*self.quantisers.get(component.quantiser)?)?;
            component.tables = [tables >> 4, tables & 15].map(usize::from);
        }
        let [width, height] = self.size;
        let scan = Scan::find(rest, self.restart, width.div_ceil(8) * height.div_ceil(8))?;
        self.digest.update(scan.bytes());
        self.digest.update([self.orientation.to_exif()]);
        let Self { size: [width, height], components, orientation, tables, digest, .. } = self;
        Some(Header {
            width,
            height,
            components,
            orientation,
            tables,
            scan,
            digest: digest.finalize().into(),
        })
    }
}
