//! The program as its users meet it: real processes, real folders.

mod augment;
mod bench;
mod compare;
mod data;
mod demo;
mod doctor;
mod errors;
mod events;
#[cfg(target_os = "linux")]
mod faults;
mod judge;
mod kernels;
mod killed;
mod lists;
mod painting;
mod planning;
#[cfg(unix)]
#[path = "../../../impasto-data/tests/pretend/mod.rs"]
mod pretend;
#[cfg(unix)]
mod printed;
mod resume;
#[cfg(unix)]
mod seen;
mod shapes;
#[cfg(unix)]
mod special;
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
