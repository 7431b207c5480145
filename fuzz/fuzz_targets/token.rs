#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sio_protocol::fuzzing::token(text));
