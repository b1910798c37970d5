//! Parse the arguments, start tracing, call [`rollbook::cli::run`], end with its exit code.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    rollbook::cli::main()
}
