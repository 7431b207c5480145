#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sio_host::fuzzing::route(text));
