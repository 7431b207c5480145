//! The host stand-in, driven as `func` would be.
