//! Parse the arguments, start tracing, call [`rollbook::cli::run`], end with its exit code.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    // The allocator asks for huge pages; a fifth of the memory of a plan would be their empty
    // rest. Where the kernel does not know them, all is as it should be.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    rollbook::cli::main()
}
