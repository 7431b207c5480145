//! The service emulator, driven by raw protocol clients.
