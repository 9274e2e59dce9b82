//! Merges the slices and lets the world in: GraphQL over HTTP and websocket, the command line, settings, example data.

pub mod cli;
pub mod config;
mod declared;
pub mod demo;
pub mod graphql;
pub mod http;
