//! Charts for the tests of repositories, packed here.

use flate2::Compression;
use flate2::write::GzEncoder;
use rollbook::diag::Diagnostic;
use rollbook::repo::{Content, Fetched};
use std::sync::Arc;

/// The files of a chart below its name, as `.tgz`.
pub fn pack(name: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("{name}/{path}"), text.as_bytes())
            .unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// A chart of nothing but its definition.
pub fn archive(name: &str, version: &str) -> Vec<u8> {
    let text = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
    pack(name, &[("Chart.yaml", &text)])
}

/// `sha256:…`.
pub fn digest(bytes: &[u8]) -> String {
    Content::Archive(bytes.into()).digest()
}

/// Message, notes and hint of a fault, with `HOST` for an address and `DIGEST` for digests.
pub fn told(fault: &Diagnostic, host: &str) -> String {
    let mut lines = vec![fault.message.clone()];
    lines.extend(fault.notes.clone());
    lines.extend(fault.hint.iter().map(|h| format!("try: {h}")));
    let text = lines.join("\n").replace(host, "HOST");
    let digests = regex::Regex::new("[0-9a-f]{64}").unwrap();
    // How large an archive is depends on the compressor that this build has.
    let sizes = regex::Regex::new(r"\b\d+ bytes").unwrap();
    let text = digests.replace_all(&text, "DIGEST");
    sizes.replace_all(&text, "N bytes").into_owned()
}

/// The version that was fetched.
pub fn version(fetched: &Result<Arc<Fetched>, Diagnostic>) -> &str {
    &fetched.as_ref().unwrap().reference.version
}
