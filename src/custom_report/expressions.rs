//! Expressions that several statements have in common.

use sea_orm::sea_query::{BinOper, CaseStatement, Expr, ExprTrait, Func};
use sea_orm::{IntoSimpleExpr, Value};

/// A constant of this program, written out: were it bound, an expression in SELECT would not be the one in GROUP BY.
pub fn literal(value: impl Into<Value>) -> Expr {
    Expr::Constant(value.into())
}

/// A text whose order and case are Norwegian, whatever the database's own locale.
pub fn norwegian(text: impl Into<Expr>) -> Expr {
    text.into()
        .binary(BinOper::Custom("collate"), Expr::col(("app", "norwegian")))
}

/// The first where the condition holds, else the second.
pub fn either(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    CaseStatement::new().case(condition, then).finally(otherwise).into()
}

/// The expression, and null where it is that value.
pub fn null_if(expr: impl IntoSimpleExpr, value: Expr) -> Expr {
    Func::cust("nullif").args([expr.into_simple_expr(), value]).into()
}
