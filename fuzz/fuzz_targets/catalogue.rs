#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| privet_http::fuzzing::catalogue(data));
