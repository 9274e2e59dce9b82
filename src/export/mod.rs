//! Files: from a report's or a ledger's data to stored, checksummed bytes and back to a reader by a signed link.

pub mod csv;
mod formula;
pub mod pdf;
mod plain;
pub mod table;
pub mod writer;
pub mod xlsx;
