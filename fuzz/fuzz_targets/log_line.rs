#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| socketio_functions::fuzzing::log_line(text));
