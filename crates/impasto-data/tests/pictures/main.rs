//! Pictures of every kind, good and bad, from the file to the batch. All files are made by the tests themselves, but
//! for one CMYK JPEG that another program wrote.

mod bad;
mod common;
mod dataset;
mod formats;
mod mutations;
mod report;
mod sources;
mod transparent;
