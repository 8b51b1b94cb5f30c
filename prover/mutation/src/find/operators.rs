//! What stands for an operator in a mutant.

use syn::BinOp;

/// A binary operator's kind, and the operators that take its place.
pub enum Operator {
    /// Of arithmetic or bits.
    Arithmetic(&'static str, &'static [&'static str]),
    /// A comparison.
    Comparison(&'static str, &'static [&'static str]),
    /// One that assigns.
    Assignment(&'static str, &'static [&'static str]),
    /// `&&`, or else `||`.
    Logic {
        /// Whether it is `&&`.
        and: bool,
    },
}

/// The kind of an operator.
pub fn operator(operator: &BinOp) -> Option<Operator> {
    use Operator::{Arithmetic, Assignment, Comparison, Logic};
    Some(match operator {
        BinOp::Add(_) => Arithmetic("+", &["-", "*"]),
        BinOp::Sub(_) => Arithmetic("-", &["+", "*"]),
        BinOp::Mul(_) => Arithmetic("*", &["+", "/"]),
        BinOp::Div(_) => Arithmetic("/", &["*", "%"]),
        BinOp::Rem(_) => Arithmetic("%", &["/", "+"]),
        BinOp::Shl(_) => Arithmetic("<<", &[">>"]),
        BinOp::Shr(_) => Arithmetic(">>", &["<<"]),
        BinOp::BitAnd(_) => Arithmetic("&", &["|", "^"]),
        BinOp::BitOr(_) => Arithmetic("|", &["&"]),
        BinOp::BitXor(_) => Arithmetic("^", &["&", "|"]),
        BinOp::Eq(_) => Comparison("==", &["!="]),
        BinOp::Ne(_) => Comparison("!=", &["=="]),
        BinOp::Lt(_) => Comparison("<", &["<=", ">", "=="]),
        BinOp::Gt(_) => Comparison(">", &[">=", "<", "=="]),
        BinOp::Le(_) => Comparison("<=", &["<", ">"]),
        BinOp::Ge(_) => Comparison(">=", &[">", "<"]),
        BinOp::And(_) => Logic { and: true },
        BinOp::Or(_) => Logic { and: false },
        BinOp::AddAssign(_) => Assignment("+=", &["-=", "*="]),
        BinOp::SubAssign(_) => Assignment("-=", &["+="]),
        BinOp::MulAssign(_) => Assignment("*=", &["+=", "/="]),
        BinOp::DivAssign(_) => Assignment("/=", &["*=", "%="]),
        BinOp::RemAssign(_) => Assignment("%=", &["/="]),
        BinOp::BitXorAssign(_) => Assignment("^=", &["|=", "&="]),
        BinOp::BitAndAssign(_) => Assignment("&=", &["|="]),
        BinOp::BitOrAssign(_) => Assignment("|=", &["&="]),
        BinOp::ShlAssign(_) => Assignment("<<=", &[">>="]),
        BinOp::ShrAssign(_) => Assignment(">>=", &["<<="]),
        _ => return None,
    })
}
