//! The lines of a body, as they come.

use crate::cluster::ClusterError;
use http_body_util::BodyExt;
use kube::client::Body;

/// Cuts a stream into lines.
#[derive(Default)]
pub(super) struct Lines {
    buffer: Vec<u8>,
    /// So much of the buffer holds no end of a line.
    searched: usize,
}

impl Lines {
    /// The next line; `None` when the body is over.
    pub(super) async fn next(&mut self, body: &mut Body) -> Result<Option<Vec<u8>>, ClusterError> {
        loop {
            let rest = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let end = self.searched + end;
                self.searched = 0;
                return Ok(Some(self.buffer.drain(..=end).collect()));
            }
            self.searched = self.buffer.len();
            match body.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        self.buffer.extend_from_slice(data);
                    }
                }
                Some(Err(error)) => return Err(ClusterError::Unreachable(error.to_string())),
            }
        }
    }
}
