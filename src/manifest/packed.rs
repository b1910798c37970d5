//! Objects put away as text. The main type here is [`Packed`].
//!
//! A decoded object takes five times the memory of its JSON. What a fleet holds until its turn
//! comes is packed; like an [`Object`] it may hold secrets and is never shown.

use super::{Gvk, Object, ObjectId, decode};
use crate::diag::Diagnostic;
use std::fmt;
use std::sync::Arc;

/// One object whose body is JSON text.
#[derive(Clone)]
pub struct Packed {
    /// Its identity.
    pub id: ObjectId,
    /// Group, version and kind as written.
    pub gvk: Gvk,
    source: Option<Arc<str>>,
    text: Box<str>,
}

impl Packed {
    /// Puts an object away.
    pub fn of(object: &Object) -> Packed {
        Packed {
            id: object.id.clone(),
            gvk: object.gvk.clone(),
            source: object.source.clone(),
            text: object.clear().to_string().into(),
        }
    }

    /// The object again.
    pub fn unpack(&self) -> Result<Object, Diagnostic> {
        let mut object = decode(self.id.clone(), self.gvk.clone(), &self.text)?;
        object.source.clone_from(&self.source);
        Ok(object)
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed({})", self.id)
    }
}
