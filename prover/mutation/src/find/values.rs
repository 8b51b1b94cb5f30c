//! What a function could return instead of its result, by its type.

use syn::{FnArg, GenericArgument, Pat, PathArguments, ReturnType, Signature, Type};

/// Expressions of the function's type, none if there is no simple one.
pub fn results(signature: &Signature) -> Vec<String> {
    match &signature.output {
        ReturnType::Default => vec!["()".to_owned()],
        ReturnType::Type(_, kind) => values(kind, takes_arithmetic(signature)),
    }
}

/// Whether there is an argument `a`, by which constants are made.
fn takes_arithmetic(signature: &Signature) -> bool {
    signature.inputs.iter().any(|argument| match argument {
        FnArg::Typed(typed) => matches!(&*typed.pat, Pat::Ident(name) if name.ident == "a"),
        FnArg::Receiver(_) => false,
    })
}

fn values(kind: &Type, arithmetic: bool) -> Vec<String> {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let path = match kind {
        Type::Path(path) => &path.path,
        Type::Tuple(tuple) if tuple.elems.is_empty() => return texts(&["()"]),
        Type::Tuple(_) | Type::Array(_) | Type::Reference(_) => return texts(&["Default::default()"]),
        _ => return Vec::new(),
    };
    let Some(last) = path.segments.last() else { return Vec::new() };
    let inner = match &last.arguments {
        PathArguments::AngleBracketed(list) => list.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(kind) => Some(values(kind, arithmetic)),
            _ => None,
        }),
        _ => None,
    };
    let within = |name: &str| inner.iter().flatten().map(|value| format!("{name}({value})")).collect::<Vec<_>>();
    match last.ident.to_string().as_str() {
        "bool" => texts(&["true", "false"]),
        "usize" | "u8" | "u16" | "u32" | "u64" | "u128" | "i8" | "i16" | "i32" | "i64" | "i128" => texts(&["0", "1"]),
        "Result" => within("Ok"),
        "Option" => ["None".to_owned()].into_iter().chain(within("Some")).collect(),
        "Scalar" | "S" if arithmetic => texts(&["crate::multilinear::zero(a)", "crate::multilinear::one(a)"]),
        "S" => Vec::new(),
        _ => texts(&["Default::default()"]),
    }
}
