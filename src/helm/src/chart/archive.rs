//! A chart archive (`.tgz`) unpacked in memory, within Helm's limits.

use super::File;
use flate2::read::GzDecoder;
use std::io::Read;
use tar::{Archive, EntryType};

/// The largest file of a chart, in bytes.
pub const MAX_FILE: u64 = 5 * 1024 * 1024;

/// The largest sum of all files of a chart, in bytes.
pub const MAX_CHART: u64 = 100 * 1024 * 1024;

/// Unpacks a chart archive.
pub fn unpack(bytes: &[u8]) -> Result<Vec<File>, String> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Err("does not appear to be a gzipped archive".to_owned());
    }
    // Headers and padding count too, so that a bomb of empty files ends as well.
    let limited = GzDecoder::new(bytes).take(2 * MAX_CHART);
    let mut archive = Archive::new(limited);
    let mut unpacking = Unpacking {
        files: Vec::new(),
        left: MAX_CHART,
    };
    for entry in archive.entries().map_err(|error| error.to_string())? {
        unpacking.entry(entry.map_err(|error| error.to_string())?)?;
    }
    if unpacking.files.is_empty() {
        return Err("no files in chart archive".to_owned());
    }
    Ok(unpacking.files)
}

struct Unpacking {
    files: Vec<File>,
    left: u64,
}

impl Unpacking {
    fn entry<R: Read>(&mut self, mut entry: tar::Entry<'_, R>) -> Result<(), String> {
        let kind = entry.header().entry_type();
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let skipped = [
            EntryType::Directory,
            EntryType::XGlobalHeader,
            EntryType::XHeader,
        ];
        if skipped.contains(&kind) || name.ends_with('/') {
            return Ok(());
        }
        let inside = inside(&name)?;
        let data = self.data(&name, &mut entry)?;
        self.files.push(File::new(inside, &data));
        Ok(())
    }

    fn data<R: Read>(
        &mut self,
        name: &str,
        entry: &mut tar::Entry<'_, R>,
    ) -> Result<Vec<u8>, String> {
        let too_large =
            || format!("decompressed chart is larger than the maximum file size {MAX_CHART}");
        let size = entry.size();
        if size > self.left {
            return Err(too_large());
        }
        if size > MAX_FILE {
            return Err(format!(
                "decompressed chart file {name:?} is larger than the maximum file size {MAX_FILE}"
            ));
        }
        let mut data = Vec::new();
        let read = entry
            .take(self.left)
            .read_to_end(&mut data)
            .map_err(|error| error.to_string())?;
        self.left -= (read as u64).min(self.left);
        if (read as u64) < size || self.left == 0 {
            return Err(too_large());
        }
        Ok(data)
    }
}

/// The path below the archive's only directory, checked as Helm checks it.
fn inside(name: &str) -> Result<String, String> {
    let delimiter = if name.contains('\\') { '\\' } else { '/' };
    let (first, rest) = name.split_once(delimiter).unwrap_or((name, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err("chart illegally contains absolute paths".to_owned());
    }
    let clean = clean(&rest);
    if clean == "." {
        return Err(format!(
            "chart illegally contains content outside the base directory: {name:?}"
        ));
    }
    if clean.starts_with("..") {
        return Err("chart illegally references parent directory".to_owned());
    }
    if is_drive(&clean) {
        return Err("chart contains illegally named files".to_owned());
    }
    if first == "Chart.yaml" {
        return Err("chart yaml not in base directory".to_owned());
    }
    Ok(clean)
}

/// Go's `path.Clean` for a relative path.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

fn is_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic())
}
