//! A file becomes parts.

use std::collections::{BTreeMap, BTreeSet};

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    BindingPattern, ExportSpecifier, Expression, ImportDeclaration, ImportDeclarationSpecifier,
    Statement, VariableDeclaration,
};
use oxc_parser::Parser;
use oxc_semantic::{Semantic, SemanticBuilder};
use oxc_span::{GetSpan, SourceType};

use super::{Export, FileParts, Import, Origin, Part};

/// What the bundler wraps modules in that run when they are first asked for.
const WRAPPERS: [&str; 4] = ["__commonJS", "__commonJSMin", "__esm", "__esmMin"];
/// The comment that the bundler puts before what is of one module.
const REGION: &str = "//#region ";

/// Takes a file apart. `free` are the modules that have no effect by being loaded, as the bundler's
/// comments name them; `later` are the files that its code loads when it runs. Nothing comes of a file
/// that has another kind of statement than the bundler writes.
pub(crate) fn take_apart(
    code: &str,
    free: &BTreeSet<String>,
    later: &[String],
) -> Option<FileParts> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, code, SourceType::mjs()).parse();
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        return None;
    }
    let program = parsed.program;
    let semantic = SemanticBuilder::new().with_build_nodes(true).build(&program).semantic;
    let mut taking = Taking {
        code,
        free,
        file: FileParts::default(),
        at: 0,
        module: None,
        rest: BTreeMap::new(),
        members: Vec::new(),
        starts: Vec::new(),
        exported: Vec::new(),
    };
    for statement in &program.body {
        taking.take(statement)?;
    }
    taking.finish(&semantic, later)
}

/// A file that is being taken apart.
struct Taking<'c> {
    code: &'c str,
    free: &'c BTreeSet<String>,
    file: FileParts,
    /// The end of the last statement.
    at: usize,
    /// The module that the last statement is of.
    module: Option<&'c str>,
    /// What a module left beside functions: its part.
    rest: BTreeMap<&'c str, usize>,
    /// Parts that bring the rest of their module along.
    members: Vec<(usize, &'c str)>,
    /// The start of every statement, and its part.
    starts: Vec<(u32, Option<usize>)>,
    /// Exported names and what they are called inside.
    exported: Vec<(String, String)>,
}

impl<'c> Taking<'c> {
    fn take(&mut self, statement: &Statement<'_>) -> Option<()> {
        let span = statement.span();
        let between = self.code.get(self.at..span.start as usize)?;
        for line in between.lines() {
            if let Some(module) = line.strip_prefix(REGION) {
                self.module = Some(module);
            } else if line.starts_with("//#endregion") {
                self.module = None;
            }
        }
        self.at = span.end as usize;
        let part = match statement {
            Statement::ImportDeclaration(import) => {
                self.import(import)?;
                None
            }
            Statement::ExportNamedDeclaration(export) => {
                self.export(&export.specifiers, None);
                None
            }
            Statement::ExportFromDeclaration(export) => {
                let file = self.place(&export.source.value)?;
                self.export(&export.specifiers, Some(file));
                None
            }
            statement if statement.is_module_declaration() => return None,
            statement => Some(self.part_of(statement)),
        };
        if let Some(part) = part.and_then(|index| self.file.parts.get_mut(index)) {
            let text = self.code.get(span.start as usize..span.end as usize)?;
            part.statements.push((span.start, text.to_owned()));
        }
        self.starts.push((span.start, part));
        Some(())
    }

    /// The part that a statement goes to.
    fn part_of(&mut self, statement: &Statement<'_>) -> usize {
        let apart = has_no_effect(statement);
        let known = self.module.and_then(|module| self.rest.get(module).copied());
        if let Some(index) = known.filter(|_| !apart) {
            return index;
        }
        let index = self.file.parts.len();
        let is_free = self.module.is_some_and(|module| self.free.contains(module));
        self.file.parts.push(Part { always: !is_free && !apart, ..Part::default() });
        if let Some(module) = self.module {
            if apart {
                self.members.push((index, module));
            } else {
                self.rest.insert(module, index);
            }
        }
        index
    }

    fn import(&mut self, import: &ImportDeclaration<'_>) -> Option<()> {
        let file = self.place(&import.source.value)?;
        for specifier in import.specifiers.iter().flatten() {
            use ImportDeclarationSpecifier as Specifier;
            let name = match specifier {
                Specifier::ImportSpecifier(one) => one.imported.name().to_string(),
                Specifier::ImportDefaultSpecifier(_) => "default".to_owned(),
                Specifier::ImportNamespaceSpecifier(_) => "*".to_owned(),
            };
            let local = specifier.local().name.to_string();
            self.file.imports.push(Import { file, name, local });
        }
        Some(())
    }

    fn export(&mut self, specifiers: &[ExportSpecifier<'_>], from: Option<usize>) {
        for specifier in specifiers {
            let mut local = specifier.local.name().to_string();
            if let Some(file) = from {
                let passed = format!("passed_on_{}", self.file.imports.len());
                let name = std::mem::replace(&mut local, passed.clone());
                self.file.imports.push(Import { file, name, local: passed });
            }
            self.exported.push((specifier.exported.name().to_string(), local));
        }
    }

    /// The index of a file beside this one.
    fn place(&mut self, address: &str) -> Option<usize> {
        let file = address.strip_prefix("./")?;
        if let Some(known) = self.file.files.iter().position(|name| name == file) {
            return Some(known);
        }
        self.file.files.push(file.to_owned());
        Some(self.file.files.len() - 1)
    }

    /// Who refers to what.
    fn finish(mut self, semantic: &Semantic<'_>, later: &[String]) -> Option<FileParts> {
        let scoping = semantic.scoping();
        let part_at = |position: u32| {
            let next = self.starts.partition_point(|(start, _)| *start <= position);
            self.starts.get(next.checked_sub(1)?).and_then(|(_, part)| *part)
        };
        let imports: BTreeMap<&str, usize> = (self.file.imports.iter().enumerate())
            .map(|(index, import)| (import.local.as_str(), index))
            .collect();
        let mut origins: BTreeMap<String, Origin> = imports
            .iter()
            .map(|(local, index)| ((*local).to_owned(), Origin::Import(*index)))
            .collect();
        let mut needs: Vec<(BTreeSet<usize>, BTreeSet<usize>)> =
            vec![Default::default(); self.file.parts.len()];
        for symbol in scoping.symbol_ids() {
            if scoping.symbol_scope_id(symbol) != scoping.root_scope_id() {
                continue;
            }
            let name = scoping.symbol_name(symbol);
            let origin = match imports.get(name) {
                Some(index) => Origin::Import(*index),
                None => match part_at(scoping.symbol_span(symbol).start) {
                    Some(index) => Origin::Part(index),
                    None => continue,
                },
            };
            origins.insert(name.to_owned(), origin);
            for reference in scoping.get_resolved_references(symbol) {
                let Some(user) = part_at(semantic.reference_span(reference).start) else {
                    continue;
                };
                let (parts, taken) = needs.get_mut(user)?;
                match origin {
                    Origin::Part(index) if index != user => drop(parts.insert(index)),
                    Origin::Part(_) => {}
                    Origin::Import(index) => drop(taken.insert(index)),
                }
            }
            // A name that is declared twice needs both.
            for other in scoping.symbol_redeclarations(symbol) {
                if let (Some(other), Origin::Part(first)) = (part_at(other.span.start), origin)
                    && other != first
                {
                    needs.get_mut(first)?.0.insert(other);
                    needs.get_mut(other)?.0.insert(first);
                }
            }
        }
        for (index, module) in &self.members {
            if let Some(rest) = self.rest.get(module) {
                needs.get_mut(*index)?.0.insert(*rest);
            }
        }
        for (part, (parts, taken)) in self.file.parts.iter_mut().zip(needs) {
            part.parts = parts.into_iter().collect();
            part.imports = taken.into_iter().collect();
            let loads = |file: &&String| {
                part.statements.iter().any(|(_, text)| text.contains(&format!("\"./{file}\"")))
            };
            part.later = later.iter().filter(loads).cloned().collect();
        }
        for (name, local) in std::mem::take(&mut self.exported) {
            let origin = *origins.get(&local)?;
            self.file.exports.insert(name, Export { local, origin });
        }
        Some(self.file)
    }
}

/// True for a statement that does nothing but give a function or a plain value a name.
fn has_no_effect(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::FunctionDeclaration(_) => true,
        Statement::VariableDeclaration(declaration) => names_functions(declaration),
        _ => false,
    }
}

fn names_functions(declaration: &VariableDeclaration<'_>) -> bool {
    declaration.declarations.iter().all(|declarator| {
        let plain = matches!(declarator.id, BindingPattern::BindingIdentifier(_));
        plain && declarator.init.as_ref().is_none_or(is_function)
    })
}

fn is_function(value: &Expression<'_>) -> bool {
    match value {
        Expression::FunctionExpression(_)
        | Expression::ArrowFunctionExpression(_)
        | Expression::StringLiteral(_)
        | Expression::NumericLiteral(_)
        | Expression::BooleanLiteral(_)
        | Expression::NullLiteral(_) => true,
        Expression::CallExpression(call) => {
            let wrapper = call.callee.get_identifier_reference();
            wrapper.is_some_and(|callee| WRAPPERS.contains(&callee.name.as_str()))
        }
        Expression::ParenthesizedExpression(inner) => is_function(&inner.expression),
        _ => false,
    }
}
