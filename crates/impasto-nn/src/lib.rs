//! Layers, losses, optimisers, averaging and initialisation; opens no file, prints nothing.
