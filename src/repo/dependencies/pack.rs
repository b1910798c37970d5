//! A chart directory as an archive: the same files always give the same bytes.

use helm::chart::File;
use std::io;

/// Packs the files of a chart; each lies below the chart's name.
pub fn pack(name: &str, files: &[File]) -> io::Result<Vec<u8>> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut tar = tar::Builder::new(gzip);
    // Helm wants the chart's own file first.
    let (first, rest): (Vec<&File>, Vec<&File>) =
        files.iter().partition(|file| file.name == "Chart.yaml");
    for file in first.into_iter().chain(rest) {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.data.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("{name}/{}", file.name), &*file.data)?;
    }
    tar.into_inner()?.finish()
}
