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
mod resume;
mod shapes;
mod studio;
mod training;
mod weights;
