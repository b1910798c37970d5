//! `rollbook chart pull`: charts onto this machine, as `helm pull`.

use super::clean;
use super::source::SourceFlags;
use crate::diag::Diagnostic;
use crate::repo::{Content, Download};
use crate::report::{self, Look};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

// Helm's --version is the chart's.
#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub struct Args {
    /// Charts: oci://HOST/PATH/CHART, a URL, NAME/CHART of a repository that Helm knows, or a
    /// name in --repo
    #[arg(value_name = "CHART", required = true)]
    charts: Vec<String>,
    /// Where the archive goes
    #[arg(
        short,
        long,
        value_name = "DIR",
        default_value = ".",
        hide_default_value = true
    )]
    destination: PathBuf,
    /// Unpack it
    #[arg(long)]
    untar: bool,
    /// Where it is unpacked, below --destination
    #[arg(
        long,
        value_name = "DIR",
        default_value = ".",
        hide_default_value = true
    )]
    untardir: PathBuf,
    /// Fetch the provenance file too, without looking at it
    #[arg(long)]
    prov: bool,
    #[command(flatten)]
    source: SourceFlags,
}

/// Runs it.
pub async fn run(args: &Args, look: &Look) -> Result<(), Diagnostic> {
    let source = args.source.open()?;
    for chart in &args.charts {
        let (download, signed) = source.download(chart, args.prov).await?;
        look.err(&report::chart::pulled(&download));
        let Content::Archive(bytes) = &download.content else {
            let what = format!("{} is a directory", download.origin);
            return Err(Diagnostic::error(what).note("it is here already, and no archive"));
        };
        match args.untar {
            true => unpack(&download, &clean(&args.destination.join(&args.untardir)))?,
            false => save(&download, bytes, &args.destination)?,
        }
        if let Some(signed) = signed {
            look.out(&report::chart::signed(&signed));
        }
    }
    Ok(())
}

fn save(download: &Download, bytes: &[u8], into: &Path) -> Result<(), Diagnostic> {
    let path = clean(&into.join(&download.file_name));
    whole(&path, bytes)?;
    match &download.provenance {
        Some(signed) => whole(&into.join(format!("{}.prov", download.file_name)), signed),
        None => Ok(()),
    }
}

/// Writes a file whole, or not at all.
fn whole(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = parent.unwrap_or(Path::new("."));
    if !directory.is_dir() {
        let what = format!("there is no directory {}", directory.display());
        return Err(Diagnostic::error(what).hint("--destination DIR, which must be there"));
    }
    let wrote = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(bytes)?;
        let readable = fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(readable)?;
        file.persist(path)?;
        Ok(())
    };
    wrote().map_err(|e| unwritten(path, &e))
}

/// The files of the chart below its name, where nothing of that name is yet.
fn unpack(download: &Download, into: &Path) -> Result<(), Diagnostic> {
    let (name, _) = download.content.name_and_version(&download.origin)?;
    if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
        let what = format!("{} calls itself {name:?}", download.origin);
        return Err(Diagnostic::error(what).note("that is no name for a directory"));
    }
    let root = clean(&into.join(&name));
    if root.symlink_metadata().is_ok() {
        let what = format!(
            "failed to untar: a file or directory with the name {} already exists",
            root.display()
        );
        return Err(Diagnostic::error(what).hint("--untardir DIR, or remove it"));
    }
    for file in download.content.clone().files(&download.origin)? {
        let path = root.join(&file.name);
        let directory = path.parent().unwrap_or(&root);
        let wrote = fs::create_dir_all(directory).and_then(|()| fs::write(&path, &file.data));
        wrote.map_err(|e| unwritten(&path, &e))?;
    }
    Ok(())
}

fn unwritten(path: &Path, fault: &io::Error) -> Diagnostic {
    Diagnostic::error(format!("{} can't be written: {fault}", path.display()))
}
