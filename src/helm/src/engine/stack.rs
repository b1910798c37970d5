//! Stack for templates that nest deep: Helm allows 1000 includes in one another.

/// Bytes of stack that a rendering thread needs.
pub const STACK: usize = 16 << 20;

/// Runs `work` on a thread of its own with [`STACK`] bytes and waits for it.
/// A panic of `work` comes through.
pub fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work)?;
        match thread.join() {
            Ok(value) => Ok(value),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
