//! The facts of one source: everything the checks ask about, read in one walk.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, CallExpression, ExportAllDeclaration, ExportDefaultDeclaration,
    ExportFromDeclaration, ExportNamedDeclaration, Expression, ImportDeclaration, ImportExpression,
    ImportOrExportKind, JSXAttribute, JSXAttributeItem, JSXAttributeName, JSXAttributeValue,
    JSXElement, JSXElementName, JSXOpeningElement, NewExpression, ObjectExpression,
    ObjectPropertyKind, Program, StringLiteral, TemplateLiteral,
};
use oxc_ast_visit::{Visit, VisitJs, walk_js};
use oxc_span::{GetSpan, Span};

use super::lines::Lines;

/// What stands in a text for a part that only running the source would tell.
pub(crate) const HOLE: char = '\u{1}';

/// How a module is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImportKind {
    /// `import … from`, `import '…'` or `export … from`.
    Static,
    /// `import type` or `export type`: gone before the code runs.
    Type,
    /// `import(…)`.
    Dynamic,
    /// `require(…)`.
    Require,
}

/// One place that names a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// What is named, as written.
    pub(crate) specifier: String,
    /// How.
    pub(crate) kind: ImportKind,
    /// Line, from 1.
    pub(crate) line: u32,
}

/// A JSX element that refers to something: lower-case ones with `src` or `href`, and those of a
/// router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its name as written.
    pub(crate) name: String,
    /// Its attributes whose value is text; [`HOLE`] stands for what is not.
    pub(crate) attributes: Vec<(String, String)>,
    /// Line, from 1.
    pub(crate) line: u32,
}

impl Element {
    /// The text of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A declared route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RouteFact {
    /// Its path as written; nothing for a layout or an index.
    pub(crate) path: Option<String>,
    /// The route it is inside of.
    pub(crate) parent: Option<usize>,
    /// It shows something itself, or is a leaf.
    pub(crate) is_page: bool,
}

/// A place that leads to a path of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkFact {
    /// The path as written, with [`HOLE`] for parts.
    pub(crate) to: String,
    /// Line, from 1.
    pub(crate) line: u32,
}

/// Something that is more than modules: what a builder must know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FeatureKind {
    /// `import.meta.glob(…)`.
    Glob,
    /// `new Worker(…)` or `new SharedWorker(…)`.
    Worker,
    /// `new URL('…', import.meta.url)`.
    AssetUrl,
    /// `import(…)` of something that is not one text.
    VariableImport,
}

/// The facts of one source.
#[derive(Debug, Default)]
pub(crate) struct SourceFacts {
    pub(crate) imports: Vec<Import>,
    pub(crate) has_default_export: bool,
    pub(crate) elements: Vec<Element>,
    pub(crate) routes: Vec<RouteFact>,
    /// There is a route whose path only running the source would tell.
    pub(crate) has_computed_route: bool,
    /// Routes stand behind `#`.
    pub(crate) has_hash_router: bool,
    pub(crate) links: Vec<LinkFact>,
    /// Addresses given to `fetch` and its like.
    pub(crate) requests: Vec<LinkFact>,
    /// Ids of elements that the source looks up.
    pub(crate) mounts: Vec<LinkFact>,
    pub(crate) has_class_names: bool,
    /// Other texts that hold an absolute address.
    pub(crate) addresses: Vec<LinkFact>,
    pub(crate) features: Vec<(FeatureKind, u32)>,
    /// How deep its syntax tree is, types included.
    pub(crate) depth: usize,
}

/// How deep a syntax tree is.
#[derive(Default)]
struct Depth {
    now: usize,
    deepest: usize,
}

impl<'a> Visit<'a> for Depth {
    fn enter_node(&mut self, _: AstKind<'a>) {
        self.now += 1;
        self.deepest = self.deepest.max(self.now);
    }

    fn leave_node(&mut self, _: AstKind<'a>) {
        self.now -= 1;
    }
}

impl SourceFacts {
    /// Reads a parsed source.
    pub(super) fn read(program: &Program<'_>, text: &str) -> Self {
        let mut walk =
            Walk { text, lines: Lines::new(text), facts: Self::default(), routes: Vec::new() };
        walk.visit_program(program);
        let mut depth = Depth::default();
        depth.visit_program(program);
        walk.facts.depth = depth.deepest;
        walk.facts
    }
}

struct Walk<'t> {
    text: &'t str,
    lines: Lines,
    facts: SourceFacts,
    /// The routes that the walk is inside of.
    routes: Vec<usize>,
}

impl Walk<'_> {
    fn line(&self, span: Span) -> u32 {
        self.lines.line(span.start)
    }

    fn source(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn import(&mut self, specifier: &StringLiteral<'_>, kind: ImportKind) {
        let line = self.line(specifier.span);
        let specifier = specifier.value.to_string();
        self.facts.imports.push(Import { specifier, kind, line });
    }

    fn link(&self, to: String, span: Span) -> LinkFact {
        LinkFact { to, line: self.line(span) }
    }

    fn route(&mut self, path: Option<String>, is_page: bool) -> usize {
        let parent = self.routes.last().copied();
        self.facts.routes.push(RouteFact { path, parent, is_page });
        self.facts.routes.len() - 1
    }

    fn element(&mut self, opening: &JSXOpeningElement<'_>) -> Option<Element> {
        let name = element_name(&opening.name)?;
        let is_router = matches!(
            name.as_str(),
            "Route" | "Link" | "NavLink" | "Navigate" | "BrowserRouter" | "HashRouter" | "Router"
        );
        let mut attributes = Vec::new();
        for item in &opening.attributes {
            let JSXAttributeItem::Attribute(attribute) = item else { continue };
            let JSXAttributeName::Identifier(key) = &attribute.name else { continue };
            let key = key.name.as_str();
            self.facts.has_class_names |= matches!(key, "className" | "class");
            let is_reference = matches!(key, "src" | "href" | "poster" | "rel" | "data" | "srcSet");
            if is_router || is_reference {
                let value = attribute_text(attribute).unwrap_or_else(|| HOLE.to_string());
                attributes.push((key.to_owned(), value));
            }
        }
        let is_reference = name.starts_with(|c: char| c.is_ascii_lowercase());
        (is_router || (is_reference && !attributes.is_empty())).then(|| Element {
            name,
            attributes,
            line: self.line(opening.span),
        })
    }

    fn address(&mut self, text: &str, span: Span) {
        let is_address = text.starts_with("http://") || text.starts_with("https://");
        if is_address || text.contains("url(") {
            let text = text.chars().take(500).collect();
            let link = self.link(text, span);
            self.facts.addresses.push(link);
        }
    }

    fn argument_link(&self, argument: Option<&Argument<'_>>) -> Option<LinkFact> {
        let expression = argument?.as_expression()?;
        Some(self.link(known_text(expression)?, expression.span()))
    }

    fn call(&mut self, it: &CallExpression<'_>) {
        if let Some(specifier) = it.common_js_require() {
            self.import(specifier, ImportKind::Require);
        }
        let callee = it.callee.get_inner_expression();
        if !matches!(callee, Expression::Identifier(_) | Expression::StaticMemberExpression(_)) {
            return;
        }
        let callee = self.source(callee.span());
        let first = it.arguments.first();
        match callee {
            "import.meta.glob" | "import.meta.globEager" => {
                let line = self.line(it.span);
                self.facts.features.push((FeatureKind::Glob, line));
            }
            "createHashRouter" => self.facts.has_hash_router = true,
            "document.getElementById" | "window.document.getElementById" => {
                let mount = self.argument_link(first);
                self.facts.mounts.extend(mount);
            }
            "document.querySelector" => {
                let mount = self.argument_link(first).and_then(|mount| {
                    let id = mount.to.strip_prefix('#')?.to_owned();
                    let is_id = id.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
                    is_id.then_some(LinkFact { to: id, ..mount })
                });
                self.facts.mounts.extend(mount);
            }
            "navigate" | "history.push" | "router.push" | "router.navigate" | "redirect" => {
                let link = self.argument_link(first);
                self.facts.links.extend(link);
            }
            "fetch" | "window.fetch" | "axios" | "axios.get" | "axios.post" | "axios.put"
            | "axios.delete" | "axios.patch" => {
                let request = self.argument_link(first);
                self.facts.requests.extend(request);
            }
            _ => {}
        }
    }

    /// The route that an object of a router's configuration declares.
    fn object_route(&mut self, it: &ObjectExpression<'_>) -> Option<usize> {
        let mut path = None;
        let (mut is_index, mut is_page, mut has_children, mut computed) =
            (false, false, false, false);
        for property in &it.properties {
            let ObjectPropertyKind::ObjectProperty(property) = property else { continue };
            match property.key.static_name()?.as_ref() {
                "path" => {
                    path = known_text(&property.value);
                    computed = path.is_none();
                }
                "index" => is_index = true,
                "element" | "Component" | "component" | "lazy" => is_page = true,
                "children" => has_children = true,
                _ => {}
            }
        }
        let is_route = (path.is_some() || computed || is_index || has_children)
            && (is_page || (has_children && path.is_some()));
        if !is_route {
            return None;
        }
        self.facts.has_computed_route |= computed;
        let is_hole = path.as_ref().is_some_and(|path| path.contains(HOLE));
        self.facts.has_computed_route |= is_hole;
        Some(self.route(path.filter(|_| !is_hole), is_page && !computed && !is_hole))
    }

    fn element_route(&mut self, element: &Element) -> usize {
        let path = element.attribute("path").map(str::to_owned);
        let is_hole = path.as_ref().is_some_and(|path| path.contains(HOLE));
        self.facts.has_computed_route |= is_hole;
        let shows = ["element", "Component", "component", "children", "lazy", "render"];
        let is_page = shows.iter().any(|name| element.attribute(name).is_some());
        self.route(path.filter(|_| !is_hole), is_page && !is_hole)
    }
}

impl<'a> VisitJs<'a> for Walk<'_> {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        self.import(&it.source, kind_of(it.import_kind));
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        self.import(&it.source, kind_of(it.export_kind));
        let mut names = it.specifiers.iter().map(|specifier| specifier.exported.name());
        self.facts.has_default_export |= names.any(|name| name.as_str() == "default");
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        self.import(&it.source, kind_of(it.export_kind));
    }

    fn visit_export_named_declaration(&mut self, it: &ExportNamedDeclaration<'a>) {
        let mut names = it.specifiers.iter().map(|specifier| specifier.exported.name());
        self.facts.has_default_export |= names.any(|name| name.as_str() == "default");
    }

    fn visit_export_default_declaration(&mut self, it: &ExportDefaultDeclaration<'a>) {
        self.facts.has_default_export = true;
        walk_js::walk_export_default_declaration(self, it);
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        let line = self.line(it.source.span());
        match known_text(&it.source).filter(|text| !text.contains(HOLE)) {
            Some(specifier) => {
                self.facts.imports.push(Import { specifier, kind: ImportKind::Dynamic, line });
            }
            None => self.facts.features.push((FeatureKind::VariableImport, line)),
        }
        walk_js::walk_import_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        self.call(it);
        walk_js::walk_call_expression(self, it);
    }

    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        let line = self.line(it.span);
        match self.source(it.callee.span()) {
            "Worker" | "SharedWorker" => self.facts.features.push((FeatureKind::Worker, line)),
            "URL" => {
                let base = it.arguments.get(1).map(|base| self.source(base.span()));
                if base == Some("import.meta.url") {
                    self.facts.features.push((FeatureKind::AssetUrl, line));
                }
            }
            "WebSocket" | "EventSource" => {
                let request = self.argument_link(it.arguments.first());
                self.facts.requests.extend(request);
            }
            _ => {}
        }
        walk_js::walk_new_expression(self, it);
    }

    fn visit_object_expression(&mut self, it: &ObjectExpression<'a>) {
        let route = self.object_route(it);
        self.routes.extend(route);
        walk_js::walk_object_expression(self, it);
        if route.is_some() {
            self.routes.pop();
        }
    }

    fn visit_jsx_element(&mut self, it: &JSXElement<'a>) {
        let mut route = None;
        if let Some(element) = self.element(&it.opening_element) {
            match element.name.as_str() {
                "Route" => route = Some(self.element_route(&element)),
                "HashRouter" => self.facts.has_hash_router = true,
                "Link" | "NavLink" | "Navigate" => {
                    if let Some(to) = element.attribute("to").or(element.attribute("href")) {
                        self.facts.links.push(LinkFact { to: to.to_owned(), line: element.line });
                    }
                }
                _ => {}
            }
            self.facts.elements.push(element);
        }
        self.routes.extend(route);
        walk_js::walk_jsx_element(self, it);
        if route.is_some() {
            self.routes.pop();
        }
    }

    fn visit_jsx_attribute(&mut self, it: &JSXAttribute<'a>) {
        // A plain text of an attribute is a fact of its element.
        if !matches!(it.value, Some(JSXAttributeValue::StringLiteral(_))) {
            walk_js::walk_jsx_attribute(self, it);
        }
    }

    fn visit_string_literal(&mut self, it: &StringLiteral<'a>) {
        self.address(it.value.as_str(), it.span);
    }

    fn visit_template_literal(&mut self, it: &TemplateLiteral<'a>) {
        self.address(&template_text(it), it.span);
        walk_js::walk_template_literal(self, it);
    }
}

fn kind_of(kind: ImportOrExportKind) -> ImportKind {
    if kind == ImportOrExportKind::Type { ImportKind::Type } else { ImportKind::Static }
}

fn element_name(name: &JSXElementName<'_>) -> Option<String> {
    match name {
        JSXElementName::Identifier(name) => Some(name.name.to_string()),
        JSXElementName::IdentifierReference(name) => Some(name.name.to_string()),
        _ => None,
    }
}

fn attribute_text(attribute: &JSXAttribute<'_>) -> Option<String> {
    match attribute.value.as_ref()? {
        JSXAttributeValue::StringLiteral(text) => Some(text.value.to_string()),
        JSXAttributeValue::ExpressionContainer(container) => {
            known_text(container.expression.as_expression()?)
        }
        _ => None,
    }
}

/// The text of a string or template; [`HOLE`] stands for each part that is not written out.
fn known_text(expression: &Expression<'_>) -> Option<String> {
    match expression.get_inner_expression() {
        Expression::StringLiteral(text) => Some(text.value.to_string()),
        Expression::TemplateLiteral(template) => Some(template_text(template)),
        _ => None,
    }
}

fn template_text(template: &TemplateLiteral<'_>) -> String {
    let parts = template.quasis.iter().map(|part| {
        part.value.cooked.as_ref().map_or_else(|| part.value.raw.to_string(), ToString::to_string)
    });
    parts.collect::<Vec<_>>().join(&HOLE.to_string())
}
