#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sio_emulator::fuzzing::filter(text));
