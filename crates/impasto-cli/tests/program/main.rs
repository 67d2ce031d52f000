//! The program as its users meet it: real processes, real folders.

mod augment;
mod bench;
mod compare;
mod data;
mod demo;
mod doctor;
mod errors;
mod judge;
mod kernels;
mod lists;
mod painting;
mod planning;
#[cfg(unix)]
#[path = "../../../impasto-data/tests/pretend/mod.rs"]
mod pretend;
mod resume;
mod shapes;
mod steering;
#[cfg(unix)]
mod strangers;
mod studio;
mod style;
mod training;
mod translating;
mod tune;
mod variations;
mod weights;
