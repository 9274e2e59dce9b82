//! Custom reports against the same aggregation in plain Rust, over the same rows; and hostile strings in every position.

mod agreement;
mod database;
mod generated;
mod injection;
mod model;
mod plain;
mod rows;
mod schema;
mod small_numbers;
mod values;
#[expect(dead_code, reason = "what counting alone asks of a world")]
#[path = "../counting/world.rs"]
mod world;
