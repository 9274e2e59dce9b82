//! The memory that a process holds, by the kernel's account.

use super::memory::figure;

/// The memory that the process holds now, in MiB.
pub fn resident_memory(pid: u32) -> Option<f64> {
    figure(pid, "VmRSS:")
}
