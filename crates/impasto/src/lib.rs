//! A painter's studio as a library.
