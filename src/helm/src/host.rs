//! The one door of the engine: clock, randomness and `lookup`.

/// What a render may ask of the world. Everything else is pure.
pub trait Host: Sync {
    /// The current time, as `now` and the certificate functions see it.
    fn now(&self) -> jiff::Zoned;

    /// Fills `out` with random bytes (`randAlphaNum`, `uuidv4`, `genCA`, …).
    fn random(&self, out: &mut [u8]);

    /// Helm's `lookup`: an object, a list, or `None` where there is nothing
    /// (or no cluster). The error is shown as the error of the template call.
    fn lookup(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<serde_json::Value>, String> {
        let _ = (api_version, kind, namespace, name);
        Ok(None)
    }

    /// `getHostByName`; empty unless DNS was enabled, as in Helm.
    fn host_by_name(&self, _name: &str) -> String {
        String::new()
    }
}
