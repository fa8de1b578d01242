//! Whether a configuration does more than to say what it says: statements and calls that run when
//! it is loaded.

use std::collections::BTreeSet;

use oxc_ast::ast::{
    Argument, ArrowFunctionBody, ArrowFunctionExpression, CallExpression,
    ExportDefaultDeclarationKind, Expression, FunctionBody, NewExpression, Program, Statement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::GetSpan;

/// What may be called by a configuration that is data: it reads no file and starts nothing.
const HARMLESS: [&str; 13] = [
    "require",
    "defineConfig",
    "mergeConfig",
    "loadEnv",
    "path",
    "URL",
    "String",
    "Number",
    "Boolean",
    "Object",
    "JSON",
    "process.cwd",
    "createRequire",
];
/// Node's modules that do something, without their `node:`. The others compute.
const ACTING: [&str; 18] = [
    "fs",
    "fs/promises",
    "child_process",
    "net",
    "http",
    "https",
    "http2",
    "dns",
    "dns/promises",
    "dgram",
    "tls",
    "os",
    "worker_threads",
    "cluster",
    "vm",
    "process",
    "module",
    "inspector",
];

/// The place (an offset) of the first thing that runs when the module is loaded, if there is one.
pub(super) fn first_effect(program: &Program<'_>, text: &str) -> Option<u32> {
    let mut search = Search { text, allowed: BTreeSet::new(), found: None };
    for statement in &program.body {
        search.learn(statement);
    }
    for statement in &program.body {
        search.statement(statement);
        if search.found.is_some() {
            break;
        }
    }
    search.found
}

/// True for what a plugin, or a module that computes, is imported from.
fn may_be_called(source: &str) -> bool {
    !ACTING.contains(&source.strip_prefix("node:").unwrap_or(source))
}

/// What `require("…")` names.
fn required<'e>(expression: &'e Expression<'_>) -> Option<&'e str> {
    let Expression::CallExpression(call) = expression else { return None };
    match (&call.callee, call.arguments.first()) {
        (Expression::Identifier(name), Some(Argument::StringLiteral(source)))
            if name.name == "require" =>
        {
            Some(source.value.as_str())
        }
        _ => None,
    }
}

struct Search<'t> {
    text: &'t str,
    /// Names that may be called beside [`HARMLESS`]: imported plugins, and functions of the module.
    allowed: BTreeSet<String>,
    found: Option<u32>,
}

impl Search<'_> {
    fn learn(&mut self, statement: &Statement<'_>) {
        match statement {
            Statement::ImportDeclaration(import) => {
                if !may_be_called(import.source.value.as_str()) {
                    return;
                }
                for specifier in import.specifiers.iter().flatten() {
                    self.allowed.insert(specifier.local().name.to_string());
                }
            }
            Statement::VariableDeclaration(declaration) => {
                for declarator in &declaration.declarations {
                    if declarator.init.as_ref().and_then(required).is_some_and(may_be_called) {
                        for name in declarator.id.get_binding_identifiers() {
                            self.allowed.insert(name.name.to_string());
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn statement(&mut self, statement: &Statement<'_>) {
        match statement {
            Statement::ImportDeclaration(import) => {
                // An import for its effect alone.
                if import.specifiers.is_none() {
                    self.found = Some(import.span.start);
                }
            }
            Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                    self.body(function.body.as_deref());
                }
                ExportDefaultDeclarationKind::ArrowFunctionExpression(arrow) => self.arrow(arrow),
                _ => self.visit_statement(statement),
            },
            Statement::VariableDeclaration(_)
            | Statement::ReturnStatement(_)
            | Statement::ExportDeclaration(_) => self.visit_statement(statement),
            Statement::ExpressionStatement(expression) => match &expression.expression {
                Expression::AssignmentExpression(assignment) => {
                    let target = self.source(assignment.left.span());
                    if target == "module.exports" || target == "exports.default" {
                        self.visit_expression(&assignment.right);
                    } else {
                        self.found = Some(expression.span.start);
                    }
                }
                _ => self.found = Some(expression.span.start),
            },
            other => {
                let runs = matches!(
                    other,
                    Statement::BlockStatement(_)
                        | Statement::DoWhileStatement(_)
                        | Statement::ForInStatement(_)
                        | Statement::ForOfStatement(_)
                        | Statement::ForStatement(_)
                        | Statement::IfStatement(_)
                        | Statement::LabeledStatement(_)
                        | Statement::SwitchStatement(_)
                        | Statement::ThrowStatement(_)
                        | Statement::TryStatement(_)
                        | Statement::WhileStatement(_)
                );
                if runs {
                    self.found = Some(other.span().start);
                }
            }
        }
    }

    /// The body of a function that Vite calls.
    fn body(&mut self, body: Option<&FunctionBody<'_>>) {
        for statement in body.iter().flat_map(|body| &body.statements) {
            self.statement(statement);
        }
    }

    fn arrow(&mut self, arrow: &ArrowFunctionExpression<'_>) {
        match &arrow.body {
            ArrowFunctionBody::FunctionBody(body) => self.body(Some(body)),
            body => {
                if let Some(value) = body.as_expression() {
                    self.visit_expression(value);
                }
            }
        }
    }

    fn source(&self, span: oxc_span::Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn call(&mut self, callee: &Expression<'_>, start: u32) {
        let name = self.source(callee.get_inner_expression().span());
        let root = name.split(['.', '(', '[']).next().unwrap_or_default();
        let is_known =
            HARMLESS.contains(&root) || HARMLESS.contains(&name) || self.allowed.contains(root);
        if !is_known {
            self.found.get_or_insert(start);
        }
    }
}

impl<'a> Visit<'a> for Search<'_> {
    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        self.call(&it.callee, it.span.start);
        if self.source(it.callee.span()) == "defineConfig" {
            for argument in &it.arguments {
                match argument {
                    Argument::ArrowFunctionExpression(arrow) => self.arrow(arrow),
                    Argument::FunctionExpression(function) => self.body(function.body.as_deref()),
                    _ => {}
                }
            }
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        self.call(&it.callee, it.span.start);
        walk::walk_new_expression(self, it);
    }

    // What a function does is done when somebody calls it, and who calls one is seen above.
    fn visit_function_body(&mut self, _: &FunctionBody<'a>) {}

    fn visit_arrow_function_expression(&mut self, _: &ArrowFunctionExpression<'a>) {}
}
