//! The flags that say which chart is meant and how its server is reached: Helm's, on every verb
//! that takes a chart.

use crate::cli::charts::charts;
use crate::diag::Diagnostic;
use crate::repo::{Asked, ChartRequest, Charts, Download, Signed, Tls, Verify};
use crate::sensitive::Sensitive;
use crate::state::DiskFiles;
use std::convert::Infallible;
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Arc;

/// How a server is reached.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Repository")]
pub struct ServerFlags {
    /// User of the chart repository or registry
    #[arg(
        long,
        value_name = "USER",
        env = "ROLLBOOK_REPO_USERNAME",
        hide_env_values = true
    )]
    username: Option<String>,
    /// Password of that user; better from the environment, or from --password-stdin
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "ROLLBOOK_REPO_PASSWORD",
        hide_env_values = true,
        value_parser = closed
    )]
    password: Option<Sensitive<String>>,
    /// Read the password from standard input
    #[arg(long, conflicts_with = "password", requires = "username")]
    password_stdin: bool,
    /// Send user and password to the other hosts that an index names, too
    #[arg(long)]
    pass_credentials: bool,
    /// Trust the authorities in this PEM file in place of the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Identify with the certificate in this PEM file
    #[arg(long, value_name = "FILE", requires = "key_file")]
    cert_file: Option<PathBuf>,
    /// The key of that certificate
    #[arg(long, value_name = "FILE", requires = "cert_file")]
    key_file: Option<PathBuf>,
    /// Take any certificate of the server
    #[arg(long)]
    insecure_skip_tls_verify: bool,
    /// Ask registries without TLS
    #[arg(long)]
    plain_http: bool,
}

/// Which signatures count.
#[derive(Clone, Debug, clap::Args)]
pub struct VerifyFlags {
    /// Take the chart only with a good signature
    #[arg(long)]
    pub verify: bool,
    /// Public keys of those whose signatures are good
    #[arg(long, value_name = "FILE", default_value_os_t = default_keyring(), hide_default_value = true)]
    keyring: PathBuf,
}

/// Which chart is meant.
#[derive(Clone, Debug, clap::Args)]
pub struct SourceFlags {
    /// Exact version or range of the chart
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Prereleases too: the range '>0.0.0-0', where no --version is given
    #[arg(long)]
    devel: bool,
    /// Chart repository: a URL, oci://…, or a directory of charts
    #[arg(long, value_name = "URL")]
    repo: Option<String>,
    #[command(flatten)]
    signed: VerifyFlags,
    #[command(flatten)]
    server: ServerFlags,
}

/// The flags, with the password that standard input gives only once.
pub struct Source<'a> {
    flags: &'a SourceFlags,
    asked: Asked,
}

impl SourceFlags {
    /// `--version`.
    pub fn version(&self) -> &Option<String> {
        &self.version
    }

    /// `--repo`.
    pub fn repo(&self) -> &Option<String> {
        &self.repo
    }

    /// Reads what must be read.
    pub fn open(&self) -> Result<Source<'_>, Diagnostic> {
        Ok(Source {
            flags: self,
            asked: self.server.asked()?,
        })
    }

    fn request(&self, chart: &str) -> ChartRequest {
        let devel = self.devel.then_some(">0.0.0-0");
        let version = self.version.as_deref().map(str::trim).or(devel);
        ChartRequest {
            chart: chart.trim().into(),
            repo: self.repo.as_deref().map(Arc::from),
            version: version.filter(|version| !version.is_empty()).map(Arc::from),
            base: PathBuf::new(),
        }
    }
}

impl Source<'_> {
    /// The chart as it comes, its signature checked where that is asked for.
    pub async fn download(
        &self,
        chart: &str,
        with_provenance: bool,
    ) -> Result<(Download, Option<Signed>), Diagnostic> {
        let asked = Asked {
            // The one chart is what user and password are for.
            login: self.asked.registry_login.clone(),
            provenance: with_provenance || self.flags.signed.verify,
            ..self.asked.clone()
        };
        let charts = charts(Arc::new(DiskFiles), asked)?;
        let download = charts.download(&self.flags.request(chart)).await?;
        let signed = self.flags.signed.always().check(&download)?;
        Ok((download, signed))
    }

    /// The charts that a chart from here depends on.
    pub fn charts(&self) -> Result<Charts, Diagnostic> {
        charts(Arc::new(DiskFiles), self.asked.clone())
    }
}

impl VerifyFlags {
    /// A good signature is needed, where one is asked for.
    pub fn always(&self) -> Verify {
        match self.verify {
            true => Verify::Always(self.keyring.clone()),
            false => Verify::Never,
        }
    }

    /// As Helm's `dependency build`: no bad signature is taken, where one is asked for.
    pub fn if_possible(&self) -> Verify {
        match self.verify {
            true => Verify::IfPossible(self.keyring.clone()),
            false => Verify::Never,
        }
    }
}

impl ServerFlags {
    /// The way to whatever servers a chart names: no repository gets the password unasked.
    pub fn asked(&self) -> Result<Asked, Diagnostic> {
        Ok(Asked {
            tls: Tls {
                ca_file: self.ca_file.clone(),
                cert_file: self.cert_file.clone(),
                key_file: self.key_file.clone(),
                insecure: self.insecure_skip_tls_verify,
            },
            registry_login: self.login()?,
            pass_on: self.pass_credentials,
            plain_http: self.plain_http,
            ..Asked::default()
        })
    }

    /// As Helm: a user without a password is nobody.
    fn login(&self) -> Result<Option<(String, Sensitive<String>)>, Diagnostic> {
        let password = match self.password_stdin {
            true => Some(from_stdin()?),
            false => self.password.clone(),
        };
        Ok(self.username.clone().zip(password))
    }
}

fn closed(text: &str) -> Result<Sensitive<String>, Infallible> {
    Ok(Sensitive::new(text.to_owned()))
}

fn from_stdin() -> Result<Sensitive<String>, Diagnostic> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|e| Diagnostic::error(format!("no password on standard input: {e}")))?;
    Ok(Sensitive::new(
        line.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// Where gpg keeps public keys, as Helm looks for them.
fn default_keyring() -> PathBuf {
    let home = std::env::var_os("GNUPGHOME").map(PathBuf::from);
    let dot = || {
        let home = std::env::var_os("HOME").map(PathBuf::from);
        home.unwrap_or_default().join(".gnupg")
    };
    home.unwrap_or_else(dot).join("pubring.gpg")
}
