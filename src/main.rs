//! The program: everything is in the library, so that tests reach it.

use std::process::ExitCode;

// Answering a nested query is mostly allocating; this allocator makes a fifth more of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    refuse_huge_pages();
    bufdir_reports::edge::cli::main()
}

/// Pages of 2 MiB, of which an idle server uses a small part, were two fifths of its memory, and answered no faster. The
/// allocator asks for none (`no_thp`); this is for machines that give them to everybody.
#[cfg(target_os = "linux")]
fn refuse_huge_pages() {
    // A kernel that knows no such request has no such pages either.
    let _ = nix::sys::prctl::set_thp_disable(true);
}
