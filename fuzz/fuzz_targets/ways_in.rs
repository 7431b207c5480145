#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| socketio_functions::fuzzing::ways_in(text));
