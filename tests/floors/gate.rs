//! Only `engine/call.rs` awaits an adapter.
//!
//! A heuristic, since `syn` knows no types. Outside the engine nobody may even ask for the adapter (`.adapter()`), but
//! for what needs no waiting. Inside it, an awaited call of a method that has the name of an ability (or of `ping` and
//! `examine`) must stand as an argument of `call(…)`, unless it is called on the engine itself or on the directory, which have operations
//! of the same names.

use syn::{
    Expr, ExprAwait, ExprMethodCall,
    visit::{self, Visit},
};

use crate::{
    finding::{Finding, Source, none, shipped},
    paths::only_for_tests,
};

const ABILITIES: [&str; 11] = [
    "login",
    "get_user",
    "create",
    "change_metadata",
    "verify",
    "change_password",
    "change_email",
    "delete",
    "list_users",
    "ping",
    "examine",
];

/// Receivers that are not adapters, by the last name of the expression.
const NOT_ADAPTERS: [&str; 4] = ["self", "inner", "directory", "engine"];

/// Questions to an adapter that are answered without waiting.
const AT_ONCE: [&str; 2] = ["kind", "password_form"];

const REASON: &str = "one gate sees to deadline, tracing and where an error happened";

fn ungated(source: &Source) -> Vec<Finding> {
    if source.path == "src/engine/call.rs" {
        return Vec::new();
    }
    let mut gate = Gate { source, found: Vec::new() };
    gate.visit_file(&source.parsed());
    gate.found
}

struct Gate<'s> {
    source: &'s Source,
    found: Vec<Finding>,
}

impl Gate<'_> {
    fn object(&mut self, line: usize, detail: String) {
        let file = self.source.path.clone();
        self.found.push(Finding { file, line, rule: "one gate", detail, reason: REASON });
    }

    fn in_engine(&self) -> bool {
        self.source.path.starts_with("src/engine/")
    }
}

impl<'ast> Visit<'ast> for Gate<'_> {
    fn visit_expr_await(&mut self, it: &'ast ExprAwait) {
        if let Expr::MethodCall(call) = &*it.base
            && self.in_engine()
            && ABILITIES.contains(&call.method.to_string().as_str())
            && !NOT_ADAPTERS.contains(&last_name(&call.receiver).as_str())
        {
            let line = call.method.span().start().line;
            self.object(line, format!("`.{}(…)` is awaited outside `call(…)`", call.method));
        }
        visit::visit_expr_await(self, it);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let asks_at_once = AT_ONCE.contains(&call.method.to_string().as_str());
        if let (true, Expr::MethodCall(inner)) = (asks_at_once, &*call.receiver)
            && inner.method == "adapter"
        {
            self.visit_expr(&inner.receiver);
            return;
        }
        if call.method == "adapter" && !self.in_engine() {
            self.object(call.method.span().start().line, "`.adapter()` is asked for outside the engine".to_owned());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !only_for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }
}

fn last_name(expression: &Expr) -> String {
    match expression {
        Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
        Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => name.to_string(),
            syn::Member::Unnamed(_) => String::new(),
        },
        Expr::MethodCall(call) => call.method.to_string(),
        Expr::Reference(reference) => last_name(&reference.expr),
        Expr::Paren(paren) => last_name(&paren.expr),
        _ => String::new(),
    }
}

#[test]
fn only_the_gate_awaits_an_adapter() {
    none(shipped("src").iter().flat_map(ungated).collect());
}

#[test]
fn an_adapter_awaited_past_the_gate_is_found() {
    for (path, text) in [
        ("src/engine/read.rs", "async fn f() { get_user.get_user(&key).await; }"),
        ("src/engine/read.rs", "async fn f() { connection.adapter().delete().unwrap().delete(&key).await; }"),
        ("src/http/mod.rs", "async fn f() { connection.adapter().ping().await; }"),
        ("src/cli/doctor.rs", "fn f() { let adapter = connection.adapter(); }"),
    ] {
        assert_eq!(ungated(&Source::example(path, text)).len(), 1, "{text}");
    }
    for (path, text) in [
        ("src/engine/read.rs", "async fn f() { call(c, \"get_user\", get_user.get_user(&key)).await; }"),
        ("src/engine/read.rs", "async fn f() { self.directory.create(a).await; }"),
        ("src/http/users.rs", "async fn f() { engine.get_user(a).await; c.adapter().kind(); }"),
    ] {
        assert!(ungated(&Source::example(path, text)).is_empty(), "{text}");
    }
}
