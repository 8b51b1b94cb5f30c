//! Finds what could be wrong in a source.
//!
//! All mutants of a source are compiled together, each behind a question whether it is on. So every change keeps its
//! surroundings' types, and an operand is written once:
//!
//! | what | becomes |
//! |---|---|
//! | a function's body | `if on { return value; }` before it |
//! | `a + b` | `match (a, b) { (l, r) => if on { l - r } else { l + r } }` |
//! | a condition, or a closure's that chooses | itself, true or false |
//! | a statement without a value | left out |
//! | a match's arm beside one for all else | skipped |
//! | an integer | the next one |
//! | a negation | left out |
//!
//! What is computed at compile time and what macros take is left as it is; so are tests, and texts for people.

mod operators;
#[cfg(test)]
mod tests;
mod values;

use std::{collections::HashMap, ops::Range};

use syn::{
    Arm, Attribute, Block, Expr, ImplItemFn, Item, ItemFn, ItemImpl, ItemTrait, Lit, Pat, Signature, Stmt, TraitItemFn,
    UnOp,
    spanned::Spanned,
    visit::{self, Visit},
};

use self::operators::{Operator, operator};
use crate::{
    edit::{Edit, Piece, Site},
    mutant::Mutant,
};

/// Methods whose closure says yes or no.
const CHOOSING: [&str; 10] =
    ["filter", "take_while", "skip_while", "any", "all", "position", "is_some_and", "is_none_or", "take_if", "retain"];

/// All sites of a source, outer ones before those within them.
///
/// # Errors
/// If it is no Rust.
pub fn find(file: &str, source: &str) -> syn::Result<Vec<Site>> {
    let parsed = syn::parse_file(source)?;
    let mut finder =
        Finder { file, source, types: Vec::new(), function: None, seen: HashMap::new(), sites: Vec::new() };
    finder.visit_file(&parsed);
    Ok(finder.sites)
}

struct Finder<'s> {
    file: &'s str,
    source: &'s str,
    types: Vec<String>,
    function: Option<String>,
    seen: HashMap<String, usize>,
    sites: Vec<Site>,
}

fn range(node: &impl Spanned) -> Range<usize> {
    node.span().byte_range()
}

fn before(place: &Range<usize>, text: &str) -> Edit {
    Edit { place: place.start..place.start, closes: false, pieces: vec![Piece::Fixed(text.to_owned())] }
}

fn after(place: &Range<usize>, pieces: Vec<Piece>) -> Edit {
    Edit { place: place.end..place.end, closes: true, pieces }
}

fn fixed(text: &str) -> Piece {
    Piece::Fixed(text.to_owned())
}

/// `if on { changed } else if on { changed } else { original }`
fn choice(changed: impl Iterator<Item = String>, original: &str) -> Vec<Piece> {
    let of = |(mutant, text)| Piece::Of(mutant, format!("if $ {{ {text} }} else "));
    changed.enumerate().map(of).chain([Piece::Fixed(format!("{{ {original} }}"))]).collect()
}

fn has_let(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        Expr::Paren(inner) => has_let(&inner.expr),
        _ => false,
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        meta => meta.path().is_ident("test"),
    })
}

/// Whether an arm takes all that is left.
fn takes_all(arm: &Arm) -> bool {
    arm.guard.is_none()
        && match &arm.pat {
            Pat::Wild(_) => true,
            Pat::Ident(name) => name.subpat.is_none() && name.ident.to_string().starts_with(char::is_lowercase),
            _ => false,
        }
}

impl Finder<'_> {
    /// The text of a place in one line, cut to some characters.
    fn text(&self, place: &Range<usize>) -> String {
        let words = self.source[place.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        if words.chars().count() > 60 { words.chars().take(57).chain("...".chars()).collect() } else { words }
    }

    fn put(&mut self, at: usize, changes: impl IntoIterator<Item = (String, String)>, edits: Vec<Edit>) {
        let Some(function) = self.function.clone() else { return };
        let line = self.source[..at].matches('\n').count() + 1;
        let mut mutants = Vec::new();
        for (from, to) in changes {
            let nth = self.seen.entry(format!("{function}\0{from}\0{to}")).or_default();
            *nth += 1;
            let (file, function) = (self.file.to_owned(), function.clone());
            mutants.push(Mutant { file, function, line, from, to, nth: *nth });
        }
        if !mutants.is_empty() {
            self.sites.push(Site { mutants, edits });
        }
    }

    fn body(&mut self, signature: &Signature, block: &Block, visit: impl FnOnce(&mut Self)) {
        let name = signature.ident.to_string();
        let full = self.types.last().map_or(name.clone(), |owner| format!("{owner}::{name}"));
        // A constant function can't ask.
        let outer = self.function.replace(full);
        if signature.constness.is_some() {
            self.function = None;
        } else {
            let mut values = values::results(signature);
            // A function that returns the value anyway stays as it is.
            values.retain(|value| *value != self.result(block));
            let returns = values
                .iter()
                .enumerate()
                .map(|(index, value)| Piece::Of(index, format!(" if $ {{ return {value}; }}")));
            let place = range(&block.brace_token.span.open());
            let edit = Edit { place: place.end..place.end, closes: false, pieces: returns.collect() };
            self.put(place.start, values.iter().map(|value| ("body".to_owned(), value.clone())), vec![edit]);
        }
        visit(self);
        self.function = outer;
    }

    /// What a function returns that does nothing else.
    fn result(&self, block: &Block) -> String {
        match block.stmts.as_slice() {
            [] => "()".to_owned(),
            [Stmt::Expr(value, None)] => self.text(&range(value)),
            _ => String::new(),
        }
    }

    /// A condition: itself, and always, or never.
    fn condition(&mut self, expression: &Expr, can_be_always: bool) {
        if has_let(expression) {
            return;
        }
        let place = range(expression);
        let text = self.text(&place);
        let mut pieces = vec![fixed(")"), Piece::Of(0, " && !$".to_owned()), fixed(")")];
        let mut changes = vec![(text.clone(), "false".to_owned())];
        if can_be_always {
            pieces.extend([Piece::Of(1, " || $".to_owned())]);
            changes.push((text, "true".to_owned()));
        }
        pieces.push(fixed(")"));
        self.put(place.start, changes, vec![before(&place, "((("), after(&place, pieces)]);
    }

    fn binary(&mut self, binary: &syn::ExprBinary) {
        let (left, right, sign) = (range(&*binary.left), range(&*binary.right), range(&binary.op));
        let middle = |text: &str| Edit { place: sign.clone(), closes: false, pieces: vec![fixed(text)] };
        let named =
            |from: &str, to: &[&str]| to.iter().map(|to| (from.to_owned(), (*to).to_owned())).collect::<Vec<_>>();
        let closing =
            |head: &str, pieces: Vec<Piece>| [fixed(head)].into_iter().chain(pieces).chain([fixed(" })")]).collect();
        match operator(&binary.op) {
            Some(Operator::Arithmetic(from, to)) => {
                let pieces = choice(to.iter().map(|to| format!("m0 {to} m1")), &format!("m0 {from} m1"));
                let end = after(&right, closing(") { (m0, m1) => ", pieces));
                self.put(sign.start, named(from, to), vec![before(&left, "(match ("), middle(","), end]);
            }
            Some(Operator::Comparison(from, to)) => {
                let pieces = choice(to.iter().map(|to| format!("m0 {to} m1")), &format!("m0 {from} m1"));
                let end = after(&right, closing(")) { (m0, m1) => ", pieces));
                self.put(sign.start, named(from, to), vec![before(&left, "(match (&("), middle("), &("), end]);
            }
            Some(Operator::Assignment(from, to)) => {
                let pieces = choice(to.iter().map(|to| format!("*m0 {to} m1")), &format!("*m0 {from} m1"));
                let end = after(&right, closing(") { (m0, m1) => ", pieces));
                self.put(sign.start, named(from, to), vec![before(&left, "(match (&mut ("), middle("),"), end]);
            }
            // `a && b` is `if a == false { false } else { b }`, and `a || b` the same with true.
            Some(Operator::Logic { and }) if !has_let(&Expr::Binary(binary.clone())) => {
                let (from, to, ask) = if and { ("&&", "||", "$") } else { ("||", "&&", "!$") };
                let text = format!(") {{ m0 => {{ let m1 = {ask}; if m0 == m1 {{ m1 }} else {{ ");
                let part = Edit { place: sign.clone(), closes: false, pieces: vec![Piece::Of(0, text)] };
                let end = after(&right, vec![fixed(" } } })")]);
                self.put(sign.start, named(from, &[to]), vec![before(&left, "(match ("), part, end]);
            }
            _ => {}
        }
    }

    fn statement(&mut self, expression: &Expr, whole: &Range<usize>) {
        let does = matches!(expression, Expr::Assign(_) | Expr::Call(_) | Expr::MethodCall(_) | Expr::Try(_));
        let assigns = matches!(expression, Expr::Binary(binary)
            if matches!(operator(&binary.op), Some(Operator::Assignment(..))));
        if does || assigns {
            let open =
                Edit { place: whole.start..whole.start, closes: false, pieces: vec![Piece::Of(0, "if !$ { ".into())] };
            let change = (self.text(whole), "nothing".to_owned());
            self.put(whole.start, [change], vec![open, after(whole, vec![fixed(" }")])]);
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    // Constant expressions, and what is no expression.
    fn visit_pat(&mut self, _: &'ast Pat) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_generic_argument(&mut self, _: &'ast syn::GenericArgument) {}
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
    fn visit_macro(&mut self, _: &'ast syn::Macro) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_item_enum(&mut self, _: &'ast syn::ItemEnum) {}

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let of = item.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
        if of.is_some_and(|name| name.ident == "Debug" || name.ident == "Display") {
            return;
        }
        let mut name = match &*item.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map_or(String::new(), |name| name.ident.to_string()),
            _ => self.text(&range(&*item.self_ty)),
        };
        if let Some(of) = of {
            name = format!("<{name} as {}>", of.ident);
        }
        self.types.push(name);
        visit::visit_item_impl(self, item);
        self.types.pop();
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.types.push(item.ident.to_string());
        visit::visit_item_trait(self, item);
        self.types.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.body(&item.sig, &item.block, |finder| visit::visit_item_fn(finder, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.body(&item.sig, &item.block, |finder| visit::visit_impl_item_fn(finder, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default {
            self.body(&item.sig, block, |finder| visit::visit_trait_item_fn(finder, item));
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let Stmt::Expr(expression, Some(_)) = statement {
            self.statement(expression, &range(statement));
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        if let Some((_, guard)) = &arm.guard {
            self.condition(guard, true);
        }
        visit::visit_arm(self, arm);
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        match expression {
            Expr::Binary(binary) => self.binary(binary),
            Expr::If(branch) => self.condition(&branch.cond, true),
            Expr::While(turn) => self.condition(&turn.cond, false),
            Expr::MethodCall(call) => self.call(call),
            Expr::Match(choice) if choice.arms.iter().any(takes_all) => {
                for arm in choice.arms.iter().filter(|arm| arm.guard.is_none() && !takes_all(arm)) {
                    let place = range(&arm.pat);
                    let edit = after(&place, vec![Piece::Of(0, " if !$".to_owned())]);
                    self.put(place.start, [(format!("arm {}", self.text(&place)), "nothing".to_owned())], vec![edit]);
                }
            }
            Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_) | UnOp::Not(_)) => {
                let (place, sign) = (range(expression), range(&unary.op));
                let text = self.text(&sign);
                let pieces = choice(["m0".to_owned()].into_iter(), &format!("{text}m0"));
                let pieces = [fixed(" { m0 => ")].into_iter().chain(pieces).chain([fixed(" })")]).collect();
                let open = Edit { place: sign, closes: false, pieces: vec![fixed("(match ")] };
                self.put(place.start, [(text, "nothing".to_owned())], vec![open, after(&place, pieces)]);
            }
            Expr::Lit(literal) => {
                if let Lit::Int(number) = &literal.lit
                    && let Ok(value) = number.base10_parse::<u128>()
                {
                    let (place, text) = (range(literal), number.to_string());
                    let next = format!("{}{}", value + 1, number.suffix());
                    let pieces = [
                        fixed("("),
                        Piece::Of(0, format!("if $ {{ {next} }} else ")),
                        fixed(&format!("{{ {text} }})")),
                    ];
                    let edit = Edit { place: place.clone(), closes: false, pieces: pieces.into() };
                    self.put(place.start, [(text, next)], vec![edit]);
                }
            }
            _ => {}
        }
        visit::visit_expr(self, expression);
    }
}

impl Finder<'_> {
    /// `a.min(b)` and the like, `a.then(b)`, and closures that choose.
    fn call(&mut self, call: &syn::ExprMethodCall) {
        let name = call.method.to_string();
        let arguments: Vec<&Expr> = call.args.iter().collect();
        match (name.as_str(), arguments.as_slice()) {
            ("min" | "max", [other]) => {
                let (first, second) = (range(&*call.receiver), range(*other));
                let to = if name == "min" { "max" } else { "min" };
                let pieces = choice([format!("m0.{to}(m1)")].into_iter(), &format!("m0.{name}(m1)"));
                let pieces = [fixed(") { (m0, m1) => ")].into_iter().chain(pieces).chain([fixed(" })")]).collect();
                let middle = Edit { place: first.end..second.start, closes: false, pieces: vec![fixed(",")] };
                // The call's own parenthesis is taken out.
                let end = Edit { place: second.end..range(call).end, closes: true, pieces };
                self.put(first.end, [(name, to.to_owned())], vec![before(&first, "(match ("), middle, end]);
            }
            ("then" | "then_some", [_]) => self.condition(&call.receiver, true),
            (name, [Expr::Closure(closure)])
                if CHOOSING.contains(&name) && !matches!(*closure.body, Expr::Block(_)) =>
            {
                self.condition(&closure.body, true);
            }
            _ => {}
        }
    }
}
