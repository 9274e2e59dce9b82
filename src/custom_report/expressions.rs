//! Expressions that several statements have in common.

use sea_orm::Value;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait};

/// A text whose order and case are Norwegian, whatever the database's own locale.
pub fn norwegian(text: impl Into<Expr>) -> Expr {
    text.into()
        .binary(BinOper::Custom("collate"), Expr::col(("app", "norwegian")))
}
