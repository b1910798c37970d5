//! Charts as Helm's release records keep them. The main type here is [`Stored`].

use crate::release::chart_json;
use helm::engine::Program;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// One chart's stored forms, made once per set of enabled children and shared by a fleet.
#[derive(Default)]
pub struct Stored {
    made: Mutex<Vec<(Arc<Program>, Arc<Value>)>>,
}

impl Stored {
    /// The chart as a record keeps it.
    pub fn chart(&self, program: &Arc<Program>) -> Arc<Value> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, stored)) = made.iter().find(|(known, _)| Arc::ptr_eq(known, program)) {
            return stored.clone();
        }
        let stored = Arc::new(chart_json(program));
        made.push((program.clone(), stored.clone()));
        stored
    }
}
