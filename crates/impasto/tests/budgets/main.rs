//! What hostile files cost: files that are made to take all memory, or all time, are read or refused within small
//! multiples of their size. A binary of its own, because its allocator counts.

mod measure;
mod notes;
mod pieces;
mod weights;
