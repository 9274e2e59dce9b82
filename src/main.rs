//! The program: everything is in the library, so that tests reach it.

use std::process::ExitCode;

// Answering a nested query is mostly allocating; this allocator makes a fifth more of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    bufdir_reports::cli::main()
}
