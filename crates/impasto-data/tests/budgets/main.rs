//! What hostile files may cost: memory and time, measured. Every file is made by the tests, and each is of a kind that
//! asks for far more than it has.

mod archives;
mod measure;
mod pictures;
mod sets;
