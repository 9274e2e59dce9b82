//! Counting: the tables of docs/counting.md, and a plain model beside the SQL.

mod agreement;
mod database;
mod freezing;
mod model;
mod outcome;
mod tables;
mod world;
