//! The main job on a real control plane, and what real Helm reads of it.
