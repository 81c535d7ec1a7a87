//! Conditions on text columns that mean the same on both databases.

use sea_orm::{
    ColumnTrait,
    sea_query::{BinOper, Expr, ExprTrait as _, Func, LikeExpr},
};

/// Whether `expr` holds `part` somewhere; whoever calls has both in lower case.
pub(crate) fn contains(expr: Expr, part: &str) -> Expr {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    expr.like(LikeExpr::new(pattern).escape('\\'))
}

/// Whether a column of space separated words holds `word`, byte for byte.
///
/// SQLite's `LIKE` takes upper and lower case for the same, `replace` does not
/// anywhere.
pub(crate) fn has_word(column: impl ColumnTrait, word: &str) -> Expr {
    let padded = || {
        let concat = || BinOper::Custom("||");
        Expr::value(" ").binary(concat(), column.into_expr()).binary(concat(), Expr::value(" "))
    };
    let without = Func::cust("replace")
        .arg(padded())
        .arg(Expr::value(format!(" {word} ")))
        .arg(Expr::value(""));
    Expr::from(without).ne(padded())
}

/// The column in lower case, for text that is ASCII.
pub(crate) fn lower(column: impl ColumnTrait) -> Expr {
    Func::lower(column.into_expr()).into()
}
