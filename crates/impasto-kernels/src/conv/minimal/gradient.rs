//! The gradient of a short convolution for its weight.

use super::passes::{Places, both_sides};
use super::side::{Matrix, Windows, matrices};
use super::{LARGE, Run, Short, Tiling, spread_channels};
use crate::conv::{Geometry, Pictures};
use crate::flip::flip;
use crate::limit::steps;
use crate::room::{Room, Threads};
use crate::sum::{Left, Right, sum};
use crate::tile::{LANES, Words};

/// The gradient of a short convolution for its weight, see [`for_weight`](crate::conv::for_weight).
pub(crate) fn for_weight(
    short: Short,
    x: Pictures<'_>,
    gradient: Pictures<'_>,
    geometry: &Geometry,
) -> Vec<f32> {
    let [n, inputs, _, _] = x.shape;
    let [_, outputs, height, width] = gradient.shape;
    let maps = matrices(short.taps);
    let tiling = Tiling::new(n, height.div_ceil(2), width.div_ceil(2));
    let (phases, lanes) = (short.phases(), outputs.next_multiple_of(LANES));
    let (positions, rows) = (maps.input.rows.len().pow(2), phases * inputs);
    let seen = geometry.padding.map(|padding| Windows::down(short, padding));
    let twos = [Windows::pairs(), Windows::pairs()];
    let spread_out = maps.output.transposed();
    let squares = Room::new(positions * rows * lanes);
    let parts = tiling.parts(positions * (rows + outputs) * LANES, LARGE);
    for (number, part) in parts.iter().enumerate() {
        let runs = tiling.runs(part);
        let columns = part.len() * tiling.across * LANES;
        let left = lines(x, &seen, &maps.input, &runs, (tiling.across, columns));
        let right = lines(gradient, &twos, &spread_out, &runs, (tiling.across, columns));
        let steps = steps("tiles", columns, 1);
        for position in 0..positions {
            let left = bytemuck::cast_slice(&left[position * rows * columns..][..rows * columns]);
            let left = Left { kind: Words::Single, words: left, offset: |row| row * columns, steps: &steps };
            let right = Right::Columns(&right[position * outputs * columns..][..outputs * columns], columns);
            sum(Threads::All, [rows, outputs], &left, right, |piece| {
                for (row, sums) in piece.rows.clone().zip(piece.sums.chunks(piece.stride)) {
                    let count = piece.columns.len();
                    let to = squares.at((position * rows + row) * lanes + piece.columns.start);
                    // SAFETY: rows and columns of this square, which pieces share without overlap; from the second part
                    // on they have been written.
                    unsafe {
                        if number == 0 {
                            sums.as_ptr().copy_to_nonoverlapping(to, count);
                        } else {
                            let to = std::slice::from_raw_parts_mut(to, count);
                            to.iter_mut().zip(sums).for_each(|(to, sum)| *to += sum);
                        }
                    }
                }
            });
        }
    }
    // Lanes beyond the outputs belong to no piece.
    for row in 0..positions * rows {
        // SAFETY: no piece is being written any more.
        unsafe { squares.zeros(row * lanes + outputs, lanes - outputs) };
    }
    // SAFETY: everything else was written by the first part.
    let squares = unsafe { squares.filled() };
    folded(short, &squares, &maps.weight.transposed(), [inputs, outputs])
}

/// Pictures after a matrix, row by row: position, phase and channel, tiles.
fn lines(
    x: Pictures<'_>,
    windows: &[Windows; 2],
    matrix: &Matrix,
    runs: &[Run],
    (across, columns): (usize, usize),
) -> Vec<f32> {
    let channels = x.shape[1];
    let phases = windows[0].first.len() * windows[1].first.len();
    let room = Room::new(matrix.rows.len().pow(2) * phases * channels * columns);
    let lanes: Vec<_> = (0..columns / LANES).map(|tile| (tile * LANES, columns)).collect();
    let position = phases * channels * columns;
    let places = Places { room: &room, position, phase: 0, tiles: &lanes, row: 0, phase_rows: channels };
    // SAFETY: there is a row of lanes for each position, phase and channel.
    unsafe { spread_channels(Threads::All, x, windows, matrix, (runs, across), &places) };
    // SAFETY: the rows of all channels are all there is.
    unsafe { room.filled() }
}

/// The weight's gradient from its squares.
fn folded(short: Short, squares: &[f32], matrix: &Matrix, [inputs, outputs]: [usize; 2]) -> Vec<f32> {
    let Short { taps, stride } = short;
    let kernel = taps * stride;
    let (area, lanes, phases) = (kernel * kernel, outputs.next_multiple_of(LANES), short.phases());
    let out = Room::new(outputs * inputs * area);
    let positions = (taps + 1) * (taps + 1);
    Threads::All.each(inputs, 1, |channel| {
        let values = Room::new(area * lanes);
        for phase in 0..phases {
            let from = |position: usize| ((position * phases + phase) * inputs + channel) * lanes;
            let from: Vec<usize> = (0..positions).map(from).collect();
            let to = |tap: usize| {
                let [y, x] = [stride * (tap / taps) + phase / stride, stride * (tap % taps) + phase % stride];
                (y * kernel + x) * lanes
            };
            let to: Vec<usize> = (0..taps * taps).map(to).collect();
            // SAFETY: there is room for the lanes of all places of the kernel.
            unsafe { both_sides(squares, &from, matrix, lanes, &values, &to) };
        }
        // SAFETY: the phases have all places of the kernel, each with so many lanes; these kernels belong to no other task.
        unsafe {
            let values = values.filled();
            flip(values.as_ptr(), lanes, area, outputs, |output| out.at((output * inputs + channel) * area));
        }
    });
    // SAFETY: the kernels of all channels are all there is.
    unsafe { out.filled() }
}
