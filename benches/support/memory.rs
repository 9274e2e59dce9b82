//! The memory that a process has held, by the kernel's account. Linux has it; elsewhere there is no figure.

use std::fs;

/// The most memory that the process has held at a time so far, in MiB.
pub fn peak_memory(pid: u32) -> Option<f64> {
    figure(pid, "VmHWM:")
}

/// What the kernel says of the process under this name, in MiB.
pub fn figure(pid: u32, name: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024.0)
}

/// For people.
pub fn shown(mebibytes: Option<f64>) -> String {
    mebibytes.map_or_else(
        || "not known on this system".to_owned(),
        |mebibytes| format!("{mebibytes:.1} MiB"),
    )
}
