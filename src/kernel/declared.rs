//! What the slices declare for the kernel, which names none of them: their rules, rights and kinds of ids.

use crate::kernel::id::IdKind;
use crate::kernel::right::Right;
use crate::kernel::rule::Rule;

/// Implemented once, by the edge, for [`Declared`]: the program does not compile without it, and a slice's list that it
/// leaves out is a warning of dead code.
pub trait Declarations {
    /// In the order of `docs/rules.md`.
    const RULES: &'static [&'static [Rule]];
    const RIGHTS: &'static [&'static [Right]];
    const IDS: &'static [&'static [IdKind]];
}

/// What all slices declare together.
pub struct Declared;
