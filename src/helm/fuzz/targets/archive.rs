//! Archives: the input as it is, and as what a gzip layer holds.
#![no_main]

use flate2::Compression;
use flate2::write::GzEncoder;
use helm::chart::{Chart, archive};
use libfuzzer_sys::fuzz_target;
use std::io::Write;

fuzz_target!(|bytes: &[u8]| {
    let mut packed = GzEncoder::new(Vec::new(), Compression::none());
    packed.write_all(bytes).expect("memory");
    for archive in [bytes, &packed.finish().expect("memory")] {
        if let Ok(files) = archive::unpack(archive) {
            let _ = Chart::load(files);
        }
    }
});
