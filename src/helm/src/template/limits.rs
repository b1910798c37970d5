//! Bounds that keep a template from hanging or crashing the process.

/// What one render may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of stack: less than the thread has. Renders nest as deep as their
    /// templates, up to Helm's 1000 includes of one name.
    pub stack: usize,
    /// Bytes of output, and of any one string.
    pub output: usize,
    /// Loop iterations and template calls together.
    pub steps: u64,
    /// Values that functions meet while they print, write, copy, compare and merge.
    pub nodes: u64,
}

impl Default for Limits {
    /// For threads with 16 MiB of stack.
    fn default() -> Limits {
        Limits {
            stack: 12 << 20,
            output: 256 << 20,
            steps: 10_000_000,
            nodes: 300_000_000,
        }
    }
}

/// Measures how much stack is in use since it was made.
#[derive(Clone, Copy)]
pub(super) struct StackGauge {
    base: usize,
}

impl StackGauge {
    /// Starts to measure here.
    pub fn start() -> StackGauge {
        StackGauge { base: here() }
    }

    /// The bytes between the start and here.
    pub fn used(self) -> usize {
        self.base.abs_diff(here())
    }
}

/// The address of a local variable: as good as the stack pointer.
#[inline(never)]
fn here() -> usize {
    let mark = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&mark)).addr()
}
