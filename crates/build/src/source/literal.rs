//! A configuration module as data: its default export and its constants, read without running it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use oxc_ast::ast::{
    Argument, ArrayExpressionElement, ArrowFunctionBody, BindingPattern, Declaration,
    ExportDefaultDeclarationKind, Expression, FunctionBody, ImportDeclarationSpecifier,
    ObjectPropertyKind, Program, Statement, UnaryOperator,
};
use oxc_span::GetSpan;

use super::effects;
use super::lines::Lines;

/// How deep a value is read; what is deeper is [`Data::Code`].
const MAX_DEPTH: usize = 40;
/// How many values are read, counting a constant again wherever it stands: constants made of
/// constants can name more values than there are atoms.
const MAX_VALUES: usize = 50_000;

/// A value of a configuration and the line it starts in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Literal {
    /// Line in its file, from 1.
    pub(crate) line: u32,
    /// The value.
    pub(crate) data: Data,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    /// Text, also a template without parts.
    Text(String),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Flag(bool),
    /// `null` or `undefined`.
    Nothing,
    /// `[…]`.
    List(Vec<Literal>),
    /// `{…}`: names and values in their order.
    Table(Vec<(String, Literal)>),
    /// A name, or names joined by dots, such as `import.meta.url`.
    Name(String),
    /// A call of a name, also with `new`.
    Call {
        /// What is called.
        name: String,
        /// With what.
        arguments: Vec<Literal>,
    },
    /// `/…/flags`, as written.
    Pattern(String),
    /// A function that does nothing but return a value.
    Function(Box<Literal>),
    /// Anything else, as written, cut to 80 characters.
    Code(String),
}

impl Literal {
    /// Its text, when it is text.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// How many values it is made of.
    fn size(&self) -> usize {
        1 + match &self.data {
            Data::List(values) | Data::Call { arguments: values, .. } => {
                values.iter().map(Self::size).sum()
            }
            Data::Table(entries) => entries.iter().map(|(_, value)| value.size()).sum(),
            Data::Function(value) => value.size(),
            _ => 0,
        }
    }

    /// The entry `name` of a table.
    pub(crate) fn entry(&self, name: &str) -> Option<&Literal> {
        match &self.data {
            Data::Table(entries) => {
                entries.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }
}

/// A module read as data.
#[derive(Debug, Default)]
pub(crate) struct DataModule {
    /// `export default …` or `module.exports = …`, with the module's constants put in.
    pub(crate) exported: Option<Literal>,
    /// What its imported names stand for: local name to package, for `import` and `require`.
    pub(crate) imports: BTreeMap<String, String>,
    /// The line of the first thing in it that runs and is no value.
    pub(crate) runs: Option<u32>,
}

impl DataModule {
    /// Reads a parsed module.
    pub(super) fn read(program: &Program<'_>, text: &str) -> Self {
        let (lines, left) = (Lines::new(text), Cell::new(MAX_VALUES));
        let mut reader = Reader { text, lines: &lines, left: &left, constants: BTreeMap::new() };
        let runs = effects::first_effect(program, text).map(|offset| lines.line(offset));
        let mut module = Self { runs, ..Self::default() };
        for statement in &program.body {
            reader.statement(statement, &mut module);
        }
        module
    }
}

struct Reader<'t> {
    text: &'t str,
    lines: &'t Lines,
    /// How many more values may be read.
    left: &'t Cell<usize>,
    constants: BTreeMap<String, Rc<Literal>>,
}

impl Reader<'_> {
    fn statement(&mut self, statement: &Statement<'_>, module: &mut DataModule) {
        match statement {
            Statement::ImportDeclaration(import) => {
                for specifier in import.specifiers.iter().flatten() {
                    let local = match specifier {
                        ImportDeclarationSpecifier::ImportSpecifier(named) => &named.local,
                        ImportDeclarationSpecifier::ImportDefaultSpecifier(named) => &named.local,
                        ImportDeclarationSpecifier::ImportNamespaceSpecifier(named) => &named.local,
                    };
                    module.imports.insert(local.name.to_string(), import.source.value.to_string());
                }
            }
            Statement::VariableDeclaration(declaration) => {
                for declarator in &declaration.declarations {
                    let Some(init) = &declarator.init else { continue };
                    let value = self.value(init, 0);
                    if let Data::Call { name, arguments } = &value.data
                        && name == "require"
                        && let Some(package) = arguments.first().and_then(Literal::text)
                    {
                        for name in declarator.id.get_binding_identifiers() {
                            module.imports.insert(name.name.to_string(), package.to_owned());
                        }
                    }
                    if let BindingPattern::BindingIdentifier(name) = &declarator.id {
                        self.constants.insert(name.name.to_string(), Rc::new(value));
                    }
                }
            }
            Statement::FunctionDeclaration(function) => {
                if let (Some(id), Some(body)) = (&function.id, &function.body) {
                    let value = self.returned(body, 0);
                    self.constants.insert(id.name.to_string(), Rc::new(value));
                }
            }
            Statement::ExportDefaultDeclaration(export) => {
                module.exported = Some(match &export.declaration {
                    ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                        match &function.body {
                            Some(body) => self.returned(body, 0),
                            None => self.code(function.span),
                        }
                    }
                    other => match other.as_expression() {
                        Some(expression) => self.value(expression, 0),
                        None => self.code(other.span()),
                    },
                });
            }
            Statement::ExpressionStatement(statement) => {
                if let Expression::AssignmentExpression(assignment) = &statement.expression {
                    let left = self.source(assignment.left.span());
                    if left == "module.exports" || left == "exports.default" {
                        module.exported = Some(self.value(&assignment.right, 0));
                    }
                }
            }
            Statement::ExportDeclaration(export) => {
                if let Declaration::VariableDeclaration(declaration) = &export.declaration {
                    for declarator in &declaration.declarations {
                        if let (BindingPattern::BindingIdentifier(name), Some(init)) =
                            (&declarator.id, &declarator.init)
                        {
                            let value = self.value(init, 0);
                            self.constants.insert(name.name.to_string(), Rc::new(value));
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Spends `count` of the values that may be read; false when there are not that many left.
    fn take(&self, count: usize) -> bool {
        let left = self.left.get().checked_sub(count);
        self.left.set(left.unwrap_or_default());
        left.is_some()
    }

    fn source(&self, span: oxc_span::Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn code(&self, span: oxc_span::Span) -> Literal {
        let text = self.source(span).chars().take(80).collect();
        Literal { line: self.lines.line(span.start), data: Data::Code(text) }
    }

    /// A function with this body: the value it returns, when all it does besides is to name
    /// constants.
    fn returned(&self, body: &FunctionBody<'_>, depth: usize) -> Literal {
        if !self.take(self.constants.len()) {
            return self.code(body.span);
        }
        let mut inner = Reader { constants: self.constants.clone(), ..*self };
        for statement in &body.statements {
            match statement {
                Statement::VariableDeclaration(_) => {
                    inner.statement(statement, &mut DataModule::default());
                }
                Statement::ReturnStatement(returned) => {
                    let Some(value) = &returned.argument else { break };
                    let value = inner.value(value, depth + 1);
                    return Literal { line: value.line, data: Data::Function(Box::new(value)) };
                }
                _ => break,
            }
        }
        self.code(body.span)
    }

    fn value(&self, expression: &Expression<'_>, depth: usize) -> Literal {
        let expression = expression.get_inner_expression();
        let span = expression.span();
        let line = self.lines.line(span.start);
        let data = if depth > MAX_DEPTH || !self.take(1) {
            None
        } else {
            self.data(expression, depth + 1)
        };
        data.map_or_else(|| self.code(span), |data| Literal { line, data })
    }

    fn data(&self, expression: &Expression<'_>, depth: usize) -> Option<Data> {
        Some(match expression {
            Expression::StringLiteral(text) => Data::Text(text.value.to_string()),
            Expression::TemplateLiteral(template) => {
                Data::Text(template.single_quasi()?.to_string())
            }
            Expression::NumericLiteral(number) => Data::Number(number.value),
            Expression::BooleanLiteral(flag) => Data::Flag(flag.value),
            Expression::NullLiteral(_) => Data::Nothing,
            Expression::RegExpLiteral(pattern) => {
                Data::Pattern(self.source(pattern.span).to_owned())
            }
            Expression::UnaryExpression(unary) => {
                match (unary.operator, self.value(&unary.argument, depth).data) {
                    (UnaryOperator::UnaryNegation, Data::Number(number)) => Data::Number(-number),
                    (UnaryOperator::LogicalNot, Data::Number(number)) => Data::Flag(number == 0.0),
                    (UnaryOperator::Void, _) => Data::Nothing,
                    _ => return None,
                }
            }
            Expression::Identifier(name) => match name.name.as_str() {
                "undefined" => Data::Nothing,
                name => match self.constants.get(name) {
                    Some(value) if self.take(value.size()) => value.data.clone(),
                    Some(_) => return None,
                    None => Data::Name(name.to_owned()),
                },
            },
            Expression::StaticMemberExpression(_) => {
                let name = self.source(expression.span());
                let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '$');
                if name.len() > 120 || !name.chars().all(is_name) {
                    return None;
                }
                Data::Name(name.to_owned())
            }
            Expression::ArrayExpression(array) => Data::List(
                array
                    .elements
                    .iter()
                    .map(|element| self.element(element, depth))
                    .collect::<Option<_>>()?,
            ),
            Expression::ObjectExpression(object) => {
                let mut entries = Vec::new();
                for property in &object.properties {
                    match property {
                        ObjectPropertyKind::ObjectProperty(property) => {
                            let name = property.key.static_name()?.into_owned();
                            entries.push((name, self.value(&property.value, depth)));
                        }
                        ObjectPropertyKind::SpreadProperty(spread) => {
                            match self.value(&spread.argument, depth).data {
                                Data::Table(inner) => entries.extend(inner),
                                _ => return None,
                            }
                        }
                    }
                }
                Data::Table(entries)
            }
            Expression::CallExpression(call) => self.call(&call.callee, &call.arguments, depth)?,
            Expression::NewExpression(call) => self.call(&call.callee, &call.arguments, depth)?,
            Expression::ArrowFunctionExpression(arrow) => match &arrow.body {
                ArrowFunctionBody::FunctionBody(body) => self.returned(body, depth).data,
                body => Data::Function(Box::new(self.value(body.as_expression()?, depth))),
            },
            Expression::FunctionExpression(function) => {
                self.returned(function.body.as_ref()?, depth).data
            }
            Expression::AwaitExpression(awaited) => self.value(&awaited.argument, depth).data,
            _ => return None,
        })
    }

    fn element(&self, element: &ArrayExpressionElement<'_>, depth: usize) -> Option<Literal> {
        Some(self.value(element.as_expression()?, depth))
    }

    fn call(
        &self,
        callee: &Expression<'_>,
        arguments: &[Argument<'_>],
        depth: usize,
    ) -> Option<Data> {
        let name = match callee.get_inner_expression() {
            Expression::Identifier(name) => name.name.to_string(),
            // `require('x')()` and `require('x').y(…)` are calls of the package.
            Expression::CallExpression(_) | Expression::StaticMemberExpression(_) => {
                let name = self.source(callee.span());
                if name.len() > 120 || name.contains('\n') {
                    return None;
                }
                name.to_owned()
            }
            _ => return None,
        };
        let arguments = arguments
            .iter()
            .map(|argument| argument.as_expression().map(|value| self.value(value, depth)))
            .collect::<Option<_>>()?;
        Some(Data::Call { name, arguments })
    }
}
