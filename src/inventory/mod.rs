//! What each namespace should be. The main type here is `Inventory`.
